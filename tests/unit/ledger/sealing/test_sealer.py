import threading

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Content, Said
from asepsis.ledger.sealing import bodies
from asepsis.ledger.sealing import sealer as module
from asepsis.ledger.sealing.opening import sealed_in
from asepsis.testing.sealing import SealingKit


def test_parts_belong_to_whom_they_are_about_or_to_the_session(kit):
    parts = [
        Said("a", "user", "of nobody"),
        Said("b", "user", "of ann", ("ann",)),
        Said("c", "user", "of both", ("ann", "bob")),
    ]
    event = kit.keep("e", *parts, session="s1")
    data = kit.bytes_of(sealed_in(event))
    assert {row.owner for row in kit.keys.rows.values()} == {"session:s1", "subject:ann", "subject:bob"}
    assert [one.said[2] for one in kit.open(event, data).parts] == ["of nobody", "of ann", "of both"]
    kit.keys.erase("subject:bob")
    assert [one.said[2] for one in kit.open(event, data).parts] == ["of nobody", "of ann"]
    kit.keys.erase("session:s1")
    assert [one.said[2] for one in kit.open(event, data).parts] == ["of ann"]
    assert kit.open(event, data).erased == 2


@pytest.mark.parametrize("known", [False, True])
def test_a_key_that_was_destroyed_within_its_minute_seals_no_more(kit, known):
    """Else what is about somebody else, too, would be lost with it from the start, though that one were held."""
    both = Said("a", "user", "of both", ("ann", "bob"))
    for about in (("ann",), ("bob",), *[("ann", "bob")] * known):
        kit.keep("e1", Said("a", "user", "before", about))
    kit.keys.erase("subject:bob")
    with pytest.raises(Unavailable, match="destroyed"):
        kit.keep("e2", both)
    assert _again(kit)
    event = kit.keep("e3", both, Said("b", "user", "of bob", ("bob",)))
    assert len(kit.open(event, kit.bytes_of(sealed_in(event))).parts) == 2


def _again(kit):
    """Waits for the next window."""
    return any(kit.keyring.holds() or threading.Event().wait(0.01) for _ in range(500))


def test_nothing_of_a_text_lies_on_the_disk(kit):
    kit.keep("e", Said("messages[0].content", "user", "Maria Gonzalez has diabetes"))
    files = [path.read_bytes() for path in kit.root.rglob("*") if path.is_file()]
    assert files
    assert not any(b"Maria" in one or b"messages" in one for one in files)


def test_a_key_is_stored_before_what_it_wraps_counts(kit):
    kit.keys.full = True
    with pytest.raises(Unavailable):
        kit.keep("e1", Said("a", "user", "lost", ("ann",)))
    kit.keys.full = False
    for _ in range(500):
        if kit.keyring.window > 1:
            break
        threading.Event().wait(0.01)
    event = kit.keep("e2", Said("a", "user", "kept", ("ann",)))
    assert kit.open(event, kit.bytes_of(sealed_in(event))).parts


def test_what_was_sealed_with_lost_keys_fails_with_them(tmp_path):
    kit = SealingKit(tmp_path)
    kit.keyring.renew()
    late = []

    def full(keys, groups, /):
        late.append(kit.sealer.seal(Content("t", "e2", "s", [Said("a", "user", "x", ("ann",))])))
        raise Unavailable("full", code="sealing_keys")

    kit.keys.add = full
    first = kit.sealer.seal(Content("t", "e1", "s", [Said("a", "user", "x", ("ann",))]))
    kit.sealer.settle()
    for one in (first, *late):
        assert isinstance(one.done.exception(timeout=0), Unavailable)
    assert kit.sealer._waiting == 0
    with pytest.raises(Unavailable):
        kit.sealer.seal(Content("t", "e3", "s", [Said("a", "user", "x", ("ann",))]))


def test_a_key_service_that_is_away_refuses_and_is_asked_again(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    kit = SealingKit(tmp_path)
    kit.wrapper.away = True
    kit.sealer.start()
    with pytest.raises(Unavailable):
        kit.keep("e1", Said("a", "user", "x"))
    kit.wrapper.away = False
    for _ in range(500):
        if kit.keyring.window:
            break
        threading.Event().wait(0.01)
    assert kit.keep("e2", Said("a", "user", "x"))
    kit.sealer.close()


def test_what_is_too_much_is_counted(tmp_path):
    kit = SealingKit(tmp_path, most_bytes=10)
    kit.sealer.start()
    event = kit.keep("e", Said("a", "user", "x" * 50), Said("b", "user", "y"), Said("c", "user", "z"))
    ref = sealed_in(event)
    assert (ref.parts, ref.omitted) == (1, 2)
    assert kit.open(event, kit.bytes_of(ref)).parts[0].said[2] == "x" * 10
    kit.sealer.close()


def test_more_than_may_wait_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_QUEUED", 1)
    kit = SealingKit(tmp_path)
    kit.keyring.renew()
    content = Content("t", "e", "s", [Said("a", "user", "x")])
    kit.sealer.seal(content)
    with pytest.raises(Unavailable):
        kit.sealer.seal(content)


def test_half_a_character_is_kept_as_a_question(kit):
    event = kit.keep("e", Said("a", "user", "x\ud800y"))
    assert kit.open(event, kit.bytes_of(sealed_in(event))).parts[0].said[2] == "x?y"


def test_what_lost_its_keys_while_it_was_sealed_is_refused(tmp_path, monkeypatch):
    kit = SealingKit(tmp_path)
    kit.keyring.renew()
    kit.keys.full = True

    def slowly(*given, **named):
        kit.sealer.settle()
        return bodies.seal(*given, **named)

    monkeypatch.setattr(module, "seal", slowly)
    with pytest.raises(Unavailable, match="lost"):
        kit.sealer.seal(Content("t", "e1", "s", [Said("a", "user", "x", ("ann",))]))
    kit.keys.full = False
    kit.keyring.renew()
    sealed = kit.sealer.seal(Content("t", "e2", "s", [Said("a", "user", "x", ("ann",))]))
    kit.sealer.settle()
    assert sealed.done.result(timeout=0) is None
    assert len(kit.keys.rows) == 1


def test_whatever_fails_is_told_and_the_thread_goes_on(kit):
    def burst(*_):
        raise RuntimeError("unforeseen")

    add, kit.keys.add = kit.keys.add, burst
    with pytest.raises(Unavailable):
        kit.keep("e1", Said("a", "user", "x"))
    kit.keys.add = add
    wrap, kit.wrapper.wrap = kit.wrapper.wrap, burst
    kit.clock.advance(milliseconds=61_000)
    for _ in range(3):
        threading.Event().wait(0.02)
        kit.sealer._work.set()
    kit.wrapper.wrap = wrap
    kit.sealer._work.set()
    for _ in range(500):
        if kit.keyring.holds():
            break
        threading.Event().wait(0.01)
    assert kit.keep("e2", Said("a", "user", "x"))
