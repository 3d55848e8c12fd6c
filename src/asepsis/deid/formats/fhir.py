"""FHIR R4 in JSON, and lines of it: a document's values by their place, everything else byte for byte.

What stands at a place depends on its name (`tables/fhir.toml`) and, for the types that identify, on what it is part of:

- HumanName, Address, ContactPoint, Identifier, Attachment, Extension: by the elements around the value;
- `id`, `fullUrl` and references: the same id becomes the same code everywhere, so that what referred still refers;
- dates by their form, whatever the element is called, and ages over 89;
- the narrative (`text.div`) is free text, in which each name and number of the document's fields is looked for.

JSON that is no FHIR is read the same way: its names are unknown, and what is unknown is scanned, or masked.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import BinaryIO, Final, NamedTuple

from asepsis.core.errors import InputError
from asepsis.core.ports import Scanner
from asepsis.core.types import Kind, ObligationKind
from asepsis.deid import generalise
from asepsis.deid.formats import jsontree
from asepsis.deid.formats.jsontree import Array, Leaf, Node, Object
from asepsis.deid.formats.reading import decoded, whole
from asepsis.deid.formats.treatment import KEPT, SCANNED, UNKNOWN, Edit, Place, Rule, Treat, Treatment
from asepsis.deid.text import Deidentifier

__all__ = ["LARGEST", "LINE", "convert_document", "convert_lines"]

LARGEST: Final = 128 << 20
"""The largest document, in bytes."""

LINE: Final = 16 << 20
"""The longest line of NDJSON, in bytes."""

_TIME: Final = r"T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_CLOCK: Final = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?", re.ASCII)
_DATE: Final = re.compile(rf"[0-9]{{4}}(?:-[0-9]{{2}}(?:-[0-9]{{2}}(?:{_TIME})?)?)?", re.ASCII)
_REFERENCE: Final = re.compile(
    r"(?P<lead>(?:https?://[^?#]*/)?[A-Z][A-Za-z]+/|urn:(?:uuid|oid):|#)(?P<id>[A-Za-z0-9.-]{1,64})"
    r"(?P<rest>/_history/[A-Za-z0-9.-]{1,64})?"
)
_QUERY: Final = re.compile(r"(?<=[=|])[^&|]+(?=&|\Z)")
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
_MASKED_BYTES: Final = "W1BIT1RPXQ=="
_NARRATIVE: Final = re.compile(r'<div xmlns=\\"http://www\.w3\.org/1999/xhtml\\"')
_NAME_PARTS: Final = frozenset({"family", "given"})
_INSTANT: Final = "instant"
_NUMBER_FORM: Final = "number"
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


class _Spot(NamedTuple):
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


def convert_document(source: BinaryIO, _: Scanner, deidentifier: Deidentifier, /) -> Iterator[bytes]:
    """Yields a document without identifiers; raises InputError with the place of what can't be read."""
    yield _converted(decoded(whole(source, limit=LARGEST)), deidentifier).encode()


def convert_lines(source: BinaryIO, _: Scanner, deidentifier: Deidentifier, /) -> Iterator[bytes]:
    """Yields a line for each line, each a document; raises InputError with the number of one that can't be read."""
    number = 0
    while line := source.readline(LINE + 1):
        number += 1
        if len(line) > LINE:
            raise InputError(f"expected a line of at most {LINE} bytes", place=f"line {number}")
        if not line.strip():
            yield line
            continue
        try:
            yield _converted(decoded(line), deidentifier).encode()
        except InputError as error:
            inside = error.place.removeprefix("line 1").removeprefix(", ")
            raise InputError(error.message, place=", ".join(filter(None, (f"line {number}", inside)))) from error


