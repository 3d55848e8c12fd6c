"""Made-up people: the same for a seed, and in the forms that real numbers have."""

from asepsis.scan.validators import VALIDATORS
from asepsis.testing.records.person import drawn


def test_a_seed_is_one_person():
    assert drawn(3) == drawn(3) != drawn(4)


def test_numbers_have_the_forms_of_real_ones():
    for seed in range(50):
        person = drawn(seed)
        assert VALIDATORS["npi"](person.npi)
        assert len(person.zip) in {5, 9}
        assert person.came < person.went
        assert person.family in person.values()
