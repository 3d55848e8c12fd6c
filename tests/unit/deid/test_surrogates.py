"""Surrogates: in the shape of the value, and none that could be real."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.types import Kind
from asepsis.deid.dice import Dice
from asepsis.deid.surrogates import shaped, surrogate
from asepsis.scan.validators import VALIDATORS

SEEDS = st.binary(min_size=1, max_size=8)


def shape(text):
    return re.sub(r"[A-Z]", "A", re.sub(r"[a-z]", "a", re.sub(r"[0-9]", "0", text)))


VALUES = {
    Kind.SSN: ["123-45-6789", "123456789", "123 45 6789"],
    Kind.ACCOUNT: ["4111 1111 1111 1111", "4111111111111111", "011000015"],
    Kind.LICENSE: ["1234567893", "AB1234563", "D1234567"],
    Kind.HEALTH_PLAN_ID: ["1EG4-TE5-MK73", "1eg4te5mk73", "W123456789"],
    Kind.VEHICLE: ["1HGCM82633A004352", "7ABC123"],
    Kind.MRN: ["7122250", "A-77123"],
    Kind.PHONE: ["(415) 555-2671", "415-555-2671 x12", "14155552671", "555-2671"],
}
CASES = [(kind, value) for kind, values in VALUES.items() for value in values]


@given(seed=SEEDS, case=st.sampled_from(CASES))
def test_the_shape_is_kept(seed, case):
    kind, value = case
    assert shape(surrogate(kind, value, Dice(seed))) == shape(value)


@given(seed=SEEDS)
def test_no_surrogate_can_be_real(seed):
    def made(kind, value):
        return surrogate(kind, value, Dice(seed))

    assert re.fullmatch(r"9\d\d-[0-4]\d-\d{4}", made(Kind.SSN, "123-45-6789"))
    assert made(Kind.SSN, "6789") == "0000"
    assert "555-01" in made(Kind.PHONE, "(415) 555-2671")
    assert made(Kind.PHONE, "+44 20 7946 0958").startswith("+99 9")
    assert made(Kind.EMAIL, "a@b.com").endswith("@example.org")
    assert made(Kind.URL, "https://clinic.example.com/p/1").startswith("https://example.org/")
    assert made(Kind.IP, "10.1.2.3").startswith(("192.0.2.", "198.51.100.", "203.0.113."))
    assert made(Kind.IP, "fe80::1").startswith("2001:db8::")
    assert not VALIDATORS["luhn"](made(Kind.ACCOUNT, "4111 1111 1111 1111"))
    assert not VALIDATORS["aba"](made(Kind.ACCOUNT, "011000015"))
    assert not VALIDATORS["iban"](made(Kind.ACCOUNT, "DE89370400440532013000"))
    assert not VALIDATORS["npi"](made(Kind.LICENSE, "1234567893"))
    assert not VALIDATORS["dea"](made(Kind.LICENSE, "AB1234563"))
    assert not VALIDATORS["vin"](made(Kind.VEHICLE, "1HGCM82633A004352"))
    assert not VALIDATORS["mbi"](made(Kind.HEALTH_PLAN_ID, "1EG4-TE5-MK73"))
    assert made(Kind.GEO, "62704").startswith("000")
    assert re.search(r", IL 000\d\d$", made(Kind.GEO, "12 Main St, Springfield, IL 62704"))


def test_a_uuid_stays_one():
    new = shaped("0B9A1F3C-8D2E-4F6A-9B7C-1D2E3F4A5B6C", Dice(b"x"))
    assert re.fullmatch(r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}", new)


@pytest.mark.parametrize("kind", [Kind.SECRET, Kind.INJECTION, Kind.EXFIL, Kind.CANARY, Kind.BIOMETRIC, Kind.PHOTO])
def test_what_has_no_plausible_value_has_no_surrogate(kind):
    assert surrogate(kind, "x", Dice(b"x")) is None


@given(seed=SEEDS, kind=st.sampled_from(list(Kind)), text=st.text(max_size=30))
def test_any_text_has_an_answer(seed, kind, text):
    assert isinstance(surrogate(kind, text, Dice(seed)), str | None)
