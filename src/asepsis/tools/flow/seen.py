"""What a session has seen: each result as leaves with their sources, indexed when it arrives.

A decision looks values up; it never reads results again. What is kept is bounded: beyond the limit a result is
remembered only as having been there.

What a call asked with and its answer repeats is the model's own word, whoever's field it is in (`repeats`): it speaks
for nothing until the user says it, or a result has it that was not asked for by it. Two such values of one answer say
nothing of one another: a model that asks for Ann's messages with Eve's address has not read that this is Ann's.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from asepsis.core.errors import InputError
from asepsis.core.labels import Category
from asepsis.tools.fields import source_of, speaks
from asepsis.tools.flow import texts
from asepsis.tools.flow.saying import has_room
from asepsis.tools.flow.tabled import gridded, structured
from asepsis.tools.shapes import Leaf, Scalar, leaves
from asepsis.tools.types import Effect, Json, Manifest, Source, outer
from asepsis.tools.vocabulary import words_of

__all__ = ["MAX_CHARACTERS", "MAX_KEPT", "Record", "Result", "Seen", "Spot", "text_of"]

MAX_CHARACTERS: Final = 8_000_000
MAX_KEPT: Final = 200_000
_DAYS: Final = 50
_IDENTIFYING: Final = 200
_LONGEST_TOKEN: Final = 64
_LONG: Final = 1_000
_SHELF: Final = 8


class Result:
    """One result: the tool, where it stands in the session, what it was asked by, and its records."""

    def __init__(self, manifest: Manifest, number: int, asked: tuple[str, ...], sought: tuple[str, ...]) -> None:
        self.manifest = manifest
        self.number = number
        self.place = f"result {number} of `{manifest.name}`"
        self.asked = asked
        self.told = any(asked)
        self.counted = False
        self.sought = sought
        self.records: dict[str, Record] = {}
        self.categories: frozenset[Category] = manifest.categories
        self.extremes: tuple[int, frozenset[str]] = (-1, frozenset())

    def link(self) -> None:
        """Has each record know the one that it lies in, as an address does in its member's."""
        for record in self.records.values():
            name = record.name
            while name and record.within is None:
                name = outer(name)
                record.within = self.records.get(name)
            if record.within is not None:
                record.within.parts.append(record)

    @property
    def worded(self) -> bool:
        """Whether anybody's free words are in it; else it is a list of names, numbers and the like."""
        spots = (spot for record in self.records.values() for spot in record.spots)
        return any(spot.source is Source.FREE and not spot.repeats for spot in spots)

    def count_repeats(self) -> None:
        """Has each value that was asked with know whether it is the only one that the answer repeats."""
        found = [spot for record in self.records.values() for spot in record.spots if spot.repeats]
        alone = len({spot.text for spot in found}) == 1 and not self.made
        for spot in found:
            spot.stands = alone and not spot.written

    @property
    def made(self) -> bool:
        """Whether the call did something, so that what it answers was made in this session."""
        return Effect.WRITE in self.manifest.effects

    def several(self, record: "Record", /) -> bool:
        """Whether a record is one of several in a list, or lies in one."""
        while not record.name.endswith("]") and record.within is not None:
            record = record.within
        listed = outer(record.name)
        return record.name.endswith("]") and any(
            one is not record and one.name.endswith("]") and outer(one.name) == listed for one in self.records.values()
        )


class Record:
    """One record of a result, such as one message of a list; `counted` are its numbers that may be reckoned with."""

    def __init__(self, result: Result, name: str) -> None:
        self.result = result
        self.name = name
        self.spots: list[Spot] = []
        self.counted: list[Spot] = []
        self.selected: tuple[int, int] = (-1, 0)
        self.within: Record | None = None
        self.parts: list[Record] = []

    def related(self, other: "Record", /) -> bool:
        """Whether one of two records lies in the other."""
        return self.name.startswith(other.name) or other.name.startswith(self.name)

    @property
    def directory(self) -> bool:
        """Whether nobody can write here what they like."""
        return not any(spot.source.untrusted and not spot.repeats for spot in self.spots)


