"""What stands at a place of a FHIR document, by the names of the elements.

A value's own name decides (`tables/fhir.toml`), and for the types that identify, what it is part of:

- HumanName, Address, ContactPoint, Identifier, Attachment, Extension: by the elements around the value;
- `id`, `fullUrl` and references are ids that others refer to;
- dates by their form, whatever the element is called, and ages over 89.
"""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Final, NamedTuple, TypeAlias

from asepsis.core.types import Kind, ObligationKind
from asepsis.deid.formats.jsontree import Array, Object
from asepsis.deid.formats.treatment import KEPT, SCANNED, UNKNOWN, Rule, Treat

__all__ = ["Own", "Spot", "is_instant", "number_rule", "text_rule"]

Own: TypeAlias = Callable[..., ObligationKind | str | None]
"""The profile's own word on a field, by its names."""

_TIME: Final = r"T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_CLOCK: Final = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?", re.ASCII)
_DATE: Final = re.compile(rf"[0-9]{{4}}(?:-[0-9]{{2}}(?:-[0-9]{{2}}(?:{_TIME})?)?)?", re.ASCII)
_PEOPLE: Final = ("Patient/", "Practitioner/", "PractitionerRole/", "RelatedPerson/", "Person/")
_INSTANTS: Final = frozenset(
    {
        "effectiveInstant",
        "ifModifiedSince",
        "issued",
        "lastModified",
        "lastUpdated",
        "received",
        "recorded",
        "timestamp",
        "valueInstant",
        "when",
    }
)
_INSTANTS_OF: Final = frozenset(
    ((parent,), key)
    for parent, keys in (
        ("Appointment", "start end"),
        ("AppointmentResponse", "start end"),
        ("Slot", "start end"),
        ("Subscription", "end"),
        ("DocumentReference", "date"),
        ("calibration", "time"),
    )
    for key in keys.split()
)
_TELECOMS: Final = {
    "phone": Kind.PHONE,
    "fax": Kind.FAX,
    "email": Kind.EMAIL,
    "pager": Kind.PHONE,
    "url": Kind.URL,
    "sms": Kind.PHONE,
    "other": Kind.OTHER_ID,
}
_TYPES: Final = {
    "MR": Kind.MRN, "SS": Kind.SSN, "SB": Kind.SSN, "DL": Kind.LICENSE, "PPN": Kind.LICENSE, "NPI": Kind.LICENSE,
    "DEA": Kind.LICENSE, "MD": Kind.LICENSE, "MC": Kind.HEALTH_PLAN_ID, "MB": Kind.HEALTH_PLAN_ID,
    "MA": Kind.HEALTH_PLAN_ID, "SN": Kind.HEALTH_PLAN_ID, "AN": Kind.ACCOUNT, "SNO": Kind.DEVICE, "UDI": Kind.DEVICE,
}  # fmt: skip
_SYSTEMS: Final = (
    ("us-ssn", Kind.SSN),
    ("us-npi", Kind.LICENSE),
    ("us-mbi", Kind.HEALTH_PLAN_ID),
    ("us-medicare", Kind.HEALTH_PLAN_ID),
)
_SAFE_EXTENSIONS: Final = frozenset({"text", "ombCategory", "detailed"})
_MAIDEN: Final = ("mothersMaidenName", "own-name", "own-prefix", "partner-name")
_FACILITIES: Final = frozenset({"Location", "Organization", "HealthcareService", "CareTeam", "InsurancePlan", "Group"})
_OPAQUE: Final = frozenset({"valueBase64Binary", "carrierAIDC", "hash"})
_OLD: Final = 89
_DATED: Final = re.compile(
    r"date|time|start$|end$|birth|issued|recorded|authored|created|onset|abatement|sent|expiry|detected|received|started",
    re.IGNORECASE,
)
_PEOPLE_ELEMENTS: Final = frozenset(
    {
        "actor", "asserter", "assigner", "attester", "author", "beneficiary", "careTeam", "collector", "custodian",
        "enterer", "facility", "generalPractitioner", "individual", "link", "location", "managingOrganization",
        "member", "organization", "owner", "participant", "party", "patient", "payee", "performer",
        "policyHolder", "practitioner", "prescriber", "provider", "receiver", "recipient", "recorder", "requester",
        "responsible", "sender", "serviceProvider", "source", "subject", "subscriber", "who",
    }
)  # fmt: skip
_NUMBER: Final = re.compile(r"-?[0-9]{7,}")


class _Names(NamedTuple):
    codes: frozenset[str]
    texts: frozenset[str]
    kinds: dict[str, Kind]


class Spot(NamedTuple):
    """Where a leaf stands: its name, the path of names to it, the objects around it, its resource and subject."""

    key: str
    path: tuple[str, ...]
    around: tuple[Object, ...]
    resource: str
    subject: str

    @property
    def parent(self) -> str:
        """The name of the element that the leaf is part of."""
        return self.path[-1] if self.path else ""


def is_instant(spot: Spot, /) -> bool:
    """Whether a place asks for a whole instant, not for a date."""
    return spot.key in _INSTANTS or (spot.path[-1:], spot.key) in _INSTANTS_OF


def text_rule(value: str, spot: Spot, own: Own, /) -> Rule:
    """Returns what a string is, by the profile's own word, by its form, by what it is part of, and by its name."""
    said = own(".".join((*spot.path, spot.key)), spot.key)
    if said == "keep":
        return KEPT
    around = spot.around[-1] if spot.around else Object([])
    rule = _by_form(value, spot) or _by_reference(spot, around) or _by_part(spot, around) or _by_name(spot, around)
    if isinstance(said, ObligationKind):
        return Rule(
            Treat.VALUE if rule.treat in {Treat.KEEP, Treat.SCAN, Treat.UNKNOWN} else rule.treat, rule.kind, said
        )
    return rule