def _converted(text: str, deidentifier: Deidentifier) -> str:
    body = text.removeprefix("\ufeff")
    treatment = Treatment(deidentifier, year=_year)
    places = list(_places(body, treatment))
    deidentifier.memory.observe([body])
    for place in places:
        treatment.note(place)
    edits = [
        moved
        for place, mine in zip(places, treatment.edits(places), strict=True)
        for moved in _moved(place, mine, body)
    ]
    return text[: len(text) - len(body)] + jsontree.spliced(body, edits)


def _moved(place: Place, edits: Sequence[Edit], text: str) -> Iterator[Edit]:
    """The edits of a value as edits of the document, around the escapes that it is written with."""
    if edits and not jsontree.spliced(place.text, edits):
        # A string of FHIR is never empty.
        edits = (Edit(0, len(place.text), f"[{place.rule.kind.value}]"),)
    raw = text[place.start : place.end]
    starts = jsontree.offsets(raw) if edits and place.form != _NUMBER_FORM else range(len(raw) + 1)
    for start, end, new in edits:
        yield Edit(place.start + starts[start], place.start + starts[end], _rewritten(place, new, text))


def _year(place: Place, year: int) -> str:
    """A year where a date stood; an instant has to be whole, so January 1 stands for the year."""
    return f"{year}-01-01T00:00:00Z" if place.form == _INSTANT else str(year)


def _rewritten(place: Place, new: str, text: str) -> str:
    """What is written for a place; a number stays a number, in a category of its own or as nothing."""
    if place.rule.treat is Treat.OPAQUE:
        return _MASKED_BYTES
    if place.form != _NUMBER_FORM:
        return jsontree.written(new, like=text)
    return str(generalise.OLDEST_YEARS) if place.rule.kind is Kind.AGE_OVER_89 else "0"


def _places(text: str, treatment: Treatment) -> Iterator[Place]:
    root = jsontree.parse(text)
    whole = _sole_patient(root)
    for leaf, spot in _leaves(root, _Spot("", (), (), "", whole)):
        if leaf.is_string:
            yield from _of_string(_without_head(leaf, text) if spot.key == "div" else leaf, spot, treatment)
        else:
            number = _of_number(leaf, spot, treatment)
            if number is not None:
                yield number


def _without_head(leaf: Leaf, text: str) -> Leaf:
    """A narrative behind the name of its namespace, which is an address that has to stay."""
    head = _NARRATIVE.match(text, leaf.start, leaf.end)
    return leaf if head is None else jsontree.leaf(text, head.end(), leaf.end)


def _leaves(root: Node, spot: _Spot) -> Iterator[tuple[Leaf, _Spot]]:
    stack: list[tuple[Node, _Spot]] = [(root, spot)]
    while stack:
        node, here = stack.pop()
        if isinstance(node, Leaf):
            yield node, here
        elif isinstance(node, Array):
            stack += [(one, here) for one in reversed(node.items)]
        else:
            inside = _entered(node, here)
            stack += [(one, inside._replace(key=name)) for name, one in reversed(node.items)]


def _entered(node: Object, here: _Spot) -> _Spot:
    path = (*here.path, here.key) if here.key else here.path
    resource = node.text("resourceType")
    if not resource:
        return here._replace(path=path, around=(*here.around, node))
    return _Spot("", (resource,), (node,), resource, _subject(node) or here.subject)


def _subject(resource: Object) -> str:
    """Whom a resource is about: the id of a patient."""
    if resource.text("resourceType") == "Patient":
        return resource.text("id")
    for name in ("subject", "patient", "beneficiary", "individual"):
        node = resource.get(name)
        if isinstance(node, Object) and (found := _REFERENCE.fullmatch(node.text("reference"))):
            return found["id"]
    return ""


def _sole_patient(root: Node) -> str:
    """The id of the one patient of a bundle, so that resources without a subject of their own are about them."""
    entries = root.get("entry") if isinstance(root, Object) else None
    found: set[str] = set()
    for entry in entries.items if isinstance(entries, Array) else ():
        resource = entry.get("resource") if isinstance(entry, Object) else None
        if isinstance(resource, Object) and resource.text("resourceType") == "Patient":
            found.add(resource.text("id"))
    return found.pop() if len(found) == 1 else ""


