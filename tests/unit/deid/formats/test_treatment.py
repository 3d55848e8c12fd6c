"""Places and what becomes of them."""

import pytest

from asepsis.core.types import Kind, ObligationKind
from asepsis.deid.formats.jsontree import spliced
from asepsis.deid.formats.treatment import KEPT, SCANNED, UNKNOWN, Place, Rule, Treat, Treatment
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier

DATE = Rule(Treat.DATE, Kind.DATE)
CODE = Rule(Treat.CODE)


@pytest.fixture
def treat(scanner, memory):
    def run(name, rule, text, subject="", others=()):
        deidentifier = Deidentifier(scanner, read_profiles()[name], memory)
        treatment = Treatment(deidentifier, year=lambda place, year: f"<{year}>")
        places = [Place(0, 0, text, "key", rule, subject), *others]
        for place in places:
            treatment.note(place)
        return spliced(text, treatment.edits(places)[0])

    return run


@pytest.mark.parametrize("name", ["mask", "safe-harbor"])
def test_what_is_kept_is_kept(treat, name):
    assert treat(name, KEPT, "SSN 123-45-6789") == "SSN 123-45-6789"


def test_free_text_is_scanned_with_what_fields_say(treat):
    name = Place(0, 0, "Uma Haddad", "family", Rule(Treat.VALUE, Kind.NAME))
    assert treat("mask", SCANNED, "haddad, SSN 123-45-6789", others=[name]) == "[NAME], SSN [SSN]"


def test_the_unknown_is_scanned_or_masked_as_the_profile_says(treat):
    assert treat("mask", UNKNOWN, "odd 123-45-6789") == "odd [SSN]"
    assert treat("safe-harbor", UNKNOWN, "odd") == "[OTHER_ID]"


def test_content_that_cannot_be_read_never_stays(treat):
    assert treat("limited-data-set", Rule(Treat.OPAQUE, Kind.PHOTO), "AAAA") == "[PHOTO]"


@pytest.mark.parametrize(
    ("name", "text", "new"),
    [
        ("mask", "2024-03-03", "<2024>"),
        ("token", "2024-03-03", "<2024>"),
        ("safe-harbor", "1930-03-03", "<1936>"),
        ("limited-data-set", "1930-03-03", "1930-03-03"),
        ("safe-harbor", "soon", "[DATE]"),
        ("expert-determination", "2024-03", "<2024>"),
        ("safe-harbor", " ", " "),
    ],
)
def test_dates_get_a_form_that_the_document_allows(treat, name, text, new):
    assert treat(name, DATE, text) == new


def test_a_moved_date_moves_with_its_subject(treat, memory):
    days = memory.shift("p1")
    assert days != 0
    moved = treat("expert-determination", DATE, "2024-06-15", subject="p1")
    assert moved == str(memory.surrogate(Kind.DATE, "2024-06-15", subject="p1")) != "2024-06-15"


def test_a_code_keeps_its_form_under_every_profile(treat):
    for name in ("mask", "token", "safe-harbor", "limited-data-set"):
        new = treat(name, CODE, "pat-1")
        assert new != "pat-1"
        assert len(new) == 5


def test_a_limited_data_set_keeps_towns_and_no_streets(treat):
    assert treat("limited-data-set", Rule(Treat.TOWN, Kind.GEO), "Ames") == "Ames"
    assert treat("limited-data-set", Rule(Treat.STREET, Kind.GEO), "Rose Cottage") == "[GEO]"
    assert treat("safe-harbor", Rule(Treat.TOWN, Kind.GEO), "62704") == "627"


def test_the_profile_s_own_word_on_a_field_wins(treat):
    assert treat("limited-data-set", Rule(Treat.TOWN, Kind.GEO, ObligationKind.DROP), "Ames") == ""
    assert treat("mask", Rule(Treat.DATE, Kind.DATE, ObligationKind.SURROGATE), "2024-06-15") != "<2024>"
