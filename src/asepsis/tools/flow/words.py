"""What the user's own words ask for: values they name, records they select, and which tools they want called.

`asepsis.tools.flow.asking` holds the ways of asking.
"""

import calendar
import functools
import itertools
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from asepsis.tools.flow import asides, figures, negating, texts
from asepsis.tools.flow.addressing import addressed, addressees
from asepsis.tools.flow.aiming import astray, own
from asepsis.tools.flow.asking import VERDICTS, Doing, asking
from asepsis.tools.flow.reaching import reaches
from asepsis.tools.flow.telling import told
from asepsis.tools.types import Effect, Manifest, Source
from asepsis.tools.vocabulary import english, known, singular, vocabulary, words_of

__all__ = ["Words"]

_QUOTED: Final = re.compile("[\"\u201c'\u2018`]([^\"\u201d'\u2019`]{2,200})[\"\u201d'\u2019`]")
_FETCHING: Final = frozenset({Effect.READ, Effect.EGRESS})
_A_DAY: Final = ("day before", "day after", "next day", "following day", "previous day", "a day", "one day")
_NEAR: Final = 4
_HEAD: Final = 5
_LEAST: Final = 3
_FEW: Final = 6
_NOT: Final = re.compile(r"(?:\b|_)(?:no|non|not|un)(?:\b|_)")
_DIGITS: Final = re.compile(r"\d")
_DIRECTED: Final = re.compile(r"\b(?:to|into|at)(?: [a-z#][a-z'.]*){0,4} ([+(]?[a-z]{0,4}\d(?:[\d() -]*\d){4})")
_SENTENCE: Final = re.compile(r"(?<=[a-z0-9])\.(?=[A-Z][a-z]{2,}\s)")
"""The end of a sentence with no space behind it, where what stands before it may be an address."""
_ENDS: Final = re.compile(r"[.,:;!?](?:\s|$)|\n")
_MONTH: Final = re.compile(r"(?P<year>(?:19|20)[0-9]{2})-(?P<month>0[1-9]|1[0-2])")
_YEARS: Final = range(1900, 2100)
_IN_MAY: Final = ("in may", "for may", "of may", "the may")
_PLAIN_NUMBER: Final = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")
_NARROWING: Final = re.compile(
    r"\b(?:all|any|both|each|every)\b((?: [^\s.,;:!?]+){1,4})"
    r"|\b(?:that|which) (?:is|are|was|were)((?: [^\s.,;:!?]+){1,3})"
)
"""What follows on a word for all, or says more of it: *all open claims*, *all claims that are overdue*."""

_RELATIVE: Final = re.compile(r" (?:that|which|who) (?:is|are|was|were|has been|have been) [^\s.,;:!?]+")
"""What is said of a thing in the midst of a phrase: *put the payment that is due on hold*."""

_BEGINNING: Final = re.compile(
    r"\b(?:start(?:s|ing)?|begin(?:s|ning)?) with (?:the (?:word|letters?|prefix) )?[\"'\u201c\u2018]?([\w-]{2,40})"
)
_COUNTS: Final = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""Written numbers; `one` is mostly none."""

_ASIDE: Final = ("how", "if", "sure", "that", "together", "what", "when", "where", "whether", "which", "who", "why")
"""What begins something else in the midst of a phrase, so that its ends don't belong together."""

_ARTICLES: Final = frozenset({"a", "the"})
_BEFORE_NAMES: Final = ("a", "an", "for", "in", "me", "of", "to", "us", "with", "you")
_DONE: Final = ("ado", "ada", "ados", "adas", "ido", "ida", "idos", "idas")
_EXACT: Final = 15
"""How many digits a float keeps apart; longer numbers are the same as they are written, or not."""


@functools.cache
def _things() -> frozenset[str]:
    """Known things, which make a thing of a word behind them that may be a doing: *her plan change*."""
    entries = (entry for said in vocabulary().answers.values() for entry in said)
    return frozenset(word for word in entries if " " not in word) - frozenset(asking().things.words)


