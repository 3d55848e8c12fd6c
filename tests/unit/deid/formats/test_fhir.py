"""FHIR: each value by its place, references that still refer, and every other byte as it was."""

import io
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from asepsis.core.errors import InputError
from asepsis.core.types import Kind
from asepsis.deid import Memory, Scope, ScopeKind
from asepsis.deid.dice import RandomDraws
from asepsis.deid.formats import fhir
from asepsis.deid.formats.fhir import convert_document, convert_lines
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier
from asepsis.scan import ScanConfig, build
from asepsis.testing.randomness import SeededRandomness

PATIENT = {
    "resourceType": "Patient",
    "id": "pat-1",
    "meta": {
        "versionId": "3",
        "lastUpdated": "2024-03-03T10:00:00Z",
        "profile": ["http://example.org/StructureDefinition/p"],
    },
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml">Uma <b>Haddad</b>, born 1961-03-03, MRN 7122250</div>',
    },
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName", "valueString": "Ida Okafor"},
        {
            "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
            "extension": [{"url": "text", "valueString": "White"}],
        },
        {"url": "http://example.org/odd", "valueString": "who knows"},
        {"url": "http://example.org/geo", "extension": [{"url": "latitude", "valueDecimal": 42.53}]},
    ],
    "identifier": [
        {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "123-45-6789"},
        {"type": {"coding": [{"code": "MR", "display": "Medical Record Number"}]}, "value": "7122250"},
        {"system": "http://example.org/other", "value": "X9"},
    ],
    "name": [{"use": "official", "family": "Haddad", "given": ["Uma", "J"], "prefix": ["Mrs."], "text": "Uma Haddad"}],
    "telecom": [{"system": "phone", "value": "415-555-2671"}, {"system": "email", "value": "uma@example.org"}],
    "gender": "female",
    "birthDate": "1961-03-03",
    "address": [
        {
            "line": ["12 Main St"],
            "city": "Ames",
            "district": "Story",
            "state": "IA",
            "postalCode": "50010",
            "country": "US",
        }
    ],
    "photo": [{"contentType": "image/png", "data": "iVBORw0KGgo="}],
    "generalPractitioner": [{"reference": "Practitioner/doc-7", "display": "Dr. Ada Berg"}],
    "managingOrganization": {"reference": "#org"},
    "contained": [{"resourceType": "Organization", "id": "org", "name": "Ames Clinic"}],
}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "obs-1",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4", "display": "HbA1c"}], "text": "HbA1c"},
    "subject": {"reference": "Patient/pat-1", "display": "Uma Haddad"},
    "effectiveDateTime": "2024-02-01",
    "issued": "2024-02-01T08:00:00.000Z",
    "valueQuantity": {"value": 7.20, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
    "medication": {"reference": "Medication/m1", "display": "Metformin 500 mg"},
    "onsetAge": {"value": 93, "unit": "a"},
    "note": [{"text": "Uma denies fever; metformin 500 mg, call 415-555-2671"}],
    "dataAbsentReason": None,
}
BUNDLE = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {
            "fullUrl": "urn:uuid:0b9a1f3c-8d2e-4f6a-9b7c-1d2e3f4a5b6c",
            "resource": PATIENT,
            "request": {"method": "POST", "url": "Patient"},
        },
        {"resource": OBSERVATION, "request": {"method": "PUT", "url": "Observation?identifier=http://e.org|X9"}},
    ],
}


@pytest.fixture
def converted(through):
    def run(value, name="safe-harbor", **more):
        return json.loads(through(convert_document, json.dumps(value).encode(), name, **more))

    return run


def test_a_patient_is_not_to_be_known(converted):
    out = converted(PATIENT)
    for held in (
        "Haddad",
        "Uma",
        "7122250",
        "123-45-6789",
        "1961-03-03",
        "Main",
        "Ames",
        "Berg",
        "Okafor",
        "pat-1",
        "iVBO",
        "X9",
        "42.53",
        "who",
    ):
        assert held not in json.dumps(out), held
    assert (
        out["text"]["div"]
        == '<div xmlns="http://www.w3.org/1999/xhtml">[NAME] <b>[NAME]</b>, born 1961, MRN [MRN]</div>'
    )
    assert out["birthDate"] == "1961"
    assert out["meta"]["lastUpdated"] == "2024-01-01T00:00:00Z"
    assert out["address"][0] == {
        "line": ["[GEO]"],
        "city": "[GEO]",
        "district": "[GEO]",
        "state": "IA",
        "postalCode": "500",
        "country": "US",
    }
    assert [one["value"] for one in out["identifier"]] == ["[SSN]", "[MRN]", "[OTHER_ID]"]
    assert out["extension"][1] == PATIENT["extension"][1]
    assert out["extension"][3]["extension"][0]["valueDecimal"] == 0
    assert out["telecom"] == [{"system": "phone", "value": "[PHONE]"}, {"system": "email", "value": "[EMAIL]"}]


