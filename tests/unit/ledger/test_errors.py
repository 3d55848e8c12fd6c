from asepsis.core.errors import InputError, NotTrusted, Unavailable
from asepsis.ledger import errors


def test_each_failure_has_a_code_of_its_own():
    made = [errors.damaged("a", place="p"), errors.broken("b"), errors.unreachable("c"), errors.refused("d")]
    made += [errors.unproven("e")]
    assert [type(one) for one in made] == [NotTrusted, Unavailable, Unavailable, InputError, NotTrusted]
    assert len({one.code for one in made}) == 5
    assert all(one.place for one in made)
