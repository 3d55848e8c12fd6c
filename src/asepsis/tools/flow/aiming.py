"""What a doing is said of, of several numbers, addresses or choices.

*Approve PA-1 and tell me about PA-2* approves no PA-2; *show the largest claim and deny the smallest* denies one.

The user's words are cut where a doing or a reading begins (*and tell*), and where something is said beside it (*, it
was*, *after*, *; PA-2 can wait*). A number behind another doing is that one's, where this doing has a number of the
same form behind it; one in a part that nothing leads, and that tells nothing (*PA-2, too*), is anybody's. *PA-1:
approve* is as *approve PA-1*.
"""

import functools
import re
from collections.abc import Collection
from typing import Final

from asepsis.tools.flow import texts
from asepsis.tools.flow.asking import asking
from asepsis.tools.flow.telling import SAID
from asepsis.tools.vocabulary import english, vocabulary

__all__ = ["astray", "own"]

_TOKEN: Final = re.compile(rf"[\w.%+-]+@[\w.-]*\w|[^\W_]+(?:[-_/.:#][^\W_]+)*|[.,;:!?\n()\u2026{SAID}]")
_LEADING: Final = frozenset(
    {"", *".,;:!?\n()", "and", "or", "then", "but", "please", "also", "you", "to", "just", "now", "first"}
)
_BESIDE: Final = frozenset(
    {"after", "before", "because", "since", "while", "when", "unless", "until", "if", "although", "though"}
)
_SUBJECTS: Final = frozenset({"it", "it's", "its", "he", "she", "they", "we", "i", "which", "who", "this", "that"})
_ENDS: Final = frozenset(".!?\n;")
_PAUSES: Final = frozenset(",:()") | _ENDS
_TELLING: Final = frozenset(
    {
        SAID, "is", "isn", "are", "aren", "was", "were", "has", "have", "had", "can", "cannot", "could", "will",
        "would", "may", "might", "does", "did", "needs", "stays", "remains", "waits", "goes", "comes",
        "came", "got", "gets", "keeps", "seems", "looks", "wants", "says", "said", "thinks", "knows", "lives",
    }
)  # fmt: skip
_NOT_TOLD: Final = frozenset(
    {"that", "which", "who", "whichever", "whoever", "whatever", "what", "the", "a", "an", "be", "been", "you", "s"}
    | {"should", "must", "to"}
)
"""Behind these something tells which one is meant (*that is open*), or is a thing's (*the denied claim*)."""

_BEHIND_TOLD: Final = frozenset(
    {"", "about", "for", "to", "in", "on", "by", "at", "from", "with", "it", "us", "me", "him", "her", "them", "that"}
    | {"again", "yesterday", "today", "already", "twice"}
)
_ASKING_FOR: Final = frozenset({"as", "with", "for", "from", "of", "by", "and", "about", "on", "in", "named", "called"})
_ASKED: Final = frozenset({"you", "please", "be", "let"})
_DIGITS: Final = re.compile(r"\d+")
_LETTERS: Final = re.compile(r"[^\W\d]")
_SHORT: Final = 3
_OTHER: Final = "\0"


def astray(text: str, value: str, words: Collection[str], /) -> bool:
    """Whether a number or an address is only said where something else is asked for, and another for these doings."""
    value = value if "@" in value else texts.compact(value)
    form = _form(value)
    if not form:
        return False
    stems = {texts.stem(word.split()[0]) for word in words}
    mine: set[str] = set()
    rest: set[str] = set()
    for lead, said, _ in _parts(text):
        (mine if lead in stems else rest if not lead else set()).update(one for one in said if _form(one) == form)
    return bool(mine) and value not in mine | rest


def own(text: str, words: Collection[str], /) -> str:
    """Returns the parts of a text that these doings lead, with what goes on with them."""
    stems = {texts.stem(word.split()[0]) for word in words}
    mine: list[str] = []
    led = False
    for lead, _, said in _parts(text):
        led = lead in stems if lead not in {"", _OTHER} else led
        if led and lead != _OTHER:
            mine.append(said)
    return " \n ".join(mine).strip()