@pytest.mark.parametrize("name", read_profiles())
def test_clinical_content_stays_under_every_profile(converted, name):
    out = converted(OBSERVATION, name)
    for key in ("status", "code", "valueQuantity", "dataAbsentReason"):
        assert out[key] == OBSERVATION[key]
    assert out["medication"]["display"] == "Metformin 500 mg"
    assert "denies fever; metformin 500 mg" in out["note"][0]["text"]


@pytest.mark.parametrize("name", read_profiles())
def test_each_element_keeps_a_form_that_fhir_allows(converted, name):
    out = converted(
        {
            "resourceType": "DocumentReference",
            "date": "2024-03-03T10:00:00Z",
            "identifier": "pat-1",
            "uid": "1.2.840.99999999.38780235",
            "onset": "2004",
            "availableStartTime": "08:00:00",
            "effectiveDateTime": "2024-02-30",
            "content": [{"attachment": {"contentType": "text/plain", "data": "SGFkZGFk", "hash": "SGFkZGFk"}}],
            "telecom": [{"system": "url", "value": "https://clinic.example.com/haddad"}],
        },
        name,
    )
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z", out["date"])
    assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", out["identifier"])
    assert re.fullmatch(r"[0-2](\.(0|[1-9][0-9]*))+", out["uid"])
    assert re.fullmatch(r"[0-9]{4}", out["onset"])
    assert out["availableStartTime"] == "08:00:00"
    assert re.fullmatch(r"[0-9]{4}(-[0-9]{2}-[0-9]{2})?", out["effectiveDateTime"])
    assert out["content"][0]["attachment"]["data"] == out["content"][0]["attachment"]["hash"] == "W1BIT1RPXQ=="
    assert out["telecom"][0]["value"]
    assert "haddad" not in json.dumps(out)


def test_a_curve_is_a_measure(converted):
    curve = {"origin": {"value": 0}, "dimensions": 1, "data": "2041 2043 2037 2047 2060"}
    given = {"resourceType": "Observation", "status": "final", "valueSampledData": curve}
    assert converted(given) == given


def test_references_still_refer(converted):
    out = converted(BUNDLE)
    patient, observation = (entry["resource"] for entry in out["entry"])
    assert observation["subject"]["reference"] == f"Patient/{patient['id']}" != "Patient/pat-1"
    assert patient["managingOrganization"]["reference"] == f"#{patient['contained'][0]['id']}"
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", out["entry"][0]["fullUrl"])
    assert out["entry"][0]["request"]["url"] == "Patient"
    assert out["entry"][1]["request"]["url"].startswith("Observation?identifier=http://e.org|")
    assert "X9" not in out["entry"][1]["request"]["url"]
    assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", patient["id"])


def test_an_age_over_89_becomes_the_category(converted):
    assert converted(OBSERVATION)["onsetAge"]["value"] == 90
    young = {**OBSERVATION, "onsetAge": {"value": 63, "unit": "a"}}
    assert converted(young)["onsetAge"]["value"] == 63
    old = {**PATIENT, "birthDate": "1930-05-05"}
    assert converted(old)["birthDate"] == "1936"


def test_dates_of_one_patient_move_together(converted, memory):
    out = converted(BUNDLE, "expert-determination")
    patient, observation = (entry["resource"] for entry in out["entry"])
    days = memory.shift("pat-1")
    assert memory.surrogate(Kind.DATE, "1961-03-03", subject="pat-1") == patient["birthDate"]
    assert memory.surrogate(Kind.DATE, "2024-02-01", subject="pat-1") == observation["effectiveDateTime"]
    assert patient["birthDate"] in patient["text"]["div"]
    assert days


def test_names_keep_their_part_and_agree_with_the_narrative(converted):
    out = converted(PATIENT, "expert-determination")
    name = out["name"][0]
    assert name["text"] == f"{name['given'][0]} {name['family']}"
    assert f"{name['given'][0]} <b>{name['family']}</b>" in out["text"]["div"]