class Spot:
    """One leaf: its text in the form for comparing, who can write there, and its place."""

    __slots__ = (
        "at", "declared", "field", "number", "place", "record", "repeats", "source", "stands", "text", "written"
    )  # fmt: skip

    def __init__(self, record: Record, field: tuple[str, str], source: Source, text: str, number: float | None) -> None:
        self.record = record
        self.field, self.place = field
        self.source = self.declared = source
        self.repeats = False
        self.written = False
        self.stands = True
        self.text = text
        self.number = number
        self.at = 0

    @property
    def identifying(self) -> bool:
        """Whether the leaf says which record this is."""
        return self.source in _NAMING and len(self.text) <= _IDENTIFYING

    @property
    def names(self) -> bool:
        """Whether the leaf is a number that only names its record."""
        return words_of(self.field)[-1:] in _NUMBERING

    @property
    def prose(self) -> bool:
        """Whether the leaf is longer, and has more words, than a name or an address has."""
        return len(self.text) > _PROSE and len(texts.tokens(self.text)) > _WORDY

    @property
    def named(self) -> bool:
        """Whether the leaf has a name; else it is a line, or all of a text."""
        return bool(self.field.strip("[]"))

    @property
    def piece(self) -> bool:
        """Whether the leaf is a piece of a line: whoever wrote one of its words may have made several of them."""
        return self.field.startswith("[][]")

    @property
    def where(self) -> str:
        """The place in the session."""
        return f"{self.record.result.place} {self.place}".strip()


_BRIEF: Final = frozenset({Source.CATALOG, Source.PARTY, Source.SYSTEM})
_PROSE: Final = 60
_WORDY: Final = 12
_TELLING: Final = 5
"""What is longer, and has more words, than a name or an address has is prose, and anybody's."""

_KEY: Final = re.compile(r"(?=\D*\d)[\w#][\w.:#/-]{0,31}")

_NUMBERING: Final = (("id",), ("number",), ("no",), ("page",))
_COUNTED: Final = frozenset({Source.SYSTEM, Source.CATALOG})
"""Whose numbers are taken for what they say."""

_NAMING: Final = frozenset({Source.NAME, Source.CATALOG, Source.PARTY})


_TOLD: Final = 4
_OWN_WORDS: Final = 4_096
"""How many of the texts are remembered that a model gave to tools that keep them."""


