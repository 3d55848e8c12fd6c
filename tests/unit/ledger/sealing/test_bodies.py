import msgspec
import pytest

from asepsis.core.errors import NotTrusted
from asepsis.infra.randomness import SystemRandomness
from asepsis.ledger.sealing import bodies
from asepsis.ledger.sealing.bodies import Owned, Plain, combined, open_part, opened_text, parse, seal

ANN, BOB = {b"a" * 16: b"A" * 32}, {b"b" * 16: b"B" * 32}


def rendered(*parts):
    owned = [Owned(Plain("p", "user", text).render(), box) for text, box in parts]
    return seal("t", "e1", owned, randomness=SystemRandomness())


def made(*parts):
    found = rendered(*parts)
    body = parse(found.data)
    assert [one.commitment for one in body.parts] == found.commitments
    return body


def test_a_part_opens_with_the_keys_of_all_its_owners_and_of_nobody_less():
    both = combined(ANN | BOB)
    body = made(("about both", both), ("about ann", combined(ANN)))
    assert opened_text(open_part(body, 0, both)[1]).text == "about both"
    assert opened_text(open_part(body, 1, combined(ANN))[1]).text == "about ann"
    for number, box in ((0, combined(ANN)), (0, combined(BOB)), (1, both), (1, combined(BOB))):
        with pytest.raises(NotTrusted):
            open_part(body, number, box)
    assert [len(keys) for keys in body.owners] == [2, 1]


def test_the_order_of_owners_does_not_matter():
    assert combined(ANN | BOB).keys == combined(BOB | ANN).keys
    body = made(("x", combined(ANN | BOB)))
    assert open_part(body, 0, combined(BOB | ANN))


def test_no_part_stands_for_another_or_in_another_event():
    box = combined(ANN)
    body = made(("one", box), ("two", box))
    swapped = msgspec.structs.replace(body, parts=body.parts[::-1])
    elsewhere = [msgspec.structs.replace(body, **change) for change in ({"event": "e2"}, {"tenant": "u"})]
    first, second = body.parts
    mixed = msgspec.structs.replace(first, sealed=second.sealed, wrapped=second.wrapped)
    for wrong in (swapped, *elsewhere, msgspec.structs.replace(body, parts=(mixed, second))):
        with pytest.raises(NotTrusted):
            open_part(wrong, 0, box)


def test_equal_parts_look_different():
    box = combined(ANN)
    one, other = made(("same", box), ("same", box)).parts
    assert one.commitment != other.commitment
    assert one.sealed != other.sealed


def test_what_is_no_body_is_refused():
    data = rendered(("x", combined(ANN))).data
    wrong = [b"", b"\x95", data[:-1], data + b"\0", b"\xdc" + data]
    body = msgspec.msgpack.decode(data)
    for place, value in ((0, 2), (3, [[]]), (3, []), (4, [])):
        wrong.append(msgspec.msgpack.encode([value if at == place else one for at, one in enumerate(body)]))
    for one in wrong:
        with pytest.raises(NotTrusted):
            parse(one)
    with pytest.raises(NotTrusted):
        opened_text(b"[1]")


def test_the_salt_has_to_be_the_one_that_was_committed_to(monkeypatch):
    monkeypatch.setattr(bodies, "commit", lambda salt, part: b"c" * 32)
    box = combined(ANN)
    body = made(("x", box))
    monkeypatch.undo()
    with pytest.raises(NotTrusted, match="committed"):
        open_part(body, 0, box)
