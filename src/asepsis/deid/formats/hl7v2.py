"""HL7 v2 messages and batches: each field by its type, everything else byte for byte.

1. A file falls into segments, and these into messages, each with the marks that its own header names.
2. `tables/hl7v2.toml` says what stands in each field; names, addresses, telecoms and identifiers fall into components,
   of which only some identify. Segments and fields that it does not have are unknown, Z-segments among them.
3. What is written anew is escaped for the marks of its message, so that no field is added and none is lost.

A batch that begins with FHS or BHS has to end with its trailer, and a frame with its mark: what was cut on its way is
refused, not passed on.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import BinaryIO, Final, NamedTuple

from asepsis.core.errors import InputError
from asepsis.core.ports import Scanner
from asepsis.core.types import Kind, ObligationKind
from asepsis.deid.formats.hl7text import Marks, Piece
from asepsis.deid.formats.jsontree import spliced
from asepsis.deid.formats.reading import decoded, whole
from asepsis.deid.formats.treatment import DIGITS, KEPT, SCANNED, UNKNOWN, Edit, Place, Rule, Treat, Treatment
from asepsis.deid.text import Deidentifier

__all__ = ["LARGEST", "convert"]

LARGEST: Final = 128 << 20
"""The largest file, in bytes."""

_SEGMENT: Final = re.compile(r"[^\r\n]+")
_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{2}")
_HEADERS: Final = frozenset({"MSH", "FHS", "BHS"})
_TRAILERS: Final = {"FHS": "FTS", "BHS": "BTS"}
_BEGIN, _END = "\x0b", "\x1c"
_FRAME: Final = _BEGIN + _END
"""What a message stands between on a wire (MLLP)."""
_DATE: Final = re.compile(r"(?:18|19|20)[0-9]{2}(?:[0-9]{2}){0,5}(?:\.[0-9]{1,4})?(?:[+-][0-9]{4})?", re.ASCII)
_LATIN: Final = re.compile(rb"8859/1|ISO[_ -]?8859-1|LATIN", re.IGNORECASE)
_NULL: Final = '""'
_PARTS: Final = {2: "family", 3: "given", 4: "given"}
_DATE_RULE: Final = Rule(Treat.DATE, Kind.DATE)
_NAME_RULE: Final = Rule(Treat.VALUE, Kind.NAME)
_STREET: Final = Rule(Treat.STREET, Kind.GEO)
_TOWN: Final = Rule(Treat.TOWN, Kind.GEO)
_TYPES: Final = {
    "MR": Kind.MRN, "PI": Kind.MRN, "PT": Kind.MRN, "SS": Kind.SSN, "SB": Kind.SSN, "DL": Kind.LICENSE,
    "PPN": Kind.LICENSE, "NPI": Kind.LICENSE, "DEA": Kind.LICENSE, "MC": Kind.HEALTH_PLAN_ID,
    "MA": Kind.HEALTH_PLAN_ID, "MB": Kind.HEALTH_PLAN_ID, "AN": Kind.ACCOUNT, "VN": Kind.OTHER_ID,
}  # fmt: skip
_VALUES: Final = {
    "TX": "x", "FT": "x", "ST": "x", "DT": "d", "TS": "d", "DTM": "d", "XPN": "n", "PN": "n", "XCN": "N", "CN": "N",
    "XAD": "a", "AD": "a", "XTN": "t", "TN": "t", "CX": "i", "CK": "i", "EI": "i", "ED": "q", "RP": "q", "XON": "o",
    "NM": "k", "SN": "k", "CE": "k", "CWE": "k", "CNE": "k", "CF": "k", "ID": "k", "IS": "k", "TM": "k", "CP": "k",
    "MO": "k", "CQ": "k",
}  # fmt: skip
_WHOLE: Final = {
    "c": Rule(Treat.CODE),
    "g": _STREET,
    "k": KEPT,
    "q": Rule(Treat.OPAQUE, Kind.PHOTO),
    "u": UNKNOWN,
    "x": SCANNED,
}
"""What concerns a field as a whole, or each of its components alike."""

_ADDRESS: Final = {1: _STREET, 2: _STREET, 3: _TOWN, 5: _TOWN, 8: _STREET, 9: _STREET, 10: _STREET}
_DROPPED: Final = Rule(Treat.VALUE, Kind.PHONE, ObligationKind.DROP)
_ORGANISATION: Final = {3: _DROPPED, 10: Rule(Treat.VALUE, Kind.OTHER_ID)}
_IDS: Final = {
    "i": Kind.OTHER_ID,
    "m": Kind.MRN,
    "A": Kind.ACCOUNT,
    "e": Kind.DEVICE,
    "l": Kind.LICENSE,
    "p": Kind.HEALTH_PLAN_ID,
    "s": Kind.SSN,
}
_STATE_OR_MARK: Final = frozenset({4, 6, 7})
_CODED: Final = {
    "n": frozenset({7, 8, 11}),
    "N": frozenset({8, 10, 12, 13, 15, 16, 18, 19, 26}),
    "a": frozenset({11, 16, 17, 18}),
    "t": frozenset({2, 3}),
    "o": frozenset({2, 5, 7, 9}),
    **dict.fromkeys("imAp", frozenset({3, 4, 5, 12})),
}
"""By letter the components that are codes of HL7's tables (type ID), in all versions."""

