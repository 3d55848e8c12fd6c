import hashlib
import hmac

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.sealing.commitments import Commitments, check, commit, commitments_of

SOME = [bytes([number]) * 32 for number in range(6)]


def test_a_commitment_is_a_keyed_hash():
    assert commit(b"s" * 32, b"part") == hmac.new(b"s" * 32, b"part", hashlib.sha256).digest()


def test_three_stand_apart_and_a_root_stands_for_the_rest():
    assert commitments_of(SOME[:3]) == Commitments(tuple(one.hex() for one in SOME[:3]), "")
    found = commitments_of(SOME)
    leaves = [hashlib.sha256(b"\0" + one).digest() for one in SOME[3:]]
    pair = hashlib.sha256(b"\1" + leaves[0] + leaves[1]).digest()
    assert found.root == hashlib.sha256(b"\1" + pair + leaves[2]).hexdigest()


@pytest.mark.parametrize("count", [0, 1, 3, 4, 6])
def test_all_of_them_and_no_others_hold(count):
    said = commitments_of(SOME[:count])
    check(SOME[:count], said)
    wrong = [SOME[: count - 1] if count else SOME[:1], [*SOME[:count], SOME[0]], SOME[:count][::-1]]
    for other in wrong:
        if other != SOME[:count]:
            with pytest.raises(NotTrusted):
                check(other, said)
    with pytest.raises(NotTrusted):
        check([*SOME[:2], b"short"], commitments_of(SOME[:3]))
