"""Sealed bodies, over random ones: each owner can erase, and nothing that was changed opens."""

import contextlib
import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.errors import NotTrusted
from asepsis.core.ports import Content, Said
from asepsis.ledger.sealing.bodies import parse
from asepsis.ledger.sealing.opening import checked, sealed_in
from asepsis.testing.power import CutDisk, PowerCutError
from asepsis.testing.sealing import SealingKit, opened_event

USUAL = settings.get_profile("house").max_examples
CUTS = 60 if settings.default.max_examples == USUAL else settings.default.max_examples
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


@settings(max_examples=CUTS)
@given(st.integers(0, 60), st.randoms(use_true_random=False))
def test_what_counts_is_read_in_its_place_after_any_power_cut(operations, luck):
    with tempfile.TemporaryDirectory() as folder:
        disk, counted = CutDisk(operations), []
        kit = SealingKit(Path(folder) / "bodies", disk=disk)
        kit.keyring.renew()
        with contextlib.suppress(PowerCutError):
            for number in itertools.count():
                content = [
                    Content(
                        f"t{luck.randrange(2)}", f"e{number}-{at}", "s", [Said("p", "user", "x" * luck.randrange(900))]
                    )
                    for at in range(luck.randint(1, 4))
                ]
                sealed = [kit.sealer.seal(one) for one in content]
                if luck.random() < 0.2:
                    kit.clock.advance(milliseconds=86_400_000)
                    kit.keyring.renew()
                kit.sealer.settle()
                counted += [
                    opened_event(one.event, done.ref, tenant=one.tenant)
                    for one, done in zip(content, sealed, strict=True)
                ]
        disk.cut(luck)
        for event in counted:
            assert kit.open(event, kit.bytes_of(sealed_in(event), event.tenant)).erased == 0
