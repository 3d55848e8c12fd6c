"""FHIR R4 bundles about a made-up person, with references between their resources, and the same as lines."""

import json
from typing import TypeAlias
from uuid import UUID

from asepsis.deid.dice import Dice
from asepsis.testing.records.person import Person

__all__ = ["bundle", "lines"]

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
_XHTML = "http://www.w3.org/1999/xhtml"


def bundle(person: Person, /) -> str:
    """Returns a bundle of type `collection` in JSON."""
    entries: list[Json] = [
        {"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in _resources(person, "urn:uuid:")
    ]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}, indent=2)


def lines(person: Person, /) -> str:
    """Returns the same resources as NDJSON, with references by type and id."""
    return "".join(json.dumps(one) + "\n" for one in _resources(person, ""))


def _resources(person: Person, lead: str) -> list[dict[str, Json]]:
    dice = Dice(person.mrn.encode())
    ids = [str(UUID(bytes=bytes(dice.below(256) for _ in range(16)), version=4)) for _ in range(6)]

    def to(at: int, kind: str) -> Json:
        return {"reference": f"{lead}{ids[at]}" if lead else f"{kind}/{ids[at]}"}

    subject = {"subject": to(0, "Patient"), "encounter": to(2, "Encounter")}
    return [
        {"resourceType": "Patient", "id": ids[0], **_patient(person)},
        {"resourceType": "Practitioner", "id": ids[1], **_practitioner(person)},
        {
            "resourceType": "Encounter",
            "id": ids[2],
            "subject": subject["subject"],
            **_encounter(person, to(1, "Practitioner")),
        },
        {"resourceType": "Observation", "id": ids[3], **subject, **_observation(person)},
        {"resourceType": "MedicationRequest", "id": ids[4], **subject, **_prescription(person)},
        {
            "resourceType": "Coverage",
            "id": ids[5],
            "status": "active",
            "subscriberId": person.member,
            "beneficiary": subject["subject"],
            "payor": [{"display": "Key Insurance"}],
            "period": {"start": f"{person.came:%Y-%m}"},
        },
    ]


def _patient(person: Person) -> dict[str, Json]:
    told = f"{person.given} {person.family}, born {person.born:%Y-%m-%d}, call {person.phone}"
    return {
        "meta": {"lastUpdated": f"{person.went}T08:15:00.000+00:00"},
        "text": {"status": "generated", "div": f'<div xmlns="{_XHTML}"><p>{told}</p></div>'},
        "identifier": [
            {
                "type": {"coding": [{"system": _V2, "code": "MR"}]},
                "system": "urn:oid:1.2.36.146.595",
                "value": person.mrn,
            },
            {"system": "http://hl7.org/fhir/sid/us-ssn", "value": person.ssn},
        ],
        "active": True,
        "name": [{"use": "official", "family": person.family, "given": [person.given, person.middle]}],
        "telecom": [{"system": "phone", "value": person.phone, "use": "home", "rank": 1}],
        "gender": "female" if person.sex == "F" else "male",
        "birthDate": f"{person.born}",
        "address": [
            {
                "use": "home",
                "line": [person.street],
                "city": person.town,
                "state": person.state,
                "postalCode": person.zip[:5],
                "period": {"start": f"{person.born.year}"},
            }
        ],
        "maritalStatus": {"text": "Married"},
    }


def _practitioner(person: Person) -> dict[str, Json]:
    npi: Json = {"system": "http://hl7.org/fhir/sid/us-npi", "value": person.npi}
    return {"identifier": [npi], "name": [{"family": person.doctor, "given": ["Ada"], "prefix": ["Dr."]}]}


def _encounter(person: Person, doctor: Json) -> dict[str, Json]:
    return {
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "participant": [{"individual": doctor}],
        "period": {"start": f"{person.came}T08:15:00-05:00", "end": f"{person.went}T10:00:00-05:00"},
        "reasonCode": [{"text": f"{person.family} came with pain in the left foot, no fever"}],
    }


def _observation(person: Person) -> dict[str, Json]:
    return {
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4", "display": "Hemoglobin A1c"}]},
        "effectiveDateTime": f"{person.came}T09:30:00-05:00",
        "issued": f"{person.came}T10:00:00.000-05:00",
        "valueQuantity": {"value": 7.2, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
        "note": [{"text": f"Mrs. {person.family} denies chills.", "time": f"{person.came}T10:05:00-05:00"}],
    }


def _prescription(person: Person) -> dict[str, Json]:
    rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
    return {
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": rxnorm, "code": "860975"}], "text": "metformin 500 mg"},
        "authoredOn": f"{person.came}",
        "dosageInstruction": [
            {
                "text": "500 mg by mouth twice daily",
                "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 500, "unit": "mg"}}],
            }
        ],
    }