class _Shelf:
    """Some long leaves, and the words of all of them: to look them up is all that is done with most words."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.spots: list[Spot] = []


class Seen:
    """All results of a session."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.untrusted = False
        self.full = False
        self.keys: frozenset[str] = frozenset()
        self.characters = 0
        self.kept = 0
        self.categories: frozenset[Category] = frozenset()
        self.personal = False
        self._whole: dict[str, list[Spot]] = {}
        self._words: dict[str, list[Spot]] = {}
        self._shelves: list[_Shelf] = []
        self._spoken: dict[str, list[Spot]] = {}
        self._long: list[Spot] = []
        self._told = 0
        self._begun: dict[str, dict[str, None]] = {}
        self._links: dict[str, list[Spot]] = {}
        self.spellings: set[str] = set()
        self.parties: dict[str, None] = {}
        self._days: dict[tuple[int, int, int], list[Spot]] = {}
        self._own: frozenset[str] = frozenset()
        self._unsaid_own: tuple[str, ...] = ()
        self._written: dict[str, None] = {}
        self._unsaid: dict[str, list[Spot]] = {}
        self.said: Callable[[str], bool] = lambda _: False

    def add(
        self,
        manifest: Manifest,
        value: Json,
        *,
        asked: tuple[str, ...] = (),
        sought: tuple[str, ...] | None = None,
        own: frozenset[str] = frozenset(),
    ) -> Result:
        """Adds a result and returns it; what can't be read is remembered as untrusted.

        `asked` is what it was got by; of that `sought` is what says more than how much of it to show, and `own` what
        the model chose freely.
        """
        # What is longer names nobody and nothing.
        self._own = frozenset(text for text in own if len(text) <= _IDENTIFYING and not texts.dates(text))
        unsaid = (text for text in self._own if len(text) >= _TOLD and not self.said(text))
        self._unsaid_own = tuple(text for text in unsaid if "@" in text or any(map(str.isdigit, text)))
        result = Result(manifest, len(self.results) + 1, asked, asked if sought is None else sought)
        self.results.append(result)
        self.personal = self.personal or (bool(asked) and manifest.personal)
        sources = manifest.fields
        tabled = False
        if isinstance(value, str):
            answered = sources[""].source if "" in sources else manifest.source
            # A table in one text that somebody wrote has their rows and not the server's.
            value, tabled = structured(value, answered, tables=manifest.keyed)
        elif manifest.keyed:
            value = gridded(value)
        says = _any if tabled else speaks if manifest.keyed else None
        try:
            for leaf in leaves(value, known=manifest.known, speaks=says):
                field = sources.get(leaf.path)
                if field is not None:
                    result.categories |= field.categories
                source = _source(manifest, leaf, field.source if field else manifest.source)
                self._keep(result, leaf, Source.SYSTEM if source is Source.NAME and self._is_key(leaf) else source)
        except InputError:
            self.full = self.untrusted = True
        result.link()
        result.count_repeats()
        self.categories |= result.categories
        return result

    def write(self, given: Iterable[str], /) -> None:
        """Takes the texts that a model gave to a tool which keeps them: read again they are its own still."""
        self._written |= dict.fromkeys(given)
        while len(self._written) > _OWN_WORDS:
            self._written.pop(next(iter(self._written)))

    def hear(self) -> None:
        """Takes it that the user said more: what they say is nobody else's word alone."""
        for text in list(self._unsaid):
            if self.said(text):
                self._vouch(text, lambda _: True)

    def miss(self, manifest: Manifest, /) -> Result:
        """Adds a result that was not kept: it was there, and held whatever it may have."""
        result = Result(manifest, len(self.results) + 1, (), ())
        self.results.append(result)
        self.full = self.untrusted = True
        result.categories = manifest.answers
        self.categories |= result.categories
        return result

    def equal(self, text: str, /) -> list[Spot]:
        """Returns the leaves that are just this normal text."""
        return self._whole.get(text, [])

    def holding(self, text: str, /) -> list[Spot]:
        """Returns the leaves that hold this normal text as whole words, and more."""
        words = [word for word in set(texts.tokens(text)) if len(word) <= _LONGEST_TOKEN]
        if not words:
            return []
        lists = [self._words.get(word, []) for word in words]
        shelves = [shelf.spots for shelf in self._shelves if shelf.words.issuperset(words)]
        found = [
            spot
            for spots in (*shelves, min(lists, key=len))
            for spot in spots
            if spot.text != text and texts.contains(spot.text, text)
        ]
        return sorted(found, key=_at) if shelves else found

    def speaking(self, word: str, /) -> list[Spot]:
        """Returns the leaves that hold a word."""
        for spot in self._long[self._told :]:  # what nobody asks for by its words is not listed by them
            for one in set(texts.tokens(spot.text)):
                self._spoken.setdefault(one, []).append(spot)
        self._told = len(self._long)
        short, long = self._words.get(word, []), self._spoken.get(word, [])
        return sorted([*short, *long], key=_at) if short and long else short or long

    def on(self, day: tuple[int, int, int], /) -> list[Spot]:
        """Returns the times of the system's on a day."""
        return self._days.get(day, [])

    def days(self, chosen: Callable[[Record], bool], /) -> frozenset[tuple[int, int, int]]:
        """Returns the days of the system's in chosen records, up to some."""
        found = (day for day, spots in self._days.items() if any(chosen(spot.record) for spot in spots[:_DAYS]))
        return frozenset(itertools.islice(found, _DAYS))

    def repeated(self, text: str, /) -> Iterator[str]:
        """Yields the short leaves of results that were asked for by something, and that a normal text repeats."""
        for word in dict.fromkeys(texts.tokens(text)) if self._begun else ():
            yield from (said for said in self._begun.get(word, ()) if texts.contains(text, said))

    def spell(self, text: str, /) -> None:
        """Takes how links are written in a text: what else is sent to a page than the letters of one is a message."""
        self.spellings.update(texts.spellings(text))

    def linking(self, link: str, /) -> list[Spot]:
        """Returns the leaves that a link stands in."""
        return self._links.get(link, [])

    def _keep(self, result: Result, leaf: Leaf, source: Source) -> None:
        # Of characters that nobody sees nothing is left in a normal text, and a model reads them.
        if source.untrusted and isinstance(leaf.value, str) and leaf.value.strip():
            self.untrusted = True
        text = texts.normal(text_of(leaf.value))
        if not text:
            return
        self.characters += len(text)
        self.kept += 1
        if self.characters > MAX_CHARACTERS or self.kept > MAX_KEPT:
            self.full = self.untrusted = True
            return
        words = texts.tokens(text)
        if source in _BRIEF and isinstance(leaf.value, str):
            # What has room for an order may be one, whoever's field it is in.
            self.untrusted = self.untrusted or has_room(leaf, source, words)
            source = Source.FREE if len(words) > _WORDY and len(text) > _PROSE and leaf.path else source
        record = result.records.get(leaf.record)
        if record is None:
            record = result.records[leaf.record] = Record(result, leaf.record)
        number = float(leaf.value) if isinstance(leaf.value, int | float) and not isinstance(leaf.value, bool) else None
        spot = Spot(record, (f"{leaf.path}{leaf.key}", leaf.place), source, text, number)
        spot.at = self.kept
        record.spots.append(spot)
        self._judge(spot)
        if number is not None and source in _COUNTED and not (spot.names or spot.repeats):
            record.counted.append(spot)
            result.counted = True
        self._index(spot, words)
        links = set(texts.links(text))
        for link in links:
            self._links.setdefault(link, []).append(spot)
        if links and isinstance(leaf.value, str):
            self.spellings.update(texts.spellings(leaf.value))

    def _judge(self, spot: Spot) -> None:
        """Tells a value that was asked with from one that the server says, and what it says of such ones before."""
        text, source = spot.text, spot.source
        spot.written = text in self._written and text not in self._own
        spot.repeats = spot.written or text in self._own
        if not spot.repeats and source in _BRIEF:
            spot.repeats = any(texts.contains(text, one) for one in self._unsaid_own)
        if not spot.repeats:
            if text in self._unsaid:
                self._vouch(text, lambda other: source in _BRIEF or source is other.declared)
        elif not (self.said(text) or any(one.source in (*_BRIEF, source) for one in self.equal(text))):
            spot.source = Source.FREE
            self._unsaid.setdefault(text, []).append(spot)

    def _vouch(self, text: str, fits: Callable[[Spot], bool]) -> None:
        """Takes it that somebody else says a text, too: those leaves that this fits speak for what they say."""
        waiting = self._unsaid.pop(text)
        for spot in filter(fits, waiting):
            spot.source = spot.declared
            if spot.source is Source.PARTY:
                self.parties[text] = None
        if left := list(itertools.filterfalse(fits, waiting)):
            self._unsaid[text] = left

    def _is_key(self, leaf: Leaf) -> bool:
        """Whether a leaf names a thing: by the name that tools have for it, or as a reference of FHIR does."""
        name = (leaf.key or leaf.path.strip("[]")).rpartition(".")[2].strip("[]").casefold()
        if not isinstance(leaf.value, str) or (name not in self.keys and name != "reference"):
            return False
        refers = name == "reference" and bool(texts.reference(leaf.value.casefold()))
        return refers or (name in self.keys and _KEY.fullmatch(leaf.value) is not None)

    def _index(self, spot: Spot, words: list[str]) -> None:
        self._whole.setdefault(spot.text, []).append(spot)
        if named := texts.reference(spot.text) or (spot.source is Source.PARTY and texts.mailbox(spot.text)):
            self._whole.setdefault(named, []).append(spot)
        if len(spot.text) > _LONG:
            if not self._shelves or len(self._shelves[-1].spots) >= _SHELF:
                self._shelves.append(_Shelf())
            self._shelves[-1].words.update(words)
            self._shelves[-1].spots.append(spot)
            self._long.append(spot)
        else:
            self._list(spot, words)
        telling = spot.record.result.told and _TELLING < len(spot.text) <= _PROSE
        if telling and (len(words) > 1 or any(map(str.isdigit, spot.text))):
            self._begun.setdefault(words[0] if words else "", {})[spot.text] = None
        if spot.source is Source.PARTY:
            self.parties[spot.text] = None
        if spot.source is Source.SYSTEM and spot.number is None:
            for day in texts.dates(spot.text):
                self._days.setdefault(day, []).append(spot)

    def _list(self, spot: Spot, words: list[str]) -> None:
        known = self._words
        for word in set(words):
            if word in known:
                known[word].append(spot)
            elif len(word) <= _LONGEST_TOKEN:
                known[word] = [spot]


def _any(name: str) -> bool:
    """The headings of a table are all names of fields."""
    return bool(name)


def _at(spot: Spot) -> int:
    return spot.at


def _source(manifest: Manifest, leaf: Leaf, declared: Source) -> Source:
    """Whose word a leaf is: as declared, or as its key says where nothing is declared of it but by its map."""
    if not leaf.key:
        return declared
    return source_of(leaf.key, manifest.source) if isinstance(leaf.value, str) else Source.SYSTEM


def text_of(value: Scalar, /) -> str:
    """Returns a value as text: whole numbers without a point, truth values as JSON writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
