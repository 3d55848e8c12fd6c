"""What annotations say."""

import pytest

from asepsis.core.errors import InputError
from asepsis.core.types import Kind, ObligationKind
from asepsis.policy.annotations import (
    admitted,
    clocked,
    consenting,
    handling,
    name,
    needing,
    notifying,
    retaining,
    routing,
    sealing,
    stricter,
    unsaid,
)


def test_a_handling_names_kinds_and_the_rest():
    table = handling("mask *; token MRN SSN; clear DATE")
    assert (table[Kind.MRN], table[Kind.DATE], table[Kind.NAME]) == (ObligationKind.TOKEN, None, ObligationKind.MASK)
    assert set(table) == set(Kind)


def test_kinds_that_are_not_named_are_not_spoken_of():
    assert handling("drop SSN") == {Kind.SSN: ObligationKind.DROP}


@pytest.mark.parametrize("kind", [Kind.INJECTION, Kind.EXFIL, Kind.CANARY, Kind.SECRET])
@pytest.mark.parametrize("verb", ["clear", "token", "mask"])
def test_a_star_never_lets_attacks_or_secrets_through(verb, kind):
    assert stricter(handling(f"{verb} *")[kind], unsaid(kind)) == handling(f"{verb} *")[kind]


def test_an_attack_passes_where_it_is_named():
    assert handling("clear INJECTION")[Kind.INJECTION] is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "mask", "hide SSN", "mask SSN SSN", "mask SSN; clear SSN", "mask *; drop *", "mask ssn"),
        *("clear SECRET", "token SECRET", "mask SSN;"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(text):
    with pytest.raises(InputError):
        handling(text)


def test_there_are_no_tokens_in_answers():
    with pytest.raises(InputError, match="requests only"):
        handling("token MRN", answer=True)


def test_what_is_admitted_has_a_name():
    assert admitted("vector image image", sort="opaque") == ("image", "vector")
    with pytest.raises(InputError):
        admitted("store", sort="opaque")


@pytest.mark.parametrize("text", ["a", "a.b-c.d1"])
def test_names(text):
    assert name(text) == text


@pytest.mark.parametrize("text", ["", "A", "a b", ".a", "a..b", "a" * 65, "ä"])
def test_no_names(text):
    with pytest.raises(InputError):
        name(text)


def test_what_is_kept_is_on_or_off():
    assert [sealing(one) for one in ("", " on ", "off")] == ["on", "on", "off"]
    with pytest.raises(InputError, match="`on` or `off`"):
        sealing("maybe")


@pytest.mark.parametrize(
    ("read", "good", "said", "bad"),
    [
        (needing, " claim.*  member.name ", "claim.* member.name", ["", "*", "claim..x", "a,b"]),
        (routing, "lab-*  on-prem", "lab-* on-prem", ["", "  "]),
        (notifying, "privacy-office", "privacy-office", [""]),
        (consenting, "part2  TREAT", "part2 TREAT", ["", "pärt2"]),
        (clocked, "72h  29 CFR 2560.503-1", "72h 29 CFR 2560.503-1", ["", "72h", "72 h law", "0h law", "law 72h"]),
        (retaining, " 6y ", "6y", ["", "6", "y6", "0d", "6 years", "99999d"]),
    ],
)
def test_duties_are_read_and_what_says_nothing_is_refused(read, good, said, bad):
    assert read(good) == said
    for text in bad:
        with pytest.raises(InputError):
            read(text)