_TELEPHONE: Final = "tn"
_COMMENT: Final = "comment"
_COMMENTED: Final = "000-0000C"
"""What stands before a mask in a telephone number of type TN (before 2.5): a number that is none, and its comment."""


class _Segment(NamedTuple):
    """A segment of a message: its name, the whole of it, and its fields from the first on."""

    name: str
    piece: Piece
    fields: tuple[Piece, ...]
    marks: Marks

    def first(self, field: int) -> str:
        """The first component of a field as it is written, empty where there is none."""
        if len(self.fields) < field:
            return ""
        repetition = next(self.fields[field - 1].split(self.marks.repetition))
        return next(repetition.split(self.marks.component)).raw


def convert(source: BinaryIO, _: Scanner, deidentifier: Deidentifier, /) -> Iterator[bytes]:
    """Yields the messages without identifiers; raises InputError with the segment that can't be read."""
    text, encoding = _decoded(whole(source, limit=LARGEST))
    at = 0
    for message in _messages(text):
        edits = _edits(message, text, deidentifier)
        end = message[-1].piece.end
        new = spliced(text[at:end], [(edit.start - at, edit.end - at, edit.new) for edit in edits])
        yield new.encode(encoding, "replace")
        at = end
    yield text[at:].encode(encoding)


def _decoded(data: bytes) -> tuple[str, str]:
    try:
        return decoded(data), "utf-8"
    except InputError:
        if _LATIN.search(data, 0, 4096):
            return data.decode("latin-1"), "latin-1"
        raise


def _messages(text: str) -> Iterator[list[_Segment]]:
    """Yields the segments that belong together: a message, or the header or trailer of a batch."""
    message: list[_Segment] = []
    open_: list[str] = []
    marks: Marks | None = None
    number = 0
    for number, found in enumerate(_SEGMENT.finditer(text), 1):
        raw = found[0].strip(_FRAME)
        start = found.start() + (len(found[0]) - len(found[0].lstrip(_FRAME)))
        if not raw.strip():
            continue
        segment = _segment(Piece(start, raw), number, marks)
        marks = segment.marks
        if segment.name in _TRAILERS:
            open_.append(_TRAILERS[segment.name])
        elif open_ and segment.name == open_[-1]:
            open_.pop()
        if message and (segment.name in _HEADERS or segment.name in {"BTS", "FTS"}):
            yield message
            message = []
        message.append(segment)
    if not message:
        raise InputError("expected a message")
    place = f"segment {number + 1}"
    if open_:
        raise InputError(f"expected the trailer {open_[-1]} of a batch, got the end of the file", place=place)
    if text.rfind(_BEGIN) > text.rfind(_END):
        raise InputError("expected the end of a frame, got the end of the file", place=place)
    yield message


def _segment(piece: Piece, number: int, marks: Marks | None) -> _Segment:
    place = f"segment {number}"
    name = piece.raw[:3]
    if not _NAME.fullmatch(name):
        raise InputError("expected the name of a segment", place=place)
    header = name in _HEADERS
    if header:
        marks = Marks.of(piece.raw, place=place)
    if marks is None:
        raise InputError("expected a header before the first segment", place=place)
    if len(piece.raw) > 3 and piece.raw[3] != marks.field:
        raise InputError("expected a field behind the name of a segment", place=place)
    fields = tuple(piece.split(marks.field))
    # In a header the mark itself is the first field.
    return _Segment(name, piece, (Piece(piece.start + 3, piece.raw[3:4]), *fields[1:]) if header else fields[1:], marks)


def _edits(message: list[_Segment], text: str, deidentifier: Deidentifier) -> list[Edit]:
    treatment = Treatment(deidentifier, year=lambda _, year: str(year))
    old = message[0].name == "MSH" and "2" < message[0].first(12) < "2.5"
    subject = next((one.first(3) for one in message if one.name == "PID"), "")
    places: list[Place] = []
    marks: list[Marks] = []
    for segment in message:
        found = [one._replace(subject=subject) for one in _of_segment(segment, treatment)]
        places += found
        marks += [segment.marks] * len(found)
    deidentifier.memory.observe([text[message[0].piece.start : message[-1].piece.end]])
    for place in places:
        treatment.note(place)
    out: list[Edit] = []
    for place, mark, edits in zip(places, marks, treatment.edits(places), strict=True):
        starts = mark.text(text[place.start : place.end]).starts if edits else ()
        for one in edits:
            start, new = place.start + starts[one.start], one.new
            if place.form == _TELEPHONE and old and new.startswith("["):
                new = _COMMENTED + new
            elif place.form == _COMMENT and not new.startswith("["):
                start -= len(_COMMENTED)
            out.append(Edit(start, place.start + starts[one.end], mark.written(new)))
    return out