def test_the_profile_s_own_fields_win(converted):
    own = read_profiles()["safe-harbor"]
    fields = {"Patient.gender": "mask", "city": "keep", "birthDate": "drop"}
    out = converted(PATIENT, profile=replace(own, fields=fields))
    assert out["gender"] == "[OTHER_ID]"
    assert out["address"][0]["city"] == "Ames"
    assert out["birthDate"] == "1961"


def test_json_that_is_no_fhir_is_closed_by_strict_profiles(converted):
    given = {"memberSsn": "123456789", "x": "odd", "account": 1234567890, "rows": [{"y": True, "n": 7}]}
    assert converted(given) == {
        "memberSsn": "[OTHER_ID]",
        "x": "[OTHER_ID]",
        "account": 0,
        "rows": [{"y": True, "n": 7}],
    }
    assert converted(given, "mask")["memberSsn"] == "[SSN]"


KEPT_BYTES = [
    '"status": "final"',
    '"active" :true',
    '"multipleBirthInteger":2',
    '"gender":"female"',
    '"valueDecimal":7.20',
    '"valueDecimal" : 1e3',
]
PHI_BYTES = {
    '"family":"Hadd\\u00e1d"': '"family":"[NAME]"',
    '"birthDate" : "1961-03-03"': '"birthDate" : "1961"',
    '"city": "Am\\/es"': '"city": "[GEO]"',
    '"postalCode":"50010"': '"postalCode":"[GEO]"',
}
GAPS = st.sampled_from(["", " ", "\n", "\t ", "\r\n"])
SCANNER = build(ScanConfig(), digester=None, tenant="t", cache=None)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([*KEPT_BYTES, *PHI_BYTES]), min_size=1, max_size=6), st.lists(GAPS, min_size=8, max_size=8)
)
def test_every_byte_that_is_no_identifier_stays(members, gaps):
    def document(parts):
        inside = ",".join(gap + one + gap for gap, one in zip(gaps, parts, strict=False))
        return '{"resourceType":"Patient",' + inside + "}" + gaps[-1]

    memory = Memory(Scope("t", ScopeKind.SESSION, "s"), RandomDraws(SeededRandomness()), today=2026)
    deidentifier = Deidentifier(SCANNER, read_profiles()["mask"], memory)
    given = document(members).encode()
    out = b"".join(convert_document(io.BytesIO(given), SCANNER, deidentifier)).decode()
    assert out == document([PHI_BYTES.get(one, one) for one in members])


def test_marks_in_front_of_a_document_stay(through):
    data = b'\xef\xbb\xbf  {"resourceType":"Patient","birthDate":"1961-03-03"}\n'
    assert through(convert_document, data) == data.replace(b"1961-03-03", b"1961")


def test_lines_are_documents(through):
    line = b'{"resourceType":"Patient","birthDate":"1961-03-03"}\n'
    assert through(convert_lines, line + b"\n" + line) == (line + b"\n" + line).replace(b"1961-03-03", b"1961")


def test_a_broken_line_is_named(through):
    line = b'{"resourceType":"Patient"}\n'
    with pytest.raises(InputError) as refused:
        through(convert_lines, line * 39_999 + b'{"id": Haddad}\n')
    assert refused.value.place == "line 40000, column 8"
    assert "Haddad" not in str(refused.value)


def test_what_is_too_large_is_refused(through, monkeypatch):
    monkeypatch.setattr(fhir, "LARGEST", 10)
    monkeypatch.setattr(fhir, "LINE", 10)
    for convert in (convert_document, convert_lines):
        with pytest.raises(InputError, match="at most 10 bytes"):
            through(convert, b'{"a":"0123456789"}')


@pytest.mark.parametrize("data", [b"\xff{}", b"{", b'{"a":"\xe9"}'])
def test_what_cannot_be_read_is_refused(through, data):
    with pytest.raises(InputError):
        through(convert_document, data)


@pytest.mark.parametrize("name", read_profiles())
def test_a_number_stays_one_in_every_profile(through, name):
    text = '{"mrn":7122250,"lat":{"latitude":37.7749},"valueAge":{"value":97}}'
    out = json.loads(through(convert_document, text.encode(), name))
    assert out["lat"]["latitude"] != 37.7749
    assert isinstance(out["lat"]["latitude"], int | float)
    assert isinstance(out["valueAge"]["value"], int | float)