def _explains(other: Manifest, doings: tuple[Doing, ...], wanted: set[str]) -> bool:
    """Whether another tool does one of these, or all that the user wants is asked of it by the same words."""
    found = asking().doings(other)
    said = {word for doing in found for word in doing.words}
    return not set(found).isdisjoint(doings) or (wanted != set() and wanted <= said)


def _asking(manifest: Manifest) -> set[str]:
    """The words for what a tool does."""
    return {word for doing in asking().doings(manifest) for word in doing.words} | set(manifest.verbs)


def _quantified(words: list[str]) -> frozenset[str]:
    """The stems of the few words behind each `all` or `every`; whoever says `everybody` says so by itself."""
    found = set()
    for at, word in enumerate(words):
        if word in asking().all.words:
            found |= {texts.stem(singular(one)) for one in words[at + 1 : at + 1 + _NEAR]}
        if word in asking().everybody.words:
            found.add(texts.stem(word))
    return frozenset(found)


@functools.lru_cache(maxsize=256)
def _gap(phrase: str) -> re.Pattern[str]:
    """A phrase with a few words in its midst."""
    first, last = (part.strip() for part in phrase.split("..."))
    # *Make sure that the* and *make a list of the* make nobody anything.
    barred = "|".join((*_ASIDE, *_BEFORE_NAMES) if last in _ARTICLES else _ASIDE)
    end = re.escape(last).replace(r"\ \#", r" \S*[\d@]") + (r"\b(?! of\b)" if last == "out" else r"\b")
    return re.compile(rf"\b{re.escape(first)}\b(?:(?! (?:{barred})\b) [^\s,;:!?]+){{1,5}} {end}")


def _orders(text: str) -> list[str]:
    """The words of an order, Spanish ones in English, too, but for those that tell of what was done (`denegada`)."""
    clauses = [texts.tokens(clause) for clause in _ENDS.split(text)]
    spanish = (english(word) for words in clauses for word in words if not word.endswith(_DONE))
    return [word for words in clauses for word in asides.forms(words)] + [word for word in spanish if word]


