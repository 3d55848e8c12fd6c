"""What stands in a column, by header and by values."""

import pytest

from asepsis.core.types import Kind, ObligationKind
from asepsis.deid.formats.columns import headed, normal, verdict
from asepsis.deid.formats.treatment import Rule, Treat


def judged(header, *values, own=lambda *names: None):
    return verdict(header, values, own)


@pytest.mark.parametrize(
    ("header", "name"),
    [("PatientFirstName", "patient_first_name"), ("Zip Code", "zip_code"), ("DOB", "dob"), ("memberID", "member_id")],
)
def test_headers_are_read_alike(header, name):
    assert normal(header) == name


OMOP = {
    "person_id": Treat.CODE,
    "provider_id": Treat.CODE,
    "visit_occurrence_id": Treat.CODE,
    "location_id": Treat.CODE,
    "person_source_value": Treat.CODE,
    "gender_concept_id": Treat.KEEP,
    "gender_source_value": Treat.KEEP,
    "condition_concept_id": Treat.KEEP,
    "condition_source_value": Treat.KEEP,
    "measurement_source_value": Treat.KEEP,
    "value_as_number": Treat.KEEP,
    "value_as_concept_id": Treat.KEEP,
    "drug_exposure_start_date": Treat.DATE,
    "visit_start_datetime": Treat.DATE,
    "birth_datetime": Treat.DATE,
    "year_of_birth": Treat.DATE,
    "note_text": Treat.SCAN,
    "zip": Treat.TOWN,
    "city": Treat.TOWN,
    "zip_code": Treat.TOWN,
    "postal_code": Treat.TOWN,
    "patient_number": Treat.CODE,
    "procedure_code": Treat.KEEP,
    "county": Treat.STREET,
    "address_1": Treat.STREET,
    "state": Treat.KEEP,
    "quantity": Treat.KEEP,
    "unique_device_id": Treat.VALUE,
}


@pytest.mark.parametrize("header", OMOP)
def test_omop_is_known_by_name(header):
    assert judged(header).rule.treat is OMOP[header]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("SSN", Kind.SSN),
        ("MRN", Kind.MRN),
        ("Member ID", Kind.HEALTH_PLAN_ID),
        ("provider_npi", Kind.LICENSE),
        ("accountNumber", Kind.ACCOUNT),
        ("LastName", Kind.NAME),
        ("patient_name", Kind.NAME),
        ("home_phone", Kind.PHONE),
        ("fax_number", Kind.FAX),
        ("e-mail", Kind.EMAIL),
        ("ip_address", Kind.IP),
        ("latitude", Kind.GEO),
    ],
)
def test_identifiers_are_known_by_name(header, kind):
    assert judged(header).rule.kind is kind


def test_month_and_day_of_birth_go():
    assert judged("month_of_birth").rule.do is ObligationKind.DROP
    assert judged("day_of_birth").rule.do is ObligationKind.DROP


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        (["078-05-1120", "219-09-9999"], Rule(Treat.VALUE, Kind.SSN)),
        (["a@example.org", "", "b@example.org"], Rule(Treat.VALUE, Kind.EMAIL)),
        (["2024-03-03", "2024-03-04T10:00"], Rule(Treat.DATE, Kind.DATE)),
        (["(415) 555-2671"], Rule(Treat.VALUE, Kind.PHONE)),
        (["0b9a1f3c-8d2e-4f6a-9b7c-1d2e3f4a5b6c"], Rule(Treat.CODE)),
        (["7.2", "120", "-3", "Y"], Rule(Treat.KEEP)),
        (["7122250123"], Rule(Treat.UNKNOWN)),
        (["Haddad", "x"], Rule(Treat.UNKNOWN)),
        ([], Rule(Treat.UNKNOWN)),
    ],
)
def test_an_unknown_header_is_judged_by_its_values(values, rule):
    assert judged("q17", *values).rule == rule


def test_a_header_that_promises_a_code_does_not_hide_something_else():
    assert judged("status", "078-05-1120", "219-09-9999").rule.kind is Kind.SSN
    assert judged("status", "active", "final").rule.treat is Treat.KEEP


@pytest.mark.parametrize("header", ["diagnosis", "Primary Diagnosis", "dx", "chief_complaint", "procedures"])
def test_what_is_wrong_with_somebody_is_read_and_not_taken_for_a_number_of_theirs(header):
    assert judged(header, "E11.9", "I10").rule.treat is Treat.SCAN


def test_the_profile_s_own_word_wins():
    said = {"first_name": "keep", "odd": ObligationKind.DROP, "gender": ObligationKind.MASK}

    def own(*names):
        return next((said[name] for name in names if name in said), None)

    assert judged("First Name", own=own).rule.treat is Treat.KEEP
    assert judged("odd", own=own).rule == Rule(Treat.VALUE, Kind.OTHER_ID, ObligationKind.DROP)
    assert judged("gender", own=own).rule.do is ObligationKind.MASK


def test_columns_that_identify_together_are_marked():
    assert [judged(header).quasi for header in ("zip", "dob", "age", "gender", "ssn", "hba1c")] == [True] * 4 + [
        False
    ] * 2


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (["id", "name"], True),
        (["1", "Uma"], False),
        (["id", ""], False),
        (["a", "a"], False),
        (["x", "a@b.org"], False),
        ([], False),
    ],
)
def test_a_first_row_names_columns_or_is_data(row, named):
    assert headed(row) is named
