"""What is done with a value at a known place of a structured document.

A table says what stands at a place (`Treat`); the profile says what becomes of it. Where a format asks for a form, a
date or a code that others refer to, what comes out has that form: a mask would make the document invalid.

1. Values of identifying fields are collected (`note`), so that free text that repeats them is cleaned of them, too.
2. Then each place gets its new text, except for free text, which is scanned all at once. `edits` says both.
"""

import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final, NamedTuple

from asepsis.core.types import Kind, ObligationKind
from asepsis.deid import dates, generalise
from asepsis.deid.known import Known
from asepsis.deid.standing import Form
from asepsis.deid.text import Deidentifier

__all__ = [
    "AGE",
    "DIGITS",
    "KEPT",
    "NINE",
    "SCANNED",
    "UNKNOWN",
    "Edit",
    "Place",
    "Rule",
    "Treat",
    "Treatment",
    "is_number",
]


class Treat(Enum):
    """What stands at a place."""

    KEEP = "a code, a marking, a measure: it stays"
    VALUE = "an identifier as a whole"
    STREET = "a part of a place that even a limited data set leaves out"
    TOWN = "a part of a place that a limited data set keeps"
    CODE = "an identifier that others refer to, in a form of its own"
    DATE = "a date about somebody"
    SCAN = "free text"
    UNKNOWN = "what no table knows"
    OPAQUE = "content that cannot be read"


class Rule(NamedTuple):
    """What stands at a place, its kind, and an obligation that wins over the profile's."""

    treat: Treat
    kind: Kind = Kind.OTHER_ID
    do: ObligationKind | None = None


AGE: Final = "age"
DIGITS: Final = "digits"
NINE: Final = "zip"
"""Forms of places that hold numbers: an age, a number without further meaning, and a ZIP code of nine digits."""

_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_FORMS: Final[dict[str, Form]] = {AGE: "age", DIGITS: "number", NINE: "zip"}

KEPT: Final = Rule(Treat.KEEP)
SCANNED: Final = Rule(Treat.SCAN)
UNKNOWN: Final = Rule(Treat.UNKNOWN)


class Place(NamedTuple):
    """A value with its place in the document, the name of its field, what it is and whom it is about.

    `form` is the format's own word for how the value is written, where that matters for what comes out.
    """

    start: int
    end: int
    text: str
    key: str
    rule: Rule
    subject: str = ""
    form: str = ""


def is_number(text: str, /) -> bool:
    """Whether a text is written as a number in digits."""
    return _NUMBER.fullmatch(text) is not None


class Edit(NamedTuple):
    """A range of a text and what stands there instead."""

    start: int
    end: int
    new: str


