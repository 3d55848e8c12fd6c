"""A published log with events of two principals, and bundles of it."""

import pytest

from asepsis.core.events import ProcessStarted, ProcessStopped, build
from asepsis.core.ports import Said
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.publish import Publisher
from asepsis.ledger.reader import LogReader
from asepsis.ledger.sealing.opening import sealed_in
from asepsis.testing.keys import NamedKeys
from asepsis.testing.sealing import SealingKit

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


TEXTS = ("Maria Gonzalez, metformin", "two\n\u2028lines \x1f\"'</script>", "é😀", "", "five", "six")


@pytest.fixture(scope="session")
def sealed(tmp_path_factory):
    """A bundle of a log with sealed bodies, two of which were opened: one of six parts, and one of one."""
    folder = tmp_path_factory.mktemp("sealed")
    kit = SealingKit(folder / "bodies")
    kit.sealer.start()
    said = [Said(f"messages[{number}]", "user", text, ("ann",)) for number, text in enumerate(TEXTS)]
    kept = [kit.keep("a", *said), kit.keep("b", Said("x", "user", "alone"))]
    bodies = tuple(kit.open(one, kit.bytes_of(sealed_in(one))) for one in kept)
    kit.sealer.close()
    log = Log(folder / "t", NamedKeys(), disk=OsDisk())
    log.append([event(0), kept[0].encode(), event(1), kept[1].encode(), event(2)])
    publisher = Publisher(folder / "t", log.signers, LogReader(folder, "t"))
    publisher.catch_up(10)
    publisher.publish(log.seal, time=1)
    log.close()
    return folder / "t", bodies


def changed(listed):
    """Yields opened bodies that were tampered with, each with what was done."""
    other = "0" * 64
    swapped = [
        {**one, "salt": two["salt"]} for one, two in zip(listed[0]["parts"], listed[0]["parts"][1:], strict=False)
    ]

    def first(**fields):
        return [{**listed[0], **fields}, *listed[1:]]

    def part(**fields):
        return first(parts=[{**listed[0]["parts"][0], **fields}, *listed[0]["parts"][1:]])

    commitments = listed[0]["commitments"]
    yield "text", part(part='["messages[0]","user","Maria Gonzales, metformin"]')
    yield "form", part(part='["messages[0]", "user","Maria Gonzalez, metformin"]')
    yield "salt", part(salt=other)
    yield "salts swapped", first(parts=swapped)
    yield "number", part(number=1)
    yield "numbers", first(parts=listed[0]["parts"][::-1])
    yield "twice", first(parts=[listed[0]["parts"][0], listed[0]["parts"][0]])
    yield "no parts", first(parts=[])
    yield "far part", part(number=99)
    yield "true part", part(number=False)
    yield "field", part(more=1)
    yield "commitment of the first three", first(commitments=[other, *commitments[1:]])
    yield "commitment of the rest", first(commitments=[*commitments[:-1], other])
    yield "commitments", first(commitments=commitments[:-1])
    yield "upper case", first(commitments=[one.upper() for one in commitments])
    yield "another event", first(index=3)
    yield "no sealed event", first(index=2, event="e1")
    yield "far event", first(index=99)
    yield "event", first(event="b")
    yield "order", listed[::-1]
    yield "bodies twice", [listed[0], listed[0]]
    yield "no list", {}
    yield "list of none", [None]
    yield "half a character", part(part='["\\ud800","user",""]')


@pytest.fixture(scope="session")
def tampered():
    return changed
