import msgspec
import pytest

from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.events import ProcessStopped, build
from asepsis.core.ports import Said
from asepsis.ledger.sealing import opening
from asepsis.ledger.sealing.opening import checked, sealed_in
from asepsis.testing.sealing import opened_event

MANY = [Said(f"p{number}", "user", f"text {number}", ("ann",)) for number in range(6)]


def test_a_body_is_held_against_its_event_without_any_key(kit):
    event = kit.keep("e1", *MANY)
    data = kit.bytes_of(sealed_in(event))
    kit.keys.rows.clear()
    assert len(checked(event, data).parts) == 6
    opened = kit.open(event, data)
    assert (opened.parts, opened.erased, len(opened.commitments)) == ((), 6, 6)


def test_another_body_or_another_event_does_not_hold(kit):
    event, other = kit.keep("e1", *MANY), kit.keep("e2", *MANY)
    ref = sealed_in(event)
    data = kit.bytes_of(ref)
    changes = [{"digest": "0" * 64}, {"root": "0" * 64}, {"parts": 5}, {"commitments": ref.commitments[::-1]}]
    wrong = [opened_event("e1", msgspec.structs.replace(ref, **change)) for change in changes]
    wrong += [other, opened_event("e2", ref), opened_event("e1", ref, tenant="u")]
    for one in wrong:
        with pytest.raises(NotTrusted):
            checked(one, data)
    with pytest.raises(NotTrusted):
        checked(event, b"")


def test_rows_of_others_open_nothing(kit):
    event = kit.keep("e1", *MANY)
    data = kit.bytes_of(sealed_in(event))
    (name,) = kit.keys.rows
    kit.keys.rows[name] = msgspec.structs.replace(kit.keys.rows[name], tenant="u")
    assert kit.open(event, data).erased == 6


def test_an_event_without_a_body_has_none_to_open():
    for event in (opened_event("e", None), build(ProcessStopped("x"), id="e", time=1, tenant="t")):
        with pytest.raises(InputError):
            sealed_in(event)


def test_a_body_of_very_many_owners_is_refused(kit, monkeypatch):
    monkeypatch.setattr(opening, "_MOST_UNWRAPPED", 0)
    event = kit.keep("e1", *MANY)
    with pytest.raises(NotTrusted):
        kit.open(event, kit.bytes_of(sealed_in(event)))


def test_what_a_terminal_would_act_on_is_spelled_out():
    part = opening.OpenedPart(0, "", '["p","user","a\\u001b[2J\\nb"]')
    assert part.line == "p (user): a\\u001b[2J\nb"
