"""Sealed bodies, over random ones: each owner can erase, and nothing that was changed opens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.errors import NotTrusted
from asepsis.core.ports import Said
from asepsis.ledger.sealing.bodies import parse
from asepsis.ledger.sealing.opening import checked, sealed_in
from asepsis.testing.sealing import SealingKit, opened_event

PEOPLE = ["ann", "bob", "cat", "dan"]
PARTS = st.lists(st.tuples(st.text(max_size=40), st.sets(st.sampled_from(PEOPLE), max_size=3)), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    made = SealingKit(tmp_path_factory.mktemp("bodies"))
    made.sealer.start()
    yield made
    made.sealer.close()


def kept(kit, parts):
    kit.clock.advance(milliseconds=61_000)
    kit.keyring.renew()
    said = [Said(f"p{number}", "user", text, tuple(sorted(whom))) for number, (text, whom) in enumerate(parts)]
    event = kit.keep("e", *said)
    return event, kit.bytes_of(sealed_in(event))


@settings(max_examples=60)
@given(PARTS, st.sets(st.sampled_from([f"subject:{one}" for one in PEOPLE] + ["session:s"])))
def test_exactly_the_parts_of_nobody_erased_open(kit, parts, erased):
    event, data = kept(kit, parts)
    for owner in erased:
        kit.keys.erase(owner)
    opened = kit.open(event, data)
    owners = [{f"subject:{one}" for one in whom} or {"session:s"} for _, whom in parts]
    want = [number for number, one in enumerate(owners) if not one & erased]
    assert [one.number for one in opened.parts] == want
    assert opened.erased == len(parts) - len(want)
    for one in opened.parts:
        text = parts[one.number][0].encode("utf-8", "replace").decode()
        assert one.said == (f"p{one.number}", "user", text)


@settings(max_examples=60)
@given(PARTS, st.data())
def test_no_changed_body_opens_and_none_for_another_event(kit, parts, data):
    event, body = kept(kit, parts)
    at = data.draw(st.integers(0, len(body) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = body[:at] + bytes([body[at] ^ (1 << bit)]) + body[at + 1 :]
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    for wrong in (changed, cut, body + b"\0"):
        with pytest.raises(NotTrusted):
            kit.open(event, wrong)
    with pytest.raises(NotTrusted):
        checked(opened_event("other", sealed_in(event)), body)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_body_or_not_trusted(data):
    try:
        parse(data)
    except NotTrusted:
        return
