import pytest

from asepsis.scan.validators import VALIDATORS, over_89

GOOD = [
    ("aba", "021000021"),
    ("card", "4111 1111 1111 1111"),
    ("card", "378282246310005"),
    ("dea", "AB1234563"),
    ("dea", "b91234563"),
    ("iban", "GB29 NWBK 6016 1331 9268 19"),
    ("iban", "de89370400440532013000"),
    ("identifier", "00-12-34-5"),
    ("identifier", "A123"),
    ("ip", "203.0.113.7"),
    ("ip", "2001:db8::1"),
    ("gtin", "00844588003288"),
    ("gs1", "(01)00844588003288"),
    ("gs1", "(01)00844588003281(17)141231"),
    ("hibcc", "+A123BJC5D6E71G"),
    ("hibcc", "+H123PARTNO1234567890120/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202C"),
    ("luhn", "79927398713"),
    ("mbi", "1EG4-TE5-MK73"),
    ("mbi", "1eg4te5mk73"),
    ("mixed", "hunter2hunter2"),
    ("npi", "1234567893"),
    ("phone", "+1 (555) 123-4567"),
    ("phone", "415.555.2671 ext 12"),
    ("dialled", "60-56-85-91"),
    ("dialled", "+44 20 7946 0958x12"),
    ("random", "O(0yl55k(gT"),
    ("random", "a8f5f167f44f4964e6c998de"),
    ("ssn", "123-45-6789"),
    ("vin", "1M8GDM9AXKP042788"),
]
BAD = [
    ("gtin", "00844588003281"),
    ("gtin", "0844588003281"),
    ("gs1", "(01)00844588003281"),
    ("hibcc", "+A123BJC5D6E71H"),
    ("hibcc", "+h123"),
    ("aba", "021000022"),
    ("aba", "02100002"),
    ("card", "4111 1111 1111 1112"),
    ("card", "0000000000000000"),
    ("card", "4444444444444444"),
    ("card", "411111111111"),
    ("dea", "AB1234564"),
    ("dea", "AB123456"),
    ("iban", "GB29 NWBK 6016 1331 9268 18"),
    ("identifier", "2024"),
    ("identifier", "2024-11-24"),
    ("identifier", "11-24-2024"),
    ("identifier", "AB12"),
    ("identifier", "123"),
    ("ip", "999.1.1.1"),
    ("ip", "1:2"),
    ("luhn", "79927398710"),
    ("mbi", "1SG4TE5MK73"),
    ("mbi", "1EG4TE5MK7"),
    ("mixed", "required"),
    ("mixed", "a1b2"),
    ("npi", "1234567890"),
    ("npi", "3234567893"),
    ("phone", "155-234-5678"),
    ("phone", "415-555-267"),
    ("dialled", "120-80"),
    ("dialled", "2024-11-24"),
    ("dialled", "11/24/2024"),
    ("random", "documentation"),
    ("random", "service2"),
    ("ssn", "000-12-3456"),
    ("ssn", "666-12-3456"),
    ("ssn", "912-34-5678"),
    ("ssn", "123-00-6789"),
    ("ssn", "123-45-0000"),
    ("vin", "1M8GDM9A1KP042788"),
    ("vin", "11111111111111111"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_value_that_proves_itself_holds(name, value):
    assert VALIDATORS[name](value)


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_value_that_does_not_is_refused(name, value):
    assert not VALIDATORS[name](value)


def test_each_validator_is_shown_both_ways():
    assert {name for name, _ in GOOD} == {name for name, _ in BAD} == set(VALIDATORS)


CHECKED = [(name, value) for name, value in GOOD if name in {"aba", "card", "gtin", "luhn", "npi", "vin"}]


@pytest.mark.parametrize(("name", "value"), CHECKED)
def test_a_check_digit_sees_every_single_wrong_digit(name, value):
    for at, digit in enumerate(value):
        if digit.isdigit():
            others = [value[:at] + other + value[at + 1 :] for other in "0123456789" if other != digit]
            assert not any(VALIDATORS[name](other) for other in others)


@pytest.mark.parametrize(
    ("born", "told"), [("1936", True), ("1937", False), ("1931", True), ("1895", False), ("2030", False)]
)
def test_a_year_of_birth_tells_an_age_over_89_from_the_year_of_the_ninetieth_birthday(born, told):
    assert over_89(born, year=2026) is told
