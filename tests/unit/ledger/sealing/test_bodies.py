import msgspec
import pytest

from asepsis.core.errors import NotTrusted
from asepsis.infra.randomness import SystemRandomness
from asepsis.ledger.sealing import bodies
from asepsis.ledger.sealing.bodies import Plain, data_key, open_part, opened_text, parse, seal, unwrap_data_key

RANDOM = SystemRandomness()
ANN, BOB = {b"a" * 16: b"A" * 32}, {b"b" * 16: b"B" * 32}


def key_of(keys):
    return data_key(keys, randomness=RANDOM)


def rendered(*parts):
    owned = [(Plain("p", "user", text).render(), key) for text, key in parts]
    return seal("t", "e1", owned, randomness=RANDOM)


def made(*parts):
    data, commitments = rendered(*parts)
    body = parse(data)
    assert [one.commitment for one in body.parts] == commitments
    return body


def test_a_part_opens_with_the_keys_of_all_its_owners_and_of_nobody_less():
    both, ann = key_of(ANN | BOB), key_of(ANN)
    body = made(("about both", both), ("about ann", ann), ("about both", both))
    boxes = [unwrap_data_key(one, BOB | ANN) for one in body.owners]
    assert [len(one.keys) for one in body.owners] == [2, 1]
    for number, text in enumerate(["about both", "about ann", "about both"]):
        assert opened_text(open_part(body, number, boxes[number % 2])[1]).text == text
        with pytest.raises(NotTrusted):
            open_part(body, number, boxes[1 - number % 2])


def test_a_data_key_opens_with_all_keys_of_its_group_and_for_no_other():
    (owners,) = made(("x", key_of(ANN | BOB))).owners
    changed = owners.wrapped[:-1] + bytes([owners.wrapped[-1] ^ 1])
    fewer = msgspec.structs.replace(owners, keys=owners.keys[:1])
    for group, keys in (
        (owners, ANN | {b"b" * 16: b"C" * 32}),
        (fewer, ANN | BOB),
        (msgspec.structs.replace(owners, wrapped=changed), ANN | BOB),
    ):
        with pytest.raises(NotTrusted):
            unwrap_data_key(group, keys)


def test_no_part_stands_for_another_or_in_another_event():
    key = key_of(ANN)
    body = made(("one", key), ("two", key))
    swapped = msgspec.structs.replace(body, parts=body.parts[::-1])
    elsewhere = [msgspec.structs.replace(body, **change) for change in ({"event": "e2"}, {"tenant": "u"})]
    first, second = body.parts
    mixed = msgspec.structs.replace(first, sealed=second.sealed, nonce=second.nonce)
    for wrong in (swapped, *elsewhere, msgspec.structs.replace(body, parts=(mixed, second))):
        with pytest.raises(NotTrusted):
            open_part(wrong, 0, key.box)


def test_equal_parts_look_different():
    key = key_of(ANN)
    one, other = made(("same", key), ("same", key)).parts
    assert one.commitment != other.commitment
    assert one.nonce != other.nonce
    assert one.sealed != other.sealed


def test_what_is_no_body_is_refused():
    data, _ = rendered(("x", key_of(ANN)))
    wrong = [b"", b"\x95", data[:-1], data + b"\0", b"\xdc" + data]
    body = msgspec.msgpack.decode(data)
    for place, value in ((0, 1), (3, [[]]), (3, []), (4, [])):
        wrong.append(msgspec.msgpack.encode([value if at == place else one for at, one in enumerate(body)]))
    for one in wrong:
        with pytest.raises(NotTrusted):
            parse(one)
    with pytest.raises(NotTrusted):
        opened_text(b"[1]")


def test_the_salt_has_to_be_the_one_that_was_committed_to(monkeypatch):
    monkeypatch.setattr(bodies, "commit", lambda salt, part: b"c" * 32)
    key = key_of(ANN)
    body = made(("x", key))
    monkeypatch.undo()
    with pytest.raises(NotTrusted, match="committed"):
        open_part(body, 0, key.box)