class Words:
    """What the user said, in a session or in one turn of it. What they say can only be added to.

    Each state has a `version` of its own among all that are asked of the same results.
    """

    def __init__(self, version: int = 0) -> None:
        self.version = version
        self._text = ""
        self._named = ""
        self._ordered = ""
        self._wanted: frozenset[str] = frozenset()
        self._unwanted: frozenset[str] = frozenset()
        self._tokens: frozenset[str] = frozenset()
        self.stems: frozenset[str] = frozenset()
        self._all_of: frozenset[str] = frozenset()
        self._doing: frozenset[str] = frozenset()
        self.narrowing: frozenset[str] = frozenset()
        self.numbers: frozenset[float] = frozenset()
        self._dates: frozenset[tuple[int, int, int]] = frozenset()
        self._links: frozenset[str] = frozenset()
        self.homes = False
        self._bare = ""
        self._compact = ""
        self._edges: set[int] = set()
        self.addresses: frozenset[str] = frozenset()
        self.quoted: tuple[str, ...] = ()
        self.beginnings: tuple[str, ...] = ()
        self.addressees: frozenset[str] = frozenset()
        self._stop = frozenset(asking().stop.words)
        self._barred = self._others = ""
        self._told: dict[tuple[int, tuple[str, ...]], figures.Told] = {}

    def hear(self, text: str, /) -> None:
        """Adds something that the user said."""
        normal = texts.paused(texts.normal(text))
        meant, negated = negating.apart(normal)
        self._order(meant, negated)
        self._all_of |= _quantified(self._read(normal))
        self._name(text, normal, meant)

    def recall(self, text: str, /) -> None:
        """Adds something that the user said before, for what it names: what it orders is ordered no more."""
        normal = texts.paused(texts.normal(text))
        self._name(text, normal, negating.apart(normal)[0])

    @property
    def left_out(self) -> str:
        """What the user said to leave out."""
        return self._barred

    def leave_out(self, said: str, /) -> None:
        """Takes what was said elsewhere to leave out."""
        self._barred += said

    def _order(self, meant: str, negated: str) -> None:
        ordered = asides.ordered(told(meant))
        self._ordered = f"{self._ordered} \n {ordered}" if self._ordered else ordered
        wanted = _orders(ordered)
        things = asking().things
        before = frozenset(things.before)
        for said in map(_orders, _ENDS.split(ordered)):
            self._doing |= {
                word
                for last, word, following in zip(["", *said], said, [*said[1:], ""], strict=False)
                if last not in before and not (last in _things() and following not in before)
            }
        stems = {texts.stem(word): word for word in asking().plain}  # `is to be denied`
        self._doing |= {stems.get(texts.stem(word), "") for last, word in itertools.pairwise(wanted) if last == "be"}
        self._wanted |= frozenset(texts.stem(word) for word in wanted)
        self._unwanted |= frozenset(texts.stem(word) for word in texts.tokens(negated))

    def _name(self, text: str, normal: str, meant: str) -> None:
        self.version += 1
        self._text = f"{self._text} \n {normal}" if self._text else normal
        barred, others = negating.barred(normal)
        self._barred += f" \n {barred}"
        self._others += f" \n {others}"
        self._named = f"{self._named} \n {meant}" if self._named else meant
        words = self._read(normal)
        self._tokens |= frozenset(words)
        self.stems |= frozenset(texts.stem(word) for word in words)
        self.narrowing |= frozenset(
            word for found in _NARROWING.findall(normal) for word in texts.tokens(" ".join(found))
        )
        self.numbers |= frozenset(texts.numbers(normal)) | texts.ordinals(normal)
        self._dates |= texts.days_said(normal)
        self.homes = self.homes or bool(texts.homes(normal))
        ended = negating.apart(texts.normal(_SENTENCE.sub(". ", text)))[0]
        self.addresses |= frozenset(texts.addresses(ended))
        self._links |= frozenset(texts.links(ended))
        self._bare += f" \n {texts.without_addresses(normal)}"
        self._compact += " "
        for word in texts.compact_words(normal):
            self._edges |= {len(self._compact), len(self._compact) + len(word)}
            self._compact += word
        self.addressees |= addressees(meant)
        self.beginnings += tuple(_BEGINNING.findall(meant))
        self.quoted += tuple(texts.normal(found) for found in _QUOTED.findall(text))

    @property
    def text(self) -> str:
        """All that the user said, as a normal text."""
        return self._text

    def _read(self, text: str) -> list[str]:
        """The words of a normal text, Spanish ones in English, too."""
        words = texts.tokens(text)
        return words + [read for word in words if (read := english(word))]

    @property
    def barring(self) -> bool:
        """Whether the user left anything out."""
        return self._barred.strip() != ""

    def bars(self, value: str, /) -> bool:
        """Whether the user named a normal value only for it to be left out, as in *all but V-2*."""
        return texts.contains(self._barred, value) and not texts.contains(self._others, value)

    def say(self, value: str, /) -> bool:
        """Whether the user named a normal value, not only to be left out: as it stands, or written otherwise."""
        if not value:
            return True
        if self.bars(value):
            return False
        if (found := texts.links(value)) and texts.written(value) == found[0]:
            return found[0] in self._links
        if "@" in value:
            # Part of an address is somebody else's: `smith@plan.test` is not john.smith@plan.test.
            named = texts.addresses(value)
            return self.addresses.issuperset(named) and texts.contains(self._named if named else self._bare, value)
        if _PLAIN_NUMBER.fullmatch(value):
            return self.number(value) or self._spelled(value)
        ways = (self._spelled, self.number, self.day, self._month)
        return texts.contains(self._text, value) or any(way(value) for way in ways)

    def _month(self, value: str) -> bool:
        """Whether a value is a month that the user said by its name: `2026-09` for *the September statement*."""
        found = _MONTH.fullmatch(value)
        name = calendar.month_name[int(found["month"])].lower() if found is not None else ""
        # *You may pay it* says no month.
        if found is None or not self.any_of((name,) if name != "may" else _IN_MAY):
            return False
        years = {number for number in self.numbers if number in _YEARS}
        return not years or float(found["year"]) in years

    def _spelled(self, value: str) -> bool:
        """Whether the user said a value with digits in other groups, from the beginning of a word to an end of one."""
        short = "" if value.startswith("-") else texts.compact(value)
        at = self._compact.find(short) if len(short) >= 8 and _DIGITS.search(short) else -1
        while at >= 0:
            if {at, at + len(short)} <= self._edges:
                return True
            at = self._compact.find(short, at + 1)
        return False

    def states(self, state: str, /, *, done: bool) -> bool:
        """Whether the user said a state, as it stands or in its words (`waiting_parts`: *waiting for parts*).

        One that is denied is none (*not retired*), nor is one that is `done` where they only tell of it (*was denied*).
        """
        said = self._ordered if done else self._text if _NOT.search(state) else self._named
        plain = state.isalpha() and self.ordered(state)
        quoted = any(texts.contains(one, state) for one in self.quoted)
        return plain or quoted or texts.contains(said, state) or ("_" in state and self._spells(said, state.split("_")))

    def _spells(self, text: str, words: Sequence[str]) -> bool:
        """Whether a text has a few words one behind another, with one little word between them at most."""
        if len(words) > _FEW:
            return False
        between = r" (?:(?:a|an|the|for|of|in|on|to|at|by|with) )?"
        return re.search(rf"\b{between.join(map(re.escape, words))}\b", text) is not None

    def number(self, value: str, /) -> bool:
        """Whether a value is a number that the user named."""
        found = figures.amount(value)
        plain = sum(map(str.isdigit, value)) <= _EXACT and (
            "%" not in value or self.any_of(("percent", "per cent", "%"))
        )
        written = {float(count) for count, word in enumerate(_COUNTS, 2) if word in self._tokens}
        return plain and found is not None and (found in self.numbers or found in written)

    def day(self, value: str, /) -> bool:
        """Whether a value is a day that the user named, with or without its year."""
        found = texts.dates(value)
        return bool(found) and all(map(self.said_day, found))

    def said_day(self, day: tuple[int, int, int], /) -> bool:
        """Whether the user named a day, with or without its year."""
        known = self._dates
        return day in known or (0, *day[1:]) in known or (not day[0] and any(one[1:] == day[1:] for one in known))

    @property
    def apart(self) -> frozenset[int]:
        """How many days from another the user said that a day is: one, a week, or a number of days."""
        apart = {7} if self.any_of(("a week", "one week", "week before", "week after")) else set()
        apart |= {1} if self.any_of(_A_DAY) else set()
        if self.any_of(("day", "night")):
            apart |= {int(number) for number in self.numbers if 0 < number <= 60}
        return frozenset(apart)

    def near_day(
        self, days: frozenset[tuple[int, int, int]], others: frozenset[tuple[int, int, int]] = frozenset(), /
    ) -> bool:
        """Whether a day is as far from one that the user named, or from one of the others, as the user said."""
        apart = self.apart
        return any(
            abs((date(year or found[0], *rest) - date(*found)).days) in apart
            for found in days
            for year, *rest in (*self._dates, *others)
            if found[0] and texts.possible(year or found[0], *rest)
        )

    @property
    def days(self) -> bool:
        """Whether the user named any day."""
        return bool(self._dates)

    def link(self, link: str, /) -> bool:
        """Whether the user named a link."""
        return link in self._links

    def any_of(self, words: Iterable[str], /) -> bool:
        """Whether the user said one of these words, in any form; those of several parts as they stand."""
        return any(self._says(word) for word in words)

    def _says(self, word: str) -> bool:
        if "..." in word:
            return _gap(word).search(self._text) is not None
        return texts.contains(self._text, word) if " " in word or "-" in word else texts.stem(word) in self.stems

    def ordered(self, state: str, /) -> bool:
        """Whether a state is what the user wanted done, as in `APPROVED` by *approve it*; not what they told of."""
        words = {texts.stem(word) for word in self._doing & asking().plain}
        approves, denies = asking().verdicts
        for name, same in zip(VERDICTS, (approves, denies), strict=True):
            phrases = (word for doing in asking().doing if doing.name == name for word in doing.words if " " in word)
            words |= same if words & same or any(map(self._wants, phrases)) else frozenset()
        words |= denies if approves & self._unwanted else frozenset()
        return bool(state) and all(texts.stem(word) in words for word in words_of(state))

    def ruled(self, flag: Iterable[str], /) -> bool | None:
        """Returns what a flag of a verdict has to be by the user's words, None where they leave it open."""
        approves, denies = asking().verdicts
        stems = {texts.stem(word) for word in flag}
        approved, denied = self.ordered("approve"), self.ordered("deny") or bool(stems & self._unwanted)
        if approved and denied:
            return None
        if stems & denies:
            return denied if approved or denied else None
        said = bool(stems & self.stems) or (approved and bool(stems & approves))
        return False if denied else True if said else None

    def does(self, verb: str, /) -> bool:
        """Whether the user asked for a doing, by its verb: a verdict by a word for just that verdict."""
        approves, denies = asking().verdicts
        stem = texts.stem(verb)
        if stem in approves or stem in denies:
            return self.ordered(verb)
        doings = (doing for doing in asking().doing if verb in doing.tools)
        return self._wants(verb) or any(self._wants(word) for doing in doings for word in doing.words)

    def all_of(self, manifest: Manifest, /) -> bool:
        """Whether the user spoke of all of what a tool lists: `every channel`, `all pending claims`, `everybody`."""
        names = {texts.stem(singular(part)) for word in asking().names(manifest) for part in word.split()}
        if manifest.source is Source.PARTY:
            names |= {texts.stem(word) for word in asking().everybody.words}
        return bool(names & self._all_of)

    def content(self, text: str, /) -> tuple[int, int]:
        """Returns how many words that mean something a normal text has, and how many of them the user said."""
        words = {word for word in texts.tokens(text) if word not in self._stop and (len(word) > 2 or word.isdigit())}
        return len(words), sum(1 for word in words if word in self._tokens or texts.stem(word) in self.stems)

    def state(self, text: str, /) -> bool:
        """Whether the user said a state or a kind such as `overdue` or `no_show`."""
        words = texts.tokens(text)
        plain = len(text) >= _LEAST and all(map(str.isalpha, words)) and not self._stop.issuperset(words)
        return plain and self.say(" ".join(words))

    def picks(self, kind: str, /) -> bool:
        """Whether the user said a kind such as `left`; one that names a thing as well, where they don't speak of that.

        Whoever reads a fax has not said that something is to be faxed.
        """
        text, said = self._text.replace("e-mail", "email"), " ".join(texts.tokens(kind))
        spoken = kind not in asking().things.words or kind in self._doing
        ways = (f"by {said}", f"via {said}", *([said] if spoken else []))
        return len(kind) >= _LEAST and said not in self._stop and any(texts.contains(text, way) for way in ways)

    def head(self, name: str, /) -> str:
        """Returns the first word of a normal name where the user said it, and it is a name by itself: in no table."""
        first = next((word for word in texts.tokens(name) if word not in self._stop), "")
        alone = len(first) >= _HEAD and first.isalpha() and first in self._tokens and not known(first)
        return first if alone else ""

    def tail(self, name: str, /) -> str:
        """Returns the last word of a normal name of several, where the user said it and it is in no table: *Birch*."""
        words = texts.tokens(name)
        last = words[-1] if len(words) > 1 else ""
        return last if len(last) >= _LEAST and last.isalpha() and last in self._tokens and not known(last) else ""

    def asks_for(self, manifest: Manifest, others: Iterable[Manifest], /, *, named: bool = False) -> bool:
        """Whether the user's words ask for a tool: its doing, and not rather for another tool that does the same.

        `named` says that they name the thing that it is called for.
        """
        doings = asking().doings(manifest)
        wanted = {word for doing in doings for word in doing.words if self._wants(word) and self._meets(word, manifest)}
        if not wanted and not any(self._wants(verb) and self._meets(verb, manifest) for verb in manifest.verbs):
            return False
        if named or not manifest.nouns or self.mentions(manifest) or self._by(manifest):
            return True
        own = {verb for verb in manifest.verbs if verb not in asking().common.words and self._wants(verb)}
        if own or self._answers(manifest):
            others = [other for other in others if own.intersection(other.verbs)]
        if manifest.effects == _FETCHING:
            # A visit, or what is open, is no page.
            return bool(self._links)
        return not any(
            other.name != manifest.name and _explains(other, doings, wanted) and self.mentions(other)
            for other in others
        )

    def _meets(self, word: str, manifest: Manifest) -> bool:
        """Whether a word for a doing is said of what a tool is about, where what is done is done to that as a whole."""
        doings = [doing for doing in asking().doings(manifest) if word in doing.words or word in manifest.verbs]
        if not word.isalpha() or not manifest.nouns or not doings or not all(doing.whole for doing in doings):
            return True
        return reaches(self._ordered, word, asking().names(manifest))

    def directs(self, value: str, /) -> bool:
        """Whether the user said to which address or number something goes, where another such one is looked at."""
        if "@" in value:
            return bool(self.addresses)
        many = len(_DIGITS.findall(value))
        return many > _NEAR and any(len(_DIGITS.findall(said)) == many for said in _DIRECTED.findall(self._named))

    def astray(self, manifest: Manifest, value: str, /) -> bool:
        """Whether the user named a number or an address only for something else, and another for what a tool does."""
        named = self.say(value) and not any(value in one for one in self.quoted)
        return named and astray(self._ordered, value, _asking(manifest))

    def own(self, manifest: Manifest, /, *, receiving: bool = False) -> str:
        """Returns what is said where a tool's doing is asked for, or who receives; nothing where that is all."""
        said = own(self._ordered, _asking(manifest))
        said = addressed(said) if receiving else said
        return said if texts.tokens(said) != texts.tokens(self._text) else ""

    def fits(self, manifest: Manifest, value: str, /) -> bool:
        """Whether how much a value says is within what the user said where a tool's doing is asked for."""
        key = (self.version, manifest.doing)
        if key not in self._told:
            self._told = {key: figures.told(self.own(manifest) or self._text)}
        return self._told[key].fits(value)

    def _answers(self, manifest: Manifest) -> bool:
        """Whether a tool answers somebody, and the user wants that."""
        answering = asking().answering.words
        return not set(answering).isdisjoint(manifest.verbs) and any(self._wants(word) for word in answering)

    def _by(self, manifest: Manifest) -> bool:
        """Whether the user named the way that a tool takes: *ask them by e-mail*, *write to her*."""
        named, writing = self._ordered.replace("e-mail", "email"), asking().writing
        if set(writing.sent) & set(manifest.nouns) and any(map(self._wants, writing.words)):
            return True
        return any(texts.contains(named, f"{by} {verb}") for verb in manifest.verbs for by in ("by", "via"))

    def _wants(self, word: str) -> bool:
        """Whether the user used a word for a doing, and not for the thing that it names too."""
        if word in asking().things.words:
            return word in self._doing
        if "..." in word:
            return _gap(word).search(_RELATIVE.sub("", self._ordered)) is not None
        return texts.contains(self._ordered, word) if " " in word or "-" in word else texts.stem(word) in self._wanted

    def mentions(self, manifest: Manifest, /) -> bool:
        """Whether the user speaks of what a tool is about."""
        return any(
            texts.stem(singular(word)) in self.stems if " " not in word else texts.contains(self._text, word)
            for word in asking().names(manifest)
        )
