"""Names of fields that may be spoken of: what a document calls its fields can be anything, a patient's name included.

A name is spoken of as it is when each of its words is one that standards call fields by: those of FHIR's elements, or
of the short list below. Every other name becomes `*`.
"""

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Final

__all__ = ["spoken"]

_LONGEST: Final = 64
_WORD: Final = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+")
_SHAPE: Final = re.compile(r"[A-Za-z][A-Za-z_-]*")
_OTHERS: Final = """
account adjustment adjustments age allergies allergy allowed amounts auth authorization balance benefit bill birth
charge charges city claim claims cob codes comment comments contact copay cost count coverage cpt created date dates
day deductible denial dependent dependents diagnosis dob dose drg drug eft eligibility email employer enrollment
ethnicity fax first group guarantor hcpcs height history household icd id ids immunization income insurance item
items lab labs last ledger line lines list lob loinc mbi medication medications member members middle mobile mrn
name names ndc network note notes npi number paid passport patient patients payer pcp pharmacy phone plan policy pos
practitioner prior problem problems procedure provider quantity race reason record referral refill refills
relationship remark remarks remittance result results rx salary service services sex specialty ssn state status
street subject subscriber summary tax text tin total type types unit units updated visit vitals weight year zip
"""
"""Words of claims, enrollment and payments that FHIR's elements do not have."""


def spoken(name: str, /) -> str:
    """Returns a field's name, or `*` for one that may be anybody's words."""
    if len(name) > _LONGEST or not _SHAPE.fullmatch(name):
        return "*"
    words = _WORD.findall(name)
    whole = "".join(words) == name.replace("_", "").replace("-", "")  # else there are letters one by one
    return name if whole and all(word.lower() in _words() for word in words) else "*"


@cache
def _words() -> frozenset[str]:
    table = tomllib.loads((resources.files("asepsis.deid") / "tables" / "fhir.toml").read_text(encoding="utf-8"))
    names = [table["codes"], table["texts"], *table["kinds"].values(), _OTHERS]
    return frozenset(word.lower() for word in _WORD.findall(" ".join(names)))
