"""Sessions of a made-up health plan's agent."""

import pytest

from asepsis.testing.agents import FAXES, confirmed
from asepsis.tools.flow.monitor import Monitor


@pytest.fixture(scope="session")
def manifests():
    return tuple(confirmed())


@pytest.fixture
def session(manifests):
    """Opens a session in which the user said something, and the faxes were read."""

    def opened(said, *, read=True):
        monitor = Monitor(manifests)
        monitor.hear(said)
        if read:
            monitor.see("list_faxes", {}, FAXES)
        return monitor

    return opened


@pytest.fixture
def rules():
    """Which rules doubt a call."""

    def of(monitor, tool, **arguments):
        return {doubt.rule.value.partition(".")[2] for doubt in monitor.decide(tool, arguments).doubts}

    return of