def _of_segment(segment: _Segment, treatment: Treatment) -> Iterator[Place]:
    letters = _table().get(segment.name)
    for number, field in enumerate(segment.fields, 1):
        if not field.raw or (segment.name in _HEADERS and number < 3):
            continue
        own = treatment.profile_fields(f"{segment.name}-{number}", segment.name)
        if own == "keep":
            continue
        letter = letters[number - 1] if letters is not None and number <= len(letters) else "u"
        if segment.name == "OBX" and number == 5:
            letter = _VALUES.get(segment.first(2), "u")
        elif segment.name == "OBX" and number == 2:
            letter = "k"
        if isinstance(own, ObligationKind) and letter in "kux":
            yield _place(field, segment, number, Rule(Treat.VALUE, Kind.OTHER_ID, own))
            continue
        for place in _of_field(field, letter, segment, number):
            yield _owned(place, own) if isinstance(own, ObligationKind) else place


def _owned(place: Place, own: ObligationKind) -> Place:
    """A place of which the profile says itself what becomes of it."""
    form = "" if place.form == DIGITS else place.form
    return place._replace(rule=place.rule._replace(do=own), form=form)


def _of_field(field: Piece, letter: str, segment: _Segment, number: int) -> Iterator[Place]:
    rule = _WHOLE.get(letter)
    if rule is KEPT:
        return
    for repetition in field.split(segment.marks.repetition):
        components = list(repetition.split(segment.marks.component))
        for place, given in enumerate(components, 1):
            # What stands behind such a number is a mask of an earlier run.
            done = len(_COMMENTED) if letter == "t" and given.raw.startswith(_COMMENTED) else 0
            component = Piece(given.start + done, given.raw[done:])
            if component.raw in _codes() and place in _CODED.get(letter, ()):
                continue
            one = rule or _of_component(letter, place, components)
            part = _PARTS.get(place + (letter == "n"), "") if letter in "nN" else ""
            part = DIGITS if one is _DROPPED else part
            if letter == "t" and place == 1:
                part = _COMMENT if done else _TELEPHONE
            for inner in component.split(segment.marks.subcomponent):
                if inner.raw.strip() and inner.raw != _NULL and one.treat is not Treat.KEEP:
                    yield _place(inner, segment, number, _dated(one, inner.raw), form=part)


def _dated(rule: Rule, raw: str) -> Rule:
    """A date only where one stands; what else a component for one holds is scanned."""
    return SCANNED if rule.treat is Treat.DATE and not _DATE.fullmatch(raw) else rule


def _place(piece: Piece, segment: _Segment, number: int, rule: Rule, *, form: str = "") -> Place:
    plain = segment.marks.text(piece.raw).plain
    return Place(piece.start, piece.end, plain, f"{segment.name}-{number}", rule, form=form)


def _of_component(letter: str, place: int, components: list[Piece]) -> Rule:
    """What stands in a component of a field that falls into such; what is not said here is a date or scanned."""
    match letter:
        case "n":
            return _NAME_RULE if place in {1, 2, 3, 15} else _DATE_RULE
        case "N":
            return Rule(Treat.VALUE, Kind.LICENSE) if place == 1 else _NAME_RULE if place in {2, 3, 4} else _DATE_RULE
        case "a":
            return KEPT if place in _STATE_OR_MARK else _ADDRESS.get(place, _DATE_RULE)
        case "t":
            return _telecom(place, components)
        case "o" | "L":
            return _NAME_RULE if place == 1 else _ORGANISATION.get(place, _DATE_RULE) if letter == "o" else _DATE_RULE
        case _:
            known = _IDS.get(letter)
            return _DATE_RULE if known is None or place > 1 else Rule(Treat.VALUE, _id_kind(known, components))


def _telecom(place: int, components: list[Piece]) -> Rule:
    fax = len(components) > 2 and components[2].raw == "FX"
    kind = Kind.FAX if fax else Kind.PHONE
    if place in {1, 4, 12}:
        return Rule(Treat.VALUE, Kind.EMAIL if place == 4 or "@" in components[0].raw else kind)
    # Numbers that have to stay numbers go: what is left of them would not be one.
    return _DROPPED if place in {6, 7, 8} else _DATE_RULE


def _id_kind(kind: Kind, components: list[Piece]) -> Kind:
    typed = components[4].raw if len(components) > 4 else ""
    return _TYPES.get(typed, kind)


@cache
def _table() -> dict[str, str]:
    text = (resources.files("asepsis.deid") / "tables" / "hl7v2.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text))


@cache
def _codes() -> frozenset[str]:
    return frozenset(_table()["codes"].split())