class Treatment:
    """Treats the places of one document. `year` writes a year where a date stood, as the format wants it."""

    def __init__(self, deidentifier: Deidentifier, *, year: Callable[[Place, int], str]) -> None:
        self._deidentifier = deidentifier
        self._year = year
        self.known = Known()

    @property
    def profile_fields(self) -> Callable[..., ObligationKind | str | None]:
        """The profile's own word on a field, by its names."""
        return self._deidentifier.profile.field

    def note(self, place: Place, /) -> None:
        """Takes note of an identifying value."""
        treat, kind, _ = place.rule
        if treat in {Treat.VALUE, Treat.STREET, Treat.TOWN, Treat.DATE} and place.text.strip():
            self.known.add(Kind.DATE if treat is Treat.DATE else kind, place.text)

    def edits(self, places: Sequence[Place], /) -> list[tuple[Edit, ...]]:
        """Returns the edits of each place, in their order; what they replace counts from the start of its text."""
        new = [self._treated(place) for place in places]
        edits = [_whole(place.text, text) for place, text in zip(places, new, strict=True)]
        groups: dict[str, list[int]] = {}
        for at, text in enumerate(new):
            if text is None:
                groups.setdefault(places[at].subject, []).append(at)
        for subject, group in groups.items():
            clean = self._deidentifier.texts(
                [places[at].text for at in group],
                keys=[places[at].key for at in group],
                known=self.known,
                subject=subject,
            )
            for at, one in zip(group, clean, strict=True):
                edits[at] = tuple(
                    Edit(found.start, found.end, one.text[span.start : span.end])
                    for found, span in zip(one.findings, one.spans, strict=True)
                )
                form = _FORMS.get(places[at].form)
                # A number that looks like a stand-in must not be taken for one.
                if form and (edits[at] or self._deidentifier.memory.stands(form, places[at].text)):
                    edits[at] = _whole(places[at].text, self._stand_in(form, places[at])) or edits[at]
        return edits

    def _treated(self, place: Place) -> str | None:  # noqa: PLR0911 one line for each treatment
        """The new text of a place, None for free text."""
        treat, kind, do = place.rule
        match treat:
            case Treat.KEEP:
                return place.text
            case Treat.SCAN:
                return None
            case Treat.UNKNOWN:
                return None if self._deidentifier.profile.unknown == "scan" else self._masked(place.text, kind)
            case Treat.OPAQUE:
                return self._masked(place.text, Kind.PHOTO)
            case Treat.CODE:
                return self._code(place.text, do)
            case _ if (form := _FORMS.get(place.form)) and (stand_in := self._stand_in(form, place)):
                return stand_in
            case Treat.DATE:
                return self._date(place)
            case _:
                return self._value(place)

    def _stand_in(self, form: Form, place: Place) -> str | None:
        """What stands in a place of a form where the profile asks for a token that comes back, None for nothing."""
        kind = Kind.DATE if form == "date" else place.rule.kind
        # A number that the format's table drops is dropped where there is nothing better; a profile's own word counts.
        said = None if place.form == DIGITS else place.rule.do
        if (said or self._deidentifier.profile.do(kind)) is not ObligationKind.TOKEN or not place.text.strip():
            return None
        return self._deidentifier.stand_in(form, kind, place.text)

    def _value(self, place: Place) -> str:
        treat, kind, do = place.rule
        if treat is not Treat.VALUE and do is None and self._deidentifier.profile.places == "town":
            return place.text if treat is Treat.TOWN else self._masked(place.text, kind)
        return self._deidentifier.value(kind, place.text, subject=place.subject, part=place.form, do=do)

    def _masked(self, text: str, kind: Kind) -> str:
        return self._deidentifier.value(kind, text, do=ObligationKind.MASK)

    def _code(self, text: str, do: ObligationKind | None) -> str:
        if not text or (do is None and self._deidentifier.profile.do(Kind.OTHER_ID) is None):
            return text
        return self._deidentifier.code(text)

    def _date(self, place: Place) -> str:
        text = place.text
        due = place.rule.do or self._deidentifier.profile.do(Kind.DATE)
        memory = self._deidentifier.memory
        if due is None or not text.strip():
            return text
        if due is ObligationKind.TOKEN and self._says_more_than_a_year(text):
            stand_in = self._stand_in("date", place)
            if stand_in is not None or memory.reversible:
                return stand_in or self._deidentifier.value(Kind.DATE, text, do=due)
        self._deidentifier.count(Kind.DATE)
        if due is ObligationKind.SURROGATE:
            moved = memory.surrogate(Kind.DATE, text, subject=place.subject)
            if moved is not None and moved != generalise.OLDEST:
                return moved
        year = dates.year_of(text) or _leading_year(text)
        if year is None:
            return self._masked(text, Kind.DATE)
        # A year that shows an age over 89 falls into the one category of the oldest, which here is a year, too.
        oldest = memory.today - generalise.OLDEST_YEARS
        return self._year(place, max(year, oldest))

    def _says_more_than_a_year(self, text: str) -> bool:
        """Whether a date identifies: it is more than a year, or one that shows an age over 89."""
        plain = len(text) == 4 and text.isdecimal()
        return not plain or generalise.reveals_age(int(text), today=self._deidentifier.memory.today)


def _leading_year(text: str) -> int | None:
    """The year of a date that is in its place a date and yet is none, such as one of February 30."""
    return int(text[:4]) if text[:4].isdecimal() and text[:4].isascii() and "1000" < text[:4] < "3000" else None


def _whole(old: str, new: str | None) -> tuple[Edit, ...]:
    return () if new is None or new == old else (Edit(0, len(old), new),)