def _of_string(leaf: Leaf, spot: _Spot, treatment: Treatment) -> Iterator[Place]:
    rule = _rule(leaf.value, spot, treatment)
    if rule.treat is Treat.KEEP or not leaf.value:
        return
    if rule.treat is Treat.CODE:
        yield from _parts(leaf, spot, rule)
        return
    form = _INSTANT if "T" in leaf.value and _is_instant(spot) else spot.key if spot.key in _NAME_PARTS else ""
    yield Place(leaf.start, leaf.end, leaf.value, spot.key, rule, spot.subject, form)


def _is_instant(spot: _Spot) -> bool:
    return spot.key in _INSTANTS or (spot.path[-1:], spot.key) in _INSTANTS_OF


def _parts(leaf: Leaf, spot: _Spot, rule: Rule) -> Iterator[Place]:
    """The ids in a reference; what is none as a whole is one id."""
    found = _REFERENCE.fullmatch(leaf.value)
    raw = leaf.end - leaf.start
    if spot.key == "id" or not found or raw != len(leaf.value):
        spans = [one.span() for one in _QUERY.finditer(leaf.value)] if raw == len(leaf.value) else []
        if "?" not in leaf.value or not spans:
            spans = [(0, raw)]
    else:
        spans = [found.span("id")]
    for start, end in spans:
        text = leaf.value if (start, end) == (0, raw) else leaf.value[start:end]
        yield Place(leaf.start + start, leaf.start + end, text, spot.key, rule, spot.subject)


def _of_number(leaf: Leaf, spot: _Spot, treatment: Treatment) -> Place | None:
    """A number that tells a place or an age over 89, or looks like an identifier."""
    own = treatment.profile_fields(".".join((*spot.path, spot.key)), spot.key)
    around = spot.around[-1] if spot.around else Object([])
    if own == "keep" or leaf.value in {"true", "false", "null"}:
        return None
    rule: Rule | None = None
    if {around.text("url"), spot.key} & {"latitude", "longitude"}:
        rule = Rule(Treat.STREET, Kind.GEO)
    elif spot.key == "value" and spot.parent.lower().endswith("age") and float(leaf.value) > _OLD:
        rule = Rule(Treat.VALUE, Kind.AGE_OVER_89)
    elif spot.key not in _names().texts | _names().codes and _NUMBER.fullmatch(leaf.value):
        rule = UNKNOWN
    return rule and Place(leaf.start, leaf.end, leaf.value, spot.key, rule, spot.subject, _NUMBER_FORM)


def _rule(value: str, spot: _Spot, treatment: Treatment) -> Rule:
    """What a string is, by the profile's own word, by its form, by what it is part of, and by its name."""
    own = treatment.profile_fields(".".join((*spot.path, spot.key)), spot.key)
    if own == "keep":
        return KEPT
    around = spot.around[-1] if spot.around else Object([])
    rule = _by_form(value, spot) or _by_reference(spot, around) or _by_part(spot, around) or _by_name(spot, around)
    if isinstance(own, ObligationKind):
        return Rule(
            Treat.VALUE if rule.treat in {Treat.KEEP, Treat.SCAN, Treat.UNKNOWN} else rule.treat, rule.kind, own
        )
    return rule


def _by_form(value: str, spot: _Spot) -> Rule | None:
    if _CLOCK.fullmatch(value):
        return KEPT  # a time of day without its day
    if not _DATE.fullmatch(value) or spot.key == "id" or (len(value) == 4 and not _DATED.search(spot.key)):
        return None
    return Rule(Treat.DATE, Kind.DATE)


def _by_part(spot: _Spot, around: Object) -> Rule | None:  # noqa: PLR0911 the types, one by one
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


def _by_reference(spot: _Spot, around: Object) -> Rule | None:
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


def _by_name(spot: _Spot, around: Object) -> Rule:
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