def number_rule(value: str, spot: Spot, own: Own, /) -> Rule | None:
    """Returns what a number is: of a place, an age over 89, or what looks like an identifier; None for all else."""
    if value in {"true", "false", "null"} or own(".".join((*spot.path, spot.key)), spot.key) == "keep":
        return None
    around = spot.around[-1] if spot.around else Object([])
    if {around.text("url"), spot.key} & {"latitude", "longitude"}:
        return Rule(Treat.STREET, Kind.GEO)
    if spot.key == "value" and spot.parent.lower().endswith("age") and float(value) > _OLD:
        return Rule(Treat.VALUE, Kind.AGE_OVER_89)
    if spot.key not in _names().texts | _names().codes and _NUMBER.fullmatch(value):
        return UNKNOWN
    return None


def _by_form(value: str, spot: Spot) -> Rule | None:
    if _CLOCK.fullmatch(value):
        return KEPT  # a time of day without its day
    if not _DATE.fullmatch(value) or spot.key == "id" or (len(value) == 4 and not _DATED.search(spot.key)):
        return None
    return Rule(Treat.DATE, Kind.DATE)


def _by_part(spot: Spot, around: Object) -> Rule | None:  # noqa: PLR0911 the types, one by one
    """Names, places, telecoms and identifiers, by the elements beside the value."""
    names = {name for name, _ in around.items}
    key, parent = spot.key, spot.parent
    if key in {"line", "district", "postalCode"} or (key == "text" and parent.lower().endswith("address")):
        return Rule(Treat.TOWN if key == "postalCode" else Treat.STREET, Kind.GEO)
    if key == "city":
        return Rule(Treat.TOWN, Kind.GEO)
    if key == "text" and (parent == "name" or {"family", "given"} & names):
        return Rule(Treat.VALUE, Kind.NAME)
    if key == "value" and parent.lower().endswith("identifier"):
        return Rule(Treat.VALUE, _identifier_kind(around))
    if key == "value" and (parent in {"telecom", "valueContactPoint"} or around.text("system") in _TELECOMS):
        return Rule(Treat.VALUE, _TELECOMS.get(around.text("system"), Kind.PHONE))
    if key == "value" and parent == "class" and spot.resource == "Coverage":
        return Rule(Treat.VALUE, Kind.HEALTH_PLAN_ID)
    if key == "name" and spot.resource in _FACILITIES and len(spot.path) == 1:
        return Rule(Treat.STREET, Kind.GEO)
    return _by_attachment(key, names) or _by_extension(key, around)


def _by_attachment(key: str, names: set[str]) -> Rule | None:
    if key == "data" and "dimensions" in names:
        return KEPT  # SampledData: a curve is a measure
    if key in _OPAQUE or (key == "data" and {"contentType", "sigFormat", "size", "hash"} & names):
        return Rule(Treat.OPAQUE, Kind.PHOTO)
    if key in {"url", "valueUrl"} and {"contentType", "title", "size", "hash"} & names:
        return Rule(Treat.VALUE, Kind.URL)
    return None


def _by_extension(key: str, around: Object) -> Rule | None:
    url = around.text("url")
    if key == "url":
        return (
            KEPT if "://" in url or any(name.startswith(("value", "extension")) for name, _ in around.items) else None
        )
    if key != "valueString" or not url:
        return None
    if url.endswith(_MAIDEN):
        return Rule(Treat.VALUE, Kind.NAME)
    return SCANNED if url in _SAFE_EXTENSIONS else UNKNOWN


def _by_reference(spot: Spot, around: Object) -> Rule | None:
    key = spot.key
    if key in {"reference", "fullUrl", "identifier", "uid"} or (key == "id" and len(spot.path) == 1 and spot.resource):
        return Rule(Treat.CODE)
    if key in {"url", "location", "ifNoneExist"} and spot.parent in {"request", "response"}:
        return KEPT if around.text(key).isalpha() else Rule(Treat.CODE)
    if key != "display":
        return None
    reference = around.text("reference")
    if around.text("system") or around.text("code"):
        return KEPT
    people = spot.parent in _PEOPLE_ELEMENTS or around.text("type") + "/" in _PEOPLE
    return Rule(Treat.VALUE, Kind.NAME) if people or any(one in reference for one in _PEOPLE) else SCANNED


def _by_name(spot: Spot, around: Object) -> Rule:
    known = _names()
    if spot.key in known.kinds:
        return Rule(Treat.VALUE, known.kinds[spot.key])
    if spot.key in known.codes or (spot.key == "id" and len(spot.path) > 1):
        return KEPT
    if spot.key in known.texts:
        return SCANNED
    return KEPT if spot.key == "url" and "extension" in spot.parent.lower() and around.items else UNKNOWN


def _identifier_kind(around: Object) -> Kind:
    system = around.text("system")
    for part, kind in _SYSTEMS:
        if system.endswith(part):
            return kind
    typed = around.get("type")
    codings = typed.get("coding") if isinstance(typed, Object) else None
    for coding in codings.items if isinstance(codings, Array) else ():
        code = coding.text("code") if isinstance(coding, Object) else ""
        if code in _TYPES:
            return _TYPES[code]
    return Kind.OTHER_ID


@cache
def _names() -> _Names:
    table = tomllib.loads((resources.files("asepsis.deid") / "tables" / "fhir.toml").read_text(encoding="utf-8"))
    kinds = {name: Kind(kind) for kind, names in table["kinds"].items() for name in names.split()}
    return _Names(frozenset(table["codes"].split()), frozenset(table["texts"].split()), kinds)
