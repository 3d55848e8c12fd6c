"""X12 interchanges: each element by its segment and qualifier, everything else byte for byte.

1. The ISA segment, which is of fixed length, names the separators; each interchange has its own.
2. `tables/x12.toml` says what stands in each element; names, references, contacts and dates depend on a qualifier
   beside them. Segments that it does not have are unknown.
3. Nothing is added and nothing is lost: segment counts and control numbers stay true. X12 has no escape, so separators
   in what is written become spaces; a year alone is no X12 date, so January 1 stands for it.

An interchange without its IEA was cut on its way and is refused.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import BinaryIO, Final, NamedTuple

from asepsis.core.errors import InputError
from asepsis.core.ports import Scanner
from asepsis.core.types import Kind, ObligationKind
from asepsis.deid.formats.hl7text import Piece
from asepsis.deid.formats.jsontree import spliced
from asepsis.deid.formats.reading import decoded, whole
from asepsis.deid.formats.treatment import KEPT, NINE, SCANNED, UNKNOWN, Edit, Place, Rule, Treat, Treatment
from asepsis.deid.text import Deidentifier

__all__ = ["LARGEST", "convert"]

LARGEST: Final = 128 << 20
"""The largest file, in bytes."""

_HEADER: Final = 106
_SPACE: Final = re.compile(r"\s*")
_DATE: Final = re.compile(r"(?:18|19|20)[0-9]{6}(?:[0-9]{4})?", re.ASCII)
_NINE: Final = re.compile(r"[0-9]{9}", re.ASCII)
_RANGE: Final = re.compile(r"([0-9]{8})-([0-9]{8})", re.ASCII)
_ENROLMENT: Final = "834"
_PATIENTS: Final = frozenset({"IL", "QC", "74"})
_KEPT_PARTIES: Final = frozenset({"PR", "40", "41", "IN", "TT", "ACV"})
_FACILITIES: Final = frozenset({"77", "85", "87", "FA", "PE", "LI", "TL", "1P", "80"})

_LETTERS: Final = {
    "A": Rule(Treat.VALUE, Kind.ACCOUNT),
    "S": Rule(Treat.STREET, Kind.GEO),
    "T": Rule(Treat.TOWN, Kind.GEO),
    "c": Rule(Treat.CODE),
    "d": Rule(Treat.DATE, Kind.DATE),
    "i": Rule(Treat.VALUE, Kind.OTHER_ID),
    "k": KEPT,
    "l": Rule(Treat.VALUE, Kind.LICENSE),
    "n": Rule(Treat.VALUE, Kind.NAME),
    "o": Rule(Treat.VALUE, Kind.NAME),
    "p": Rule(Treat.VALUE, Kind.HEALTH_PLAN_ID),
    "x": SCANNED,
}
_PARTIES: Final = {
    "MI": "p", "II": "p", "ZZ": "p", "C": "p", "N": "p", "XX": "l", "SV": "l", "FI": "l", "24": "l", "PI": "k",
    "XV": "k", "46": "k", "25": "l",
}  # fmt: skip
_REFERENCES: Final = {
    "0F": "p", "1L": "p", "1W": "p", "6P": "p", "IG": "p", "49": "p", "HJ": "p", "18": "p", "N6": "p", "CE": "k",
    "EJ": "A", "EI": "l", "TJ": "l", "0B": "l", "1A": "l", "1B": "l", "1C": "l", "1D": "l", "1G": "l", "1H": "l",
    "1J": "l", "G2": "l", "LU": "l", "X4": "l", "HPI": "l", "D3": "l", "87": "k", "F5": "k", "4N": "k", "P4": "k",
    "9V": "k", "S2": "k", "LX": "k", "9K": "l",
}  # fmt: skip
_CONTACTS: Final = {
    "TE": Kind.PHONE, "HP": Kind.PHONE, "WP": Kind.PHONE, "CP": Kind.PHONE, "AP": Kind.PHONE, "BN": Kind.PHONE,
    "NP": Kind.PHONE, "VM": Kind.PHONE, "EX": Kind.PHONE, "FX": Kind.FAX, "EM": Kind.EMAIL, "ED": Kind.OTHER_ID,
    "UR": Kind.URL,
}  # fmt: skip
_DESCRIBED: Final = frozenset({("SV1", 1), ("SV2", 2), ("SV3", 1), ("SVC", 1), ("SVC", 6), ("SVD", 3)})
_DESCRIPTION: Final = 6
"""Where the composite code of a service has words of its own (C003-07), from 0."""
_TAXONOMY: Final = frozenset({"PXC", "ZZ"})
_ALIKE: Final = frozenset({Treat.KEEP, Treat.SCAN, Treat.UNKNOWN})
_SSN: Final = Rule(Treat.VALUE, Kind.SSN)
_MRN: Final = Rule(Treat.VALUE, Kind.MRN)


class _Marks(NamedTuple):
    """The separators of an interchange; `repetition` is empty where it has none."""

    element: str
    component: str
    repetition: str
    segment: str

    def written(self, text: str) -> str:
        """A text without separators."""
        return "".join(" " if sign in self or sign in "\r\n" else sign for sign in text)


class _Segment(NamedTuple):
    name: str
    elements: tuple[Piece, ...]
    marks: _Marks

    def raw(self, element: int) -> str:
        """An element as it is written, empty where there is none."""
        return self.elements[element - 1].raw if 0 < element <= len(self.elements) else ""


def convert(source: BinaryIO, _: Scanner, deidentifier: Deidentifier, /) -> Iterator[bytes]:
    """Yields the interchanges without identifiers; raises InputError with the segment that can't be read."""
    text = decoded(whole(source, limit=LARGEST))
    treatment = Treatment(deidentifier, year=_year)
    places: list[Place] = []
    marks: list[_Marks] = []
    for segment, subject in _about(list(_segments(text))):
        found = [one._replace(subject=subject) for one in _of_segment(segment, treatment)]
        places += found
        marks += [segment.marks] * len(found)
    deidentifier.memory.observe([text])
    for place in places:
        treatment.note(place)
    yield spliced(text, _moved(places, treatment.edits(places), marks)).encode()


