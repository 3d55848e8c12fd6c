"""Rosters as they come."""

import json

import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.types import Kind
from asepsis.scan.subjects.config import Columns
from asepsis.scan.subjects.roster import Member
from asepsis.scan.subjects.sources import from_csv, from_fhir, from_rows

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [
        {"type": {"coding": [{"code": "MR"}]}, "value": "7122250"},
        {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "123-45-6789"},
        {"system": "http://other.test", "value": "x"},
    ],
    "name": [{"family": "Lee", "given": ["Ann", "B"]}],
    "birthDate": "1990-01-31",
}
ANN = Member("p1", ((Kind.MRN, "7122250"), (Kind.SSN, "123-45-6789")), "Ann B", "Lee", "1990-01-31")


def test_a_csv_file_is_read_by_its_header(tmp_path):
    file = tmp_path / "m.csv"
    file.write_text("\ufeffmember_id,mrn,first_name,last_name,birth_date\nm1,7122250,Ann,Lee,1/31/1990\n")
    identifiers = ((Kind.MRN, "7122250"), (Kind.HEALTH_PLAN_ID, "m1"))
    assert list(from_csv(file, Columns())) == [Member("m1", identifiers, "Ann", "Lee", "1/31/1990")]


@pytest.mark.parametrize(
    ("text", "place"),
    [(b"mrn\n1\n", "m.csv"), (b"member_id,mrn\n,7122250\n", "m.csv row 1"), (b"member_id\n\xff\n", "m.csv")],
)
def test_a_bad_csv_file_is_told_with_its_place_and_without_its_content(tmp_path, text, place):
    file = tmp_path / "m.csv"
    file.write_bytes(text)
    with pytest.raises(ConfigError) as told:
        list(from_csv(file, Columns()))
    assert told.value.place.endswith(place)
    assert "7122250" not in str(told.value)


def test_rows_of_a_query_may_hold_other_types():
    (member,) = from_rows([{"member_id": 7, "mrn": None, "ssn": 123456789}], Columns(), place="q")
    assert member == Member("7", ((Kind.SSN, "123456789"), (Kind.HEALTH_PLAN_ID, "7")))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", json.dumps(PATIENT, indent=1)),
        ("p.json", json.dumps({"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {}]})),
        ("p.ndjson", json.dumps(PATIENT) + "\n\n" + json.dumps({"resourceType": "Claim"}) + "\n"),
        ("p.json", json.dumps({"resourceType": "Claim"}) + "\n" + json.dumps(PATIENT)),
    ],
)
def test_fhir_patients_are_read_from_documents_bundles_and_lines(tmp_path, name, text):
    file = tmp_path / name
    file.write_text(text)
    assert list(from_fhir(file)) == [ANN]


@pytest.mark.parametrize("text", ["[", "[]", '{"resourceType": 7}', "{" * 100_000])
def test_what_is_no_fhir_is_told(tmp_path, text):
    file = tmp_path / "p.json"
    file.write_text(text)
    with pytest.raises(ConfigError):
        list(from_fhir(file))
    with pytest.raises(ConfigError):
        list(from_fhir(tmp_path / "none.json"))
