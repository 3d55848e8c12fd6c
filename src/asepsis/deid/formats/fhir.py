"""FHIR R4 in JSON, and lines of it: a document's values by their place, everything else byte for byte.

What stands at a place is for `formats/elements.py` to say. The same id becomes the same code everywhere, so that what
referred still refers; the narrative (`text.div`) is free text, in which the names and numbers of fields are looked for.

JSON that is no FHIR is read the same way: its names are unknown, and what is unknown is scanned, or masked.
"""

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from asepsis.core.errors import InputError
from asepsis.core.ports import Scanner
from asepsis.core.types import Kind
from asepsis.deid import generalise
from asepsis.deid.formats import jsontree
from asepsis.deid.formats.elements import Spot, is_instant, number_rule, text_rule
from asepsis.deid.formats.jsontree import Array, Leaf, Node, Object
from asepsis.deid.formats.reading import decoded, whole
from asepsis.deid.formats.treatment import AGE, DIGITS, Edit, Place, Rule, Treat, Treatment
from asepsis.deid.text import Deidentifier

__all__ = ["LARGEST", "LINE", "convert_document", "convert_lines"]

LARGEST: Final = 128 << 20
"""The largest document, in bytes."""

LINE: Final = 16 << 20
"""The longest line of NDJSON, in bytes."""

_REFERENCE: Final = re.compile(
    r"(?P<lead>(?:https?://[^?#]*/)?[A-Z][A-Za-z]+/|urn:(?:uuid|oid):|#)(?P<id>[A-Za-z0-9.-]{1,64})"
    r"(?P<rest>/_history/[A-Za-z0-9.-]{1,64})?"
)
_QUERY: Final = re.compile(r"(?<=[=|])[^&|]+(?=&|\Z)")
_MASKED_BYTES: Final = "W1BIT1RPXQ=="
_NARRATIVE: Final = re.compile(r'<div xmlns=\\"http://www\.w3\.org/1999/xhtml\\"')
_NAME_PARTS: Final = frozenset({"family", "given"})
_INSTANT: Final = "instant"
_NUMBERS: Final = frozenset({AGE, DIGITS})
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)


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
    starts = jsontree.offsets(raw) if edits and place.form not in _NUMBERS else range(len(raw) + 1)
    for start, end, new in edits:
        yield Edit(place.start + starts[start], place.start + starts[end], _rewritten(place, new, text))


def _year(place: Place, year: int) -> str:
    """A year where a date stood; an instant has to be whole, so January 1 stands for the year."""
    return f"{year}-01-01T00:00:00Z" if place.form == _INSTANT else str(year)


def _rewritten(place: Place, new: str, text: str) -> str:
    """What is written for a place; a number stays a number, in a category of its own or as nothing."""
    if place.rule.treat is Treat.OPAQUE:
        return _MASKED_BYTES
    if place.form not in _NUMBERS:
        return jsontree.written(new, like=text)
    if _NUMBER.fullmatch(new):
        return new
    return str(generalise.OLDEST_YEARS) if place.rule.kind is Kind.AGE_OVER_89 else "0"


def _places(text: str, treatment: Treatment) -> Iterator[Place]:
    root = jsontree.parse(text)
    whole = _sole_patient(root)
    for leaf, spot in _leaves(root, Spot("", (), (), "", whole)):
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


def _leaves(root: Node, spot: Spot) -> Iterator[tuple[Leaf, Spot]]:
    stack: list[tuple[Node, Spot]] = [(root, spot)]
    while stack:
        node, here = stack.pop()
        if isinstance(node, Leaf):
            yield node, here
        elif isinstance(node, Array):
            stack += [(one, here) for one in reversed(node.items)]
        else:
            inside = _entered(node, here)
            stack += [(one, inside._replace(key=name)) for name, one in reversed(node.items)]


def _entered(node: Object, here: Spot) -> Spot:
    path = (*here.path, here.key) if here.key else here.path
    resource = node.text("resourceType")
    if not resource:
        return here._replace(path=path, around=(*here.around, node))
    return Spot("", (resource,), (node,), resource, _subject(node) or here.subject)


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


def _of_string(leaf: Leaf, spot: Spot, treatment: Treatment) -> Iterator[Place]:
    rule = text_rule(leaf.value, spot, treatment.profile_fields)
    if rule.treat is Treat.KEEP or not leaf.value:
        return
    if rule.treat is Treat.CODE:
        yield from _parts(leaf, spot, rule)
        return
    form = _INSTANT if "T" in leaf.value and is_instant(spot) else spot.key if spot.key in _NAME_PARTS else ""
    yield Place(leaf.start, leaf.end, leaf.value, spot.key, rule, spot.subject, form)


def _parts(leaf: Leaf, spot: Spot, rule: Rule) -> Iterator[Place]:
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


def _of_number(leaf: Leaf, spot: Spot, treatment: Treatment) -> Place | None:
    rule = number_rule(leaf.value, spot, treatment.profile_fields)
    return rule and Place(
        leaf.start, leaf.end, leaf.value, spot.key, rule, spot.subject, AGE if rule.kind is Kind.AGE_OVER_89 else DIGITS
    )
