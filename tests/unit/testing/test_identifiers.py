"""Invented identifiers: drawn anew from the same seed, and true to their form."""

import pytest

from asepsis.scan.validators import VALIDATORS
from asepsis.testing.identifiers import SORTS, identifiers

CHECKED = {
    "aba": "aba", "card": "card", "dea": "dea", "hibcc": "hibcc", "iban": "iban", "imei": "luhn", "ipv4": "ip",
    "ipv6": "ip", "mbi": "mbi", "npi": "npi", "phone": "phone", "ssn": "ssn", "udi": "gs1", "vin": "vin",
}  # fmt: skip


@pytest.mark.parametrize("sort", SORTS)
def test_they_are_the_same_for_a_seed_and_others_for_another(sort):
    one = list(identifiers(sort, count=20, seed=1))
    assert list(identifiers(sort, count=20, seed=1)) == one
    assert list(identifiers(sort, count=20, seed=2)) != one
    assert len({each.value for each in one}) > 10


@pytest.mark.parametrize(("sort", "check"), CHECKED.items())
def test_what_has_a_check_digit_proves_itself(sort, check):
    for one in identifiers(sort, count=50, seed=3):
        assert VALIDATORS[check](one.value)
