"""What the user asked for, turn by turn: an order is given in its own words, until it is taken back.

| a turn | counts |
| --- | --- |
| begins something: it asks, or wants something shown or done | by itself |
| answers: a few words that ask for nothing | as the end of the turn before it |
| takes back: *stop*, *never mind*, *don't delete it* | and nothing before it is ordered any more |

So what a later turn only asks about is nothing that an earlier one orders, and the other way round: *delete the fax
about the knee*, and then *what does fax-2 say?*, delete no fax-2. Where all that a turn says of a call is the doing
and its thing (*delete it*, *now approve the authorization*), what was said before may say which one is meant.
"""

import functools
import re
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from asepsis.tools.flow import negating, texts
from asepsis.tools.flow.asking import asking
from asepsis.tools.flow.rules import Rules
from asepsis.tools.flow.seen import Seen
from asepsis.tools.flow.words import Words
from asepsis.tools.types import Manifest
from asepsis.tools.vocabulary import english, singular, vocabulary

__all__ = ["Turn", "Turns", "takes_back"]

_OPEN: Final = 4
"""How many turns stay in force, each in its own words: an agent may still be at what was asked for before."""

_CONTEXT: Final = 16
"""How much of what was said before may say which thing a turn means."""

_SHIFT: Final = 32
_BRIEF: Final = 8
_TAKING_BACK: Final = re.compile(
    r"^(?:(?:oh|ah|hey|ok|okay|please|sorry|hmm|well|and|but)[,.!]* )*(?:no|nope|stop|wait|hold (?:on|off|it|that)"
    r"|please hold|on hold|halt|abort|undo|cancel (?:that|it|this|everything|all)|cancel(?=[.!]*$)|actually|not|oops"
    r"|nvm|(?:scratch|scrap|strike|withdraw|retract|revoke|belay|skip|ignore) (?:that|it|this)|don['\u2019]?t|do not"
    r"|(?:let['\u2019]?s |we )?skip\b|(?:the )?other (?:one|person|member|patient)|i meant|let me think)\b"
    r"|\b(?:never ?mind|forget (?:it|that|about|everything|the|what)|changed (?:my|our) minds?|on second thoughts?"
    r"|leave (?:it|that|them|everything|the)\b|(?:that|it) (?:was|is) (?:a mistake|wrong)|disregard"
    r"|ignore (?:that|what|(?:my|the) (?:last|previous))|take (?:that|it|this|everything) back|rather not|not yet"
    r"|wrong (?:one|person|member|patient|claim|account|name)|keep (?:it|that|this)(?=[.!]*$)"
    r"|(?:think|wait) (?:about|with|on|for) (?:that|it|this)|keep (?:him|her|them)\b"
    r"|olv[i\u00ed]d[ae]\w*|d[e\u00e9]jal\w\b|mejor no)"
)
_ASKING: Final = frozenset(
    {
        "any", "are", "can", "could", "did", "does", "explain", "had", "has", "have", "how", "is", "read", "should",
        "summarize", "tell", "was", "were", "what", "when", "where", "which", "who", "whom", "whose", "why", "would",
    }
)  # fmt: skip
_DONE: Final = frozenset({"thanks", "thank", "thx", "great", "perfect", "good", "nice", "done", "gracias"})
_FILLING: Final = frozenset(
    {"now", "again", "too", "ok", "okay", "go", "ahead", "those", "these", "same", "thank", "please"}
)
_NUMBERED: Final = re.compile(r"\b[a-z]+[- ]?#?\d[\w-]*")
"""A thing by its number: *fax-1* asks for nothing to be faxed."""

_JOINING: Final = frozenset({"and", "then", "but", "or", "so", "please", "also", "you", "now"})
_PIECE: Final = re.compile(r"[.,:;!?\n]+|\b(?:and|then|but|or|so)\b")


