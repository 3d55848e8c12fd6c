"""A published log with events of two principals, and bundles of it."""

import pytest

from asepsis.core.events import ProcessStarted, ProcessStopped, build
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.publish import Publisher
from asepsis.ledger.reader import LogReader
from asepsis.testing.keys import NamedKeys

SUBJECT = "5" * 32


def event(number):
    what = ProcessStarted("x", "1", "") if number % 3 else ProcessStopped("x")
    subjects = (SUBJECT,) if number % 5 == 0 else ()
    principal = "a<b>" if number % 2 else "b"
    return build(what, id=f"e{number}", time=number, tenant="acme", principal=principal, subjects=subjects).encode()


def make(folder, count=300, keys=None, start=0):
    log = Log(folder, keys or NamedKeys(), disk=OsDisk())
    log.append([event(start + number) for number in range(count)])
    publisher = Publisher(folder, log.signers, LogReader(folder.parent, folder.name))
    publisher.catch_up(10_000)
    publisher.publish(log.seal, time=1)
    log.close()
    return folder


@pytest.fixture
def folder(tmp_path):
    return make(tmp_path / "acme")


@pytest.fixture
def making():
    return make


@pytest.fixture
def subject():
    return SUBJECT
