"""Which records the user's own words choose: by name, by the question that was asked, all of a list, or its extremes.

| a record is chosen | when |
| --- | --- |
| selected | a field that identifies it says what the user said, and no other of its list says more of it |
| bound | what was asked to get it came from the user's words or from a record chosen before, and no other is selected |
| all | the user spoke of all that such a list holds, or of all and it has names alone; nothing was asked to get it |
| meant | it is from or about somebody whom the user named, as a directory says of them, and no other is selected |
| extreme | the user spoke of the largest, the latest or the like, and the record is that by a field of the system's |
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from asepsis.tools.flow import texts
from asepsis.tools.flow.asking import asking
from asepsis.tools.flow.seen import Record, Result, Seen, Spot
from asepsis.tools.flow.words import Words
from asepsis.tools.types import Source, outer
from asepsis.tools.vocabulary import words_of

__all__ = ["Choosing"]

_PERSONAL: Final = frozenset({Source.PARTY, Source.SYSTEM})
_RANKS: Final[dict[str, float | None]] = {
    word: float(rank)
    for rank, words in enumerate(
        (("none",), ("low", "minor"), ("normal", "medium"), ("high", "major"), ("urgent", "critical"))
    )
    for word in words
}
_RECALLING: Final = (
    *("it", "its", "them", "they", "their", "that", "this", "these", "those", "he", "him", "his", "she", "her", "hers"),
    *("one", "ones", "both", "there", "same"),
)
_HOPS: Final = 32
"""How many results are gone back through at once: behind more of them the earlier ones are answered for first."""
_MORE: Final = 99
_BY_STATE: Final = 300
"""How much a state says: *the overdue invoice*, where only one is."""

_BY_NUMBER: Final = 1_700
"""How much the number of a record says."""

_BY_HEAD: Final = 400
"""How much the first word of a longer name says: *Westbrook* for *Westbrook Physical Therapy*, where only one fits."""
_ORDERED: Final = frozenset({Source.SYSTEM, Source.CATALOG})


class _FarError(Exception):
    """A result is too many others away from the one that was asked about."""


class Choosing:
    """Answers for one session; what the user says later is taken into account."""

    def __init__(self, words: Words, seen: Seen) -> None:
        self._words = words
        self._seen = seen
        self._narrowed: tuple[tuple[int, int], frozenset[str]] = ((-1, -1), frozenset())
        self._same: tuple[tuple[int, int], frozenset[str]] = ((-1, -1), frozenset())
        self._bound: tuple[int, tuple[dict[int, bool], dict[int, bool]]] = (-1, ({}, {}))
        self._hops = 0
        self._finding = False

    def chosen(self, record: Record, /) -> bool:
        """Whether the user's words choose a record, and do not leave it out."""
        result = record.result
        return not self._left_out(record) and (
            self.selected(record)
            or (record.name in self._extremes(result) and self._unnarrowed(result))
            or (self._among(record) and not self._otherwise(record))
            or self._belongs(record)
        )

    @property
    def extreme(self) -> bool:
        """Whether the user spoke of the largest, the latest or the like."""
        return any(self._words.any_of((*one.most, *one.least)) for one in asking().extreme)

    @property
    def recalls(self) -> bool:
        """Whether the user spoke of something that they had named before."""
        return any(texts.contains(self._words.text, one) for one in _RECALLING)

    def named(self, record: Record, /) -> bool:
        """Whether the user's words choose just this record of its list, by what it is called or as an extreme."""
        return self.selected(record) or record.name in self._extremes(record.result)

    def _among(self, record: Record) -> bool:
        """Whether a record is one of a list that the user's words speak of as a whole."""
        result = record.result
        if self._all(result) and not self.picked(result):
            return True
        of_all = self._of_all(result) or not self.picked(result)
        return of_all and (self.meant(record) or self.bound(result))

    def _otherwise(self, record: Record) -> bool:
        """Whether the user spoke of all in a state that others of its list are in, and this is not: *all open ones*."""
        if not self._words.narrowing:
            return False
        state = (self._words.version, record.result.number)
        if self._narrowed[0] != state:
            spots = (spot for one in record.result.records.values() for spot in one.spots)
            self._narrowed = (state, frozenset(spot.field for spot in spots if self._narrows(spot)))
        fields = self._narrowed[1]
        return any(spot.field in fields and not self._narrows(spot) for spot in record.spots)

    def _narrows(self, spot: Spot) -> bool:
        """Whether a field is of the system's, and says a state that the user spoke of all in."""
        plain = spot.source is Source.SYSTEM and spot.number is None and not spot.names
        words = texts.tokens(spot.text) if plain else []
        return bool(words) and all(map(str.isalpha, words)) and self._words.narrowing.issuperset(words)

    def _left_out(self, record: Record) -> bool:
        """Whether the user named a record only for it to be left out, by what it is called: *but the one of Birch*."""
        return self._words.barring and any(
            self._words.bars(part)
            for spot in record.spots
            if spot.identifying or spot.names
            for part in (spot.text, self._words.head(spot.text), self._words.tail(spot.text))
            if part
        )

    def _belongs(self, record: Record) -> bool:
        """Whether a record is a part of a chosen one, as an address is of its member, and not one of a list in a frame.

        What is around a list (`data`, `entry`) is chosen by nothing of its own: no entry is by what another says.
        """
        whole = record.within
        if whole is None or not self.chosen(whole):
            return False
        listed = outer(record.name)
        named = (self._score(one) > 0 for one in whole.parts if one is not record and outer(one.name) == listed)
        return not any(named) and (whole.name.endswith("]") or any(map(self.likeness, whole.spots)))

    def meant(self, record: Record, /) -> bool:
        """Whether a record is somebody's whom the user named, by what a directory says of them."""
        return any(spot.text in self._people for spot in record.spots if spot.source in _PERSONAL)

    def selected(self, record: Record, /) -> bool:
        """Whether what identifies a record is what the user said, and no other record of its list says more of it."""
        score = self._score(record)
        if score <= _BY_HEAD + _MORE:
            return self.only(record)
        others = [one for one in record.result.records.values() if one is not record and not one.related(record)]
        return all(score >= self._score(one) for one in others) and not self._posing(record, others)

    def only(self, record: Record, /) -> bool:
        """Whether a record is selected and no other of its list is."""
        score = self._score(record)
        others = [one for one in record.result.records.values() if one is not record and not one.related(record)]
        if score <= 0 or any(self._score(one) >= score for one in others):
            return False
        if score > _BY_HEAD + _MORE:
            return not self._posing(record, others)
        return not self._rivalled(record) and (score > _BY_STATE + _MORE or self._unnarrowed(record.result))

    def _posing(self, record: Record, others: list[Record]) -> bool:
        """Whether a record is ahead of, or beside, somebody else's only by what anybody can write, such as its title.

        Whoever writes can call themselves as the person is called whom the user means, and what they write as well. Two
        whom the user names by words of their own are no rivals.
        """
        result, own = record.result, _reached(record)
        if not own or record.directory or (result.manifest.source is not Source.PARTY and self.meant(record)):
            return False
        score = self._score(record)
        close = (one for one in others if 0 <= score - self._score(one) <= _MORE < self._score(one))
        strangers = (one for one in close if (theirs := _reached(one)) and own.isdisjoint(theirs))
        rivals = (one for one in strangers if self._score(one) < score or self._called(record) & self._called(one))
        return any(not self._ahead(record, one) for one in rivals)

    def _called(self, record: Record) -> set[str]:
        """Which words of the user's are in what identifies a record."""
        spots = (spot for spot in record.spots if spot.identifying and spot.source is not Source.SYSTEM)
        return {word for spot in spots for word in texts.tokens(spot.text) if self._words.any_of((word,))}

    def _ahead(self, record: Record, other: Record) -> bool:
        """Whether the user said more of what nobody chooses in a record than in another."""
        one, two = (
            sum(self.likeness(spot) for spot in each.spots if spot.source in _ORDERED) for each in (record, other)
        )
        return one > two

    def _unnarrowed(self, result: Result) -> bool:
        """Whether a list is whole, or was asked for by the user's words: of anybody's claims one is the latest.

        One with as many records as were asked for may go on.
        """
        many = str(len(result.records))
        cut = many in result.asked and many not in result.sought and not self._words.say(many)
        return not (any(result.sought) or cut) or self.bound(result)

    def _rivalled(self, record: Record) -> bool:
        """Whether another of its list has the one word by which a record is chosen anywhere: *Dr. Ann Westbrook*."""
        heads = {head for spot in record.spots if spot.identifying and (head := self._words.head(spot.text))}
        others = (one for one in record.result.records.values() if one is not record and not one.related(record))
        return any(
            not heads.isdisjoint(texts.tokens(spot.text))
            for one in others
            for spot in (one.spots if heads else ())
            if spot.identifying and spot.source is not Source.NAME
        )

    def bound(self, result: Result, /) -> bool:
        """Whether what was asked to get a result came from the user's words or from a chosen record."""
        if self._bound[0] != self._words.version:
            self._bound = (self._words.version, ({}, {}))
        known = self._bound[1][self._finding]
        answer = known.get(result.number)
        if answer is not None:
            return answer
        if self._hops >= _HOPS:
            raise _FarError
        self._hops += 1
        try:
            answer = self._is_bound(result)
        except _FarError:
            if self._hops > 1:
                raise
            for earlier in self._seen.results:
                if earlier.number < result.number:
                    self.bound(earlier)
            answer = self._is_bound(result)
        finally:
            self._hops -= 1
        known[result.number] = answer
        return answer

    def _is_bound(self, result: Result) -> bool:
        asked = [text for text in result.sought if text]
        return bool(asked) and all(self._reasoned(text, result) for text in asked)

    @property
    def _people(self) -> frozenset[str]:
        """All that a directory says of the people whom the user named: who is meant by it is meant by their name."""
        state = (self._words.version, len(self._seen.results))
        if self._finding:
            return frozenset()  # who is named is told by nobody whom another directory names
        if self._same[0] != state:
            self._finding, hops, self._hops = True, self._hops, 0
            found = {
                spot.text
                for result in self._seen.results
                for record in result.records.values()
                if result.manifest.source is Source.PARTY and self.selected(record)
                for spot in record.spots
                if (_is_number(spot) or (spot.source is Source.PARTY and record.directory)) and len(spot.text) > 2
            }
            self._same = (state, frozenset(found))
            self._finding, self._hops = False, hops
        return self._same[1]

    def listed(self, result: Result) -> bool:
        """Whether the user spoke of all, and by the name of what a list holds."""
        return self._all(result)

    def busiest(self, spot: Spot) -> bool:
        """Whether a value is what has the longest or the shortest of several lists, as the user said.

        It is what was asked to get a list, or names the record that holds one: *the channel with the most members*.
        """
        lengths = [counts for counts in self._lengths(spot) if len(counts) > 1]
        return any(
            counts.get(spot.text) == pick(counts.values())
            for extreme in asking().extreme
            for words, pick in ((extreme.most, max), (extreme.least, min))
            if lengths and extreme.of == "numbers" and self._words.any_of(words)
            for counts in lengths
        )

    def _lengths(self, spot: Spot) -> Iterable[Counter[str]]:
        """How long lists are: by what was asked to get them, and by the records that hold them."""
        lengths: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for result in self._seen.results:
            if len(result.asked) == 1:
                lengths[result.manifest.name][result.asked[0]] = len(result.records)
        for record in spot.record.result.records.values() if spot.identifying else ():
            own = spot.text if record is spot.record else record.name
            for other in record.spots:
                if other.field.count("[]") > spot.field.count("[]") and self._words.any_of(words_of(other.field)):
                    lengths[other.field][own] += 1
        return lengths.values()

    def begins(self, spot: Spot) -> bool:
        """Whether a value begins as the user said, and no other of its field does: *the channel starting with ext*."""
        said = [one for one in self._words.beginnings if spot.text.startswith(one)]
        records = spot.record.result.records.values() if said else ()
        others = {other.text for record in records for other in record.spots if other.field == spot.field}
        return any(sum(other.startswith(one) for other in others) == 1 for one in said)

    def _all(self, result: Result) -> bool:
        if any(result.asked):
            return False
        return self._words.all_of(result.manifest) or (self.quantifies() and not result.worded)

    def _of_all(self, result: Result) -> bool:
        """Whether the user spoke of all, and named none of a list by its number: *show all claims and deny CL-2*."""
        return self.quantifies() and all(self._score(one) < _BY_NUMBER for one in result.records.values())

    def quantifies(self) -> bool:
        """Whether the user spoke of all of something."""
        return self._words.any_of((*asking().all.words, *asking().everybody.words))

    def picked(self, result: Result, /) -> bool:
        """Whether the user's words select some of a list, and so not all of it."""
        return any(self._score(record) > _BY_STATE + _MORE for record in result.records.values())

    def _reasoned(self, text: str, result: Result) -> bool:
        meaning, said = self._words.content(text)
        if self._words.say(text) and (said or any(map(str.isdigit, text))):
            return True
        if meaning and said == meaning:
            return True
        if texts.dates(text) and self._words.day(text):
            return True
        return any(
            spot.source is not Source.FREE and spot.record.result.number < result.number and self.chosen(spot.record)
            for spot in (*self._seen.equal(text), *self._seen.equal(texts.reference(text)))
        )

    def _score(self, record: Record) -> int:
        version, known = record.selected
        if version != self._words.version:
            said = sorted(filter(None, map(self.likeness, record.spots)), reverse=True)
            # Of two that have the same number or name, the one of which the user said more.
            own = said[0] + min(_MORE, sum(said[1:]) // _MORE) if said else 0
            known = max((own, *map(self._score, record.parts)))
            record.selected = (self._words.version, known)
        return known

    def likeness(self, spot: Spot, /) -> int:
        """How much of what the user said an identifying field says, per mille; 0 for too little."""
        if spot.source is Source.SYSTEM:
            return self._noted(spot)
        text = spot.text.partition("@")[0] if spot.source is Source.PARTY else spot.text
        meaning, said = self._words.content(text) if spot.identifying else (0, 0)
        if not said:
            return 0
        quoted = [one for one in self._words.quoted if len(one) > 2 and one in text]
        if quoted:
            return 2200 if text in quoted else 2000
        if self._words.say(spot.text):
            return 1500 + said
        share = 1000 * said // meaning
        if share >= 500 and (said >= 2 or meaning <= 2):
            return share
        return _BY_HEAD if spot.source is not Source.NAME and self._words.head(spot.text) else 0

    def _noted(self, spot: Spot) -> int:
        """The same of a field of the system's: a number, or a state."""
        if self._exact(spot):
            # Of two records the one whose number the user named, and not one of the same amount.
            return _BY_NUMBER if spot.names else 1200
        if spot.text == "true":  # `urgent: true`: the urgent one
            return _BY_STATE if self._words.state(spot.field.rpartition("}")[2].rpartition(".")[2]) else 0
        return _BY_STATE if self._words.state(spot.text) else 0

    def _exact(self, spot: Spot) -> bool:
        """Whether the user named a value of the system's that is not just any small number."""
        if spot.number is not None:
            return abs(spot.number) >= 10 and spot.number in self._words.numbers
        return len(spot.text) > 2 and any(c.isdigit() for c in spot.text) and self._words.say(spot.text)

    def _extremes(self, result: Result) -> frozenset[str]:
        version, known = result.extremes
        if version != self._words.version:
            known = frozenset(
                name
                for extreme in asking().extreme
                for words, end in ((extreme.most, -1), (extreme.least, 0))
                if self._words.any_of(words)
                for name in _ends(result, extreme.of, end)
            )
            result.extremes = (self._words.version, known)
        return known


def _reached(record: Record) -> frozenset[str]:
    """By which addresses those in a record are reached, or else what they are called."""
    said = [spot.text for spot in record.spots if spot.source is Source.PARTY]
    return frozenset(one for one in said if texts.addresses(one) or texts.phones(one)) or frozenset(said)


def _is_number(spot: Spot) -> bool:
    """Whether a leaf is the number of its record, which nobody else can write, also beside a note of somebody's."""
    return spot.source is Source.SYSTEM and spot.names


def _ends(result: Result, of: str, end: int) -> Iterator[str]:
    """The records at one end of a list, by each field of the system's that can be ordered so."""
    columns: dict[str, list[tuple[float | str, str]]] = {}
    for record in result.records.values():
        for spot in record.spots:
            if spot.source in _ORDERED and not spot.names:
                if of == "numbers" and (rank := _RANKS.get(spot.text, spot.number)) is not None:
                    columns.setdefault(spot.field, []).append((rank, record.name))
                elif of == "times" and spot.number is None and texts.dates(spot.text):
                    columns.setdefault(spot.field, []).append((spot.text, record.name))
    for column in columns.values():
        values = [value for value, _ in column]
        if len(column) > 1 and min(values) != max(values):
            best = sorted(values)[end]
            yield from (name for value, name in column if value == best)
    if of == "times" and not columns and result.records:
        yield list(result.records)[end]