class Turn:
    """One turn: what it says by itself, and what it and the turns before it name."""

    def __init__(self, number: int, seen: Seen, before: Sequence[str], whole: Words | None) -> None:
        self.words = Words(2 * number << _SHIFT)
        self.rules = Rules(self.words, seen)
        self._number = number
        self._seen = seen
        self._before = before
        self.said: list[str] = []
        self.made: set[str] = set()
        self.done: dict[tuple[str, ...], set[str]] = {}
        self._wide: tuple[Words, Rules] | None = None
        if whole is not None:
            self.words.leave_out(whole.left_out)

    def hear(self, text: str, /) -> None:
        """Adds to the turn."""
        self.words.hear(text)
        self.said.append(text)
        self._wide = None

    @property
    def recalls(self) -> bool:
        """Whether anything was said before the turn."""
        return bool(self._before)

    @property
    def wide(self) -> tuple[Words, Rules]:
        """The turn's words with what was named before it, and the rules by them; made where they are asked for."""
        if self._wide is None:
            words = Words(((2 * self._number + 1) << _SHIFT) + len(self.said) * _CONTEXT)
            for text in self._before:
                words.recall(text)
            for text in self.said:
                words.hear(text)
            words.leave_out(self.words.left_out)
            self._wide = words, Rules(words, self._seen)
        return self._wide

    def points_back(self, manifest: Manifest, values: Iterable[str], /) -> bool:
        """Whether all that the turn says of a call is its doing, its thing and these values.

        Whoever says more of the thing (*the fax about the knee*) has said which one they mean.
        """
        own = (
            asking().words_of(manifest)
            | {texts.stem(verb) for verb in manifest.verbs}
            | frozenset(texts.stem(word) for value in values for word in texts.tokens(value))
        )
        clauses = [_telling(clause) for clause in _clauses(texts.normal(". ".join(self.said)))]
        doings = {texts.stem(word) for doing in asking().doings(manifest) for word in doing.words if word.isalpha()}
        doings |= {texts.stem(verb) for verb in manifest.verbs}
        about = [words for words in clauses if not doings.isdisjoint(words)]
        return bool(about) and all(own.issuperset(words) for words in about)


class Turns:
    """All turns of a session."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._seen.said = lambda text: self.words.say(text)  # noqa: PLW0108 the words are others once there are turns
        self._said: deque[str] = deque(maxlen=_CONTEXT)
        self._turns: list[Turn] = []
        self._newest = Turn(0, seen, (), None)
        self._whole: Words | None = None
        self._rules: Rules | None = None
        self._count = 0

    @property
    def words(self) -> Words:
        """All that the user said, whatever it orders by now."""
        return self._whole or self._newest.words

    @property
    def rules(self) -> Rules:
        """The rules by all of it."""
        return self._rules or self._newest.rules

    @property
    def open(self) -> list[Turn]:
        """The turns that are in force, the newest first; there is always one."""
        return [self._newest, *reversed(self._turns)]

    def hear(self, text: str, /) -> None:
        """Takes what the user said next."""
        self._seen.spell(text)
        back = bool(self._said) and takes_back(text)
        if self._said and (back or not _answers(texts.normal(text))):
            self._begin(back=back)
        self._newest.hear(text)
        if self._whole is not None:
            self._whole.hear(text)
        self._said.append(text)
        self._seen.hear()

    def _begin(self, *, back: bool) -> None:
        if self._whole is None:
            self._whole = Words(-1 << _SHIFT)
            self._rules = Rules(self._whole, self._seen)
            for text in self._newest.said:  # there is no other turn so far
                self._whole.hear(text)
        self._turns = [] if back else [*self._turns, self._newest][-_OPEN:]
        self._count += 1
        self._newest = Turn(self._count, self._seen, tuple(self._said), self._whole)


def takes_back(said: str, /) -> bool:
    """Whether what somebody says takes back what they ordered before: in so many words, or as it denies a doing."""
    text = texts.normal(said)
    if _TAKING_BACK.search(text):
        return True
    denied = [texts.stem(word) for word in texts.tokens(negating.apart(text)[1])]
    return not _doings().isdisjoint(denied)


def _answers(text: str) -> bool:
    """Whether a normal text is a few words that ask for nothing, as whoever was asked for an address says one."""
    words = [form for word in texts.tokens(_NUMBERED.sub(" ", text)) for form in (word, english(word)) if form]
    stems = {texts.stem(word) for word in words}
    asks = "?" in text or not _ASKING.isdisjoint(words) or not _DONE.isdisjoint(words)
    return not asks and len(texts.tokens(text)) <= _BRIEF and stems.isdisjoint(_doings() | _readings())


def _clauses(text: str) -> list[str]:
    """The clauses of a text, each with what goes on with it (*delete it, and the one of Birch*)."""
    found: list[str] = []
    for piece in _PIECE.split(text):
        words = [word for word in texts.tokens(piece) if word not in _JOINING]
        if found and words and texts.stem(words[0]) not in _doings() | _readings():
            found[-1] += f" {piece}"
        elif words:
            found.append(piece)
    return found


def _telling(clause: str) -> frozenset[str]:
    """The stems of the words of a clause that say something."""
    stop = asking().stop.words
    return frozenset(texts.stem(singular(word)) for word in texts.tokens(clause) if word not in stop) - _FILLING


@functools.cache
def _doings() -> frozenset[str]:
    return frozenset(map(texts.stem, asking().plain))


@functools.cache
def _readings() -> frozenset[str]:
    return frozenset(map(texts.stem, vocabulary().effects["read"]))