def _form(value: str) -> str:
    """The form of a number or an address: its letters, with a 9 for its digits; empty for anything else."""
    if "@" in value:
        return "@"
    if value.isdigit():
        return "9" * len(value) if len(value) > _SHORT else ""
    return _DIGITS.sub("9", value) if _DIGITS.search(value) and _LETTERS.search(value) else ""


@functools.lru_cache(maxsize=64)
def _parts(text: str) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    """The parts of a normal text: what leads each, what with digits or an `@` is said in it, and its text."""
    found = list(_TOKEN.finditer(text))
    words = [one[0] for one in found]
    cuts: list[tuple[str, int]] = [("", 0)]
    pause = 0
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        if (before in _LEADING or _said_behind(words, at)) and (stem := _leads(word)):
            behind = before == ":" or before not in _LEADING
            cuts.append((stem, max(pause, cuts[-1][1]) if behind and cuts[-1][0] != _OTHER else at))
        elif _is_beside(words, at):
            cuts.append((_OTHER, at))
        elif word in _ENDS:
            cuts.append(("", at))
        pause = at + 1 if word in _PAUSES - {":"} else pause
    ends = [*(at for _, at in cuts[1:]), len(words)]
    starts = [found[at].start() if at < len(found) else len(text) for _, at in cuts]
    stops = [*starts[1:], len(text)]
    return tuple(
        (lead, tuple(map(_compact, filter(_numbered, words[at:end]))), text[start:stop])
        for (lead, at), end, start, stop in zip(cuts, ends, starts, stops, strict=True)
    )


def _is_beside(words: list[str], at: int) -> bool:
    """Whether something begins here that is said beside what is to be done."""
    word, before = words[at], words[at - 1] if at else "\n"
    return word in _BESIDE or (before in {",", ";"} and word in _SUBJECTS) or (before in _PAUSES and _tells(words, at))


def _said_behind(words: list[str], at: int) -> bool:
    """Whether a word is said of the number before it and ends what is said of that: *PA-1 approve, PA-3 deny*."""
    return at > 0 and _numbered(words[at - 1]) and (at + 1 == len(words) or words[at + 1] in _PAUSES)


def _tells(words: list[str], at: int) -> bool:
    """Whether what begins here, up to the next pause, tells of something and orders nothing: *PA-2 can wait*."""
    end = next((to for to in range(at, len(words)) if words[to] in _PAUSES), len(words))
    said = words[at:end]
    return _ASKED.isdisjoint(said) and any(
        (word in _TELLING or _was(said, to + 1)) and said[to] not in _NOT_TOLD for to, word in enumerate(said[1:])
    )


def _was(words: list[str], at: int) -> bool:
    """Whether a word tells what somebody did: *Ann called about it*."""
    follows = words[at + 1] if at + 1 < len(words) else ""
    done = words[at] == "\u2026" or (words[at].endswith("ed") and len(words[at]) > _SHORT)
    return done and follows in _BEHIND_TOLD and words[at - 1] not in _ASKING_FOR


def _numbered(word: str) -> bool:
    return "@" in word or _DIGITS.search(word) is not None


def _compact(word: str) -> str:
    return word if "@" in word else texts.compact(word)


def _leads(word: str) -> str:
    """The stem of a word that is a doing or a reading in its plain form; empty for any other."""
    plain = english(word) or word
    return texts.stem(plain) if plain in _doings() else ""


@functools.cache
def _doings() -> frozenset[str]:
    """The first words of all that users ask for."""
    asked = (word for doing in asking().doing for word in doing.words)
    done = (word for said in vocabulary().effects.values() for word in said)
    return frozenset(word.split()[0] for word in (*asked, *done))
