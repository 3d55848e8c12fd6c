"""What stands at a place of FHIR; whole documents are in `test_fhir.py`."""

import pytest

from asepsis.core.types import Kind, ObligationKind
from asepsis.deid.formats.elements import Spot, is_instant, number_rule, text_rule
from asepsis.deid.formats.jsontree import parse
from asepsis.deid.formats.treatment import KEPT, SCANNED, UNKNOWN, Rule, Treat


def silent(*_):
    return None


def spot(key, *path, around="{}"):
    return Spot(key, path, (parse(around),), path[0] if path else "", "")


@pytest.mark.parametrize(
    ("value", "where", "rule"),
    [
        ("Haddad", spot("family", "Patient", "name"), Rule(Treat.VALUE, Kind.NAME)),
        ("1961-03-03", spot("birthDate", "Patient"), Rule(Treat.DATE, Kind.DATE)),
        ("1961", spot("valueString", "Observation"), SCANNED),
        ("10:30:00", spot("valueTime", "Observation"), KEPT),
        ("Patient/7", spot("reference", "Observation", "subject"), Rule(Treat.CODE)),
        ("final", spot("status", "Observation"), KEPT),
        ("denies fever", spot("comment", "Observation"), SCANNED),
        ("x", spot("surprise", "Observation"), UNKNOWN),
        ("7", spot("value", "Patient", "identifier", around='{"system":"x/us-ssn"}'), Rule(Treat.VALUE, Kind.SSN)),
        ("a", spot("value", "Patient", "telecom", around='{"system":"email"}'), Rule(Treat.VALUE, Kind.EMAIL)),
        ("Ames", spot("city", "Patient", "address"), Rule(Treat.TOWN, Kind.GEO)),
        ("JVBE", spot("data", "Binary", around='{"contentType":"x"}'), Rule(Treat.OPAQUE, Kind.PHOTO)),
    ],
)
def test_a_string_is_what_its_place_says(value, where, rule):
    assert text_rule(value, where, silent) == rule


def test_the_profile_s_own_word_wins():
    where = spot("status", "Observation")
    assert text_rule(
        "final", where, lambda path, key: ObligationKind.MASK if path == "Observation.status" else None
    ) == (Rule(Treat.VALUE, Kind.OTHER_ID, ObligationKind.MASK))
    assert text_rule("Haddad", spot("family", "Patient", "name"), lambda *_: "keep") == KEPT
    assert number_rule("93", spot("value", "onsetAge"), lambda *_: "keep") is None


@pytest.mark.parametrize(
    ("value", "where", "rule"),
    [
        ("93", spot("value", "onsetAge"), Rule(Treat.VALUE, Kind.AGE_OVER_89)),
        ("63", spot("value", "onsetAge"), None),
        ("42.1", spot("latitude", "position"), Rule(Treat.STREET, Kind.GEO)),
        ("7122250", spot("surprise"), UNKNOWN),
        ("7.2", spot("value", "valueQuantity"), None),
        ("true", spot("active", "Patient"), None),
    ],
)
def test_a_number_is_left_unless_it_tells_a_place_an_age_or_an_identifier(value, where, rule):
    assert number_rule(value, where, silent) == rule


def test_an_instant_has_to_be_whole():
    assert is_instant(spot("issued", "Observation"))
    assert is_instant(spot("start", "Appointment"))
    assert not is_instant(spot("start", "Encounter", "period"))
