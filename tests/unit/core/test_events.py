"""Events: the registry, and reading what was stored."""

import msgspec
import pytest

from asepsis.core import events
from asepsis.core.errors import InputError
from asepsis.core.events import PAYLOADS, Event, KillSet, Payload, build, read, read_payload
from asepsis.core.types import Verdict

KILL = KillSet("model", "m", "r")


def make(payload=KILL):
    return build(payload, id="i", time=1, tenant="t", principal="p", verdict=Verdict.DENY, subjects=("s",))


def test_every_payload_is_registered_once():
    registered = [payload for _, payload in PAYLOADS.values()]
    assert sorted(registered, key=str) == sorted(Payload.__subclasses__(), key=str)
    assert list(PAYLOADS) == sorted(PAYLOADS)


def test_an_event_comes_back_as_it_was():
    event = make()
    assert read(event.encode()) == event
    assert read_payload(read(event.encode())) == KILL
    assert (event.kind, event.version, event.verdict, event.subjects) == ("kill.set", 1, Verdict.DENY, ("s",))


def test_the_stored_bytes_are_these():
    assert make().encode() == (
        b'{"id":"i","time":1,"tenant":"t","kind":"kill.set","version":1,"principal":"p","verdict":3,'
        b'"payload":{"target":"model","name":"m","reason":"r"},"subjects":["s"]}'
    )


def test_a_field_of_a_later_version_is_passed_over():
    data = make().encode().replace(b'"reason":"r"', b'"reason":"r","later":1')
    assert read_payload(read(data)) == KILL


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff", b'{"id":1}', b'"\xff"'])
def test_what_is_no_event_is_refused(data):
    with pytest.raises(InputError):
        read(data)


def test_an_unknown_kind_and_a_wrong_shape_are_refused():
    with pytest.raises(InputError) as error:
        read_payload(msgspec.structs.replace(make(), kind="other"))
    assert error.value.code == "event_kind"
    with pytest.raises(InputError, match=r"payload of `kill\.set`"):
        read_payload(msgspec.structs.replace(make(), payload=msgspec.Raw(b"{}")))
    with pytest.raises(InputError, match="the payload"):  # a text that is no UTF-8
        read_payload(msgspec.structs.replace(make(), payload=msgspec.Raw(b'{"target":"\x80","name":"m","reason":"r"}')))


def test_an_event_without_subjects_may_leave_them_out():
    assert Event("i", 1, "t", "k", 1, "p", Verdict.ALLOW, msgspec.Raw(b"{}")).subjects == ()
    assert events.Mode("observe") is events.Mode.OBSERVE