def _about(segments: list[_Segment]) -> Iterator[tuple[_Segment, str]]:
    """Yields each segment with whom it is about: the patient who was named last, and in an 834 who is named next.

    A member's loop of an 834 begins with INS, and its dates stand before the name.
    """
    subject = kind = ""
    for at, segment in enumerate(segments):
        if segment.name == "ST":
            subject, kind = "", segment.raw(1)
        elif segment.name == "INS" and kind == _ENROLMENT:
            subject = next((name for one in segments[at + 1 :] if (name := _patient(one))), "")
        else:
            subject = _patient(segment) or subject
        yield segment, subject


def _patient(segment: _Segment) -> str:
    """The patient whom a segment names, by number or name; empty where it names none."""
    if segment.name != "NM1" or segment.raw(1) not in _PATIENTS:
        return ""
    return segment.raw(9) or "*".join(one.raw for one in segment.elements[2:5])


def _moved(places: list[Place], edits: list[tuple[Edit, ...]], marks: list[_Marks]) -> Iterator[Edit]:
    for place, mine, mark in zip(places, edits, marks, strict=True):
        for start, end, new in mine:
            digits = _nine(new) if place.form == NINE else new
            yield Edit(place.start + start, place.start + end, mark.written(digits))


def _nine(new: str) -> str:
    """A ZIP code of nine digits, which is what guides ask for where one stands (837, 2010AA N403)."""
    return (new if new.isdecimal() and new.isascii() else "").ljust(9, "0")


def _year(place: Place, year: int) -> str:
    return f"{year:04d}0101{place.text[8:]}"


def _segments(text: str) -> Iterator[_Segment]:
    at = number = 0
    marks: _Marks | None = None
    while (at := _next(text, at)) < len(text):
        number += 1
        if marks is None:
            marks = _marks(text, at, number)
        end = text.find(marks.segment, at)
        if end < 0:
            raise InputError("expected the end of a segment, got the end of the file", place=f"segment {number}")
        name, *elements = Piece(at, text[at:end]).split(marks.element)
        if not name.raw.isalnum() or not name.raw.isascii() or not 2 <= len(name.raw) <= 3:
            raise InputError("expected the name of a segment", place=f"segment {number}")
        yield _Segment(name.raw, tuple(elements), marks)
        at = end + 1
        if name.raw == "IEA":
            marks = None
    if marks is not None or not number:
        raise InputError(
            "expected the trailer IEA of an interchange, got the end of the file", place=f"segment {number + 1}"
        )


def _next(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _marks(text: str, at: int, number: int) -> _Marks:
    """The separators that ISA names: behind its name, in its eleventh element, in its last one, and at its end."""
    header = text[at : at + _HEADER]
    element = header[3:4]
    if len(header) < _HEADER or header[:3] != "ISA" or element.isalnum() or header[: _HEADER - 1].count(element) != 16:
        raise InputError("expected an ISA segment of 106 characters", place=f"segment {number}")
    repetition = header[82]
    marks = _Marks(element, header[104], "" if repetition.isalnum() else repetition, header[105])
    alone = marks.segment not in header[: _HEADER - 1] and not marks.segment.isalnum()
    if len({marks.element, marks.component, marks.segment}) < 3 or not alone or marks.component.isalnum():
        raise InputError("expected separators that differ", place=f"segment {number}")
    return marks


def _of_segment(segment: _Segment, treatment: Treatment) -> Iterator[Place]:
    letters = _table().get(segment.name)
    for number, element in enumerate(segment.elements, 1):
        own = treatment.profile_fields(f"{segment.name}-{number:02d}", segment.name)
        if not element.raw.strip() or own == "keep":
            continue
        letter = "u" if letters is None else letters[min(number, len(letters)) - 1]
        for place in _of_element(segment, element, number, letter):
            if isinstance(own, ObligationKind):
                treat = Treat.VALUE if place.rule.treat in _ALIKE else place.rule.treat
                yield place._replace(rule=Rule(treat, place.rule.kind, own))
            elif place.rule.treat is not Treat.KEEP:
                yield place


def _of_element(segment: _Segment, element: Piece, number: int, letter: str) -> Iterator[Place]:
    if segment.name == "HI" or (segment.name == "REF" and number == 4):
        yield from _of_composite(segment, element, number)
        return
    if (segment.name, number) in _DESCRIBED:
        parts = list(element.split(segment.marks.component))
        if len(parts) > _DESCRIPTION and parts[_DESCRIPTION].raw.strip():
            yield _place(parts[_DESCRIPTION], segment, number, SCANNED)
        return
    rule = UNKNOWN if letter == "u" else _by_qualifier(segment, number) if letter == "?" else _LETTERS[letter]
    if rule.treat is Treat.SCAN:
        yield _place(element, segment, number, rule)
        return
    for repeated in element.split(segment.marks.repetition):
        for one in repeated.split(segment.marks.component):
            if rule.treat is Treat.DATE:
                yield from _dates(one, segment, number)
            elif one.raw.strip():
                yield _place(one, segment, number, rule)


def _dates(element: Piece, segment: _Segment, number: int) -> Iterator[Place]:
    ranged = _RANGE.fullmatch(element.raw)
    pieces = [Piece(element.start + ranged.start(one), ranged[one]) for one in (1, 2)] if ranged else [element]
    for piece in pieces:
        dated = _DATE.fullmatch(piece.raw) is not None
        yield _place(piece, segment, number, _LETTERS["d"] if dated else Rule(Treat.VALUE, Kind.DATE))


def _of_composite(segment: _Segment, element: Piece, number: int) -> Iterator[Place]:
    """Dates behind their form (HI), and references behind their qualifier (REF04)."""
    parts = list(element.split(segment.marks.component))
    for place, (before, part) in enumerate(pairwise(parts)):
        if segment.name == "HI" and before.raw in {"D8", "RD8", "DT"}:
            yield from _dates(part, segment, number)
        elif segment.name == "REF" and not place % 2 and part.raw.strip():
            yield _place(part, segment, number, _reference(before.raw))


def _place(piece: Piece, segment: _Segment, number: int, rule: Rule) -> Place:
    part = {3: "family", 4: "given", 5: "given"}.get(number, "") if segment.name == "NM1" else ""
    part = NINE if segment.name == "N4" and number == 3 and _NINE.fullmatch(piece.raw) else part
    return Place(piece.start, piece.end, piece.raw, f"{segment.name}-{number:02d}", rule, form=part)


def _by_qualifier(segment: _Segment, number: int) -> Rule:
    match segment.name:
        case "NM1" | "N1":
            return _party(segment, number)
        case "REF":
            return _reference(segment.raw(1))
        case "PRV":
            return KEPT if segment.raw(2) in _TAXONOMY else _reference(segment.raw(2))
        case "PER":
            if number % 2:
                return KEPT
            return Rule(Treat.VALUE, _CONTACTS.get(segment.raw(number - 1), Kind.OTHER_ID))
        case _:
            qualifier = segment.raw(number - 1) if segment.name == "DTP" else ""
            return KEPT if qualifier == "TM" else _LETTERS["d"]


def _party(segment: _Segment, number: int) -> Rule:
    """A name by who bears it, or an id by its qualifier."""
    who = segment.raw(1)
    qualifier = {"NM1": (9, 8), "N1": (4, 3)}[segment.name]
    if number == qualifier[0]:
        named = segment.raw(qualifier[1])
        return _SSN if named == "34" else _LETTERS[_PARTIES.get(named, "i")]
    person = segment.name == "NM1" and segment.raw(2) == "1"
    if not person and who in _KEPT_PARTIES:
        return KEPT
    return _LETTERS["S"] if not person and who in _FACILITIES else _LETTERS["n"]


def _reference(qualifier: str) -> Rule:
    if qualifier == "SY":
        return _SSN
    return _MRN if qualifier == "EA" else _LETTERS[_REFERENCES.get(qualifier, "i")]


@cache
def _table() -> dict[str, str]:
    text = (resources.files("asepsis.deid") / "tables" / "x12.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text))
