"""What speaks against a call by a model that may be hostile: nothing of one turn of the user's asks for all of it.

The doing, what it is done to and who receives have to be of one turn. What was said before it may say which thing is
meant, where the turn itself does not: not for a part that the turn speaks for. A text, a time or a link is held against
all that the user said. What a turn orders is carried out once it was done and the user went on to something else: after
that it orders no more of it, but for all that there are, and for what it names and was not done to.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from asepsis.tools.flow import figures, texts
from asepsis.tools.flow.asking import asking
from asepsis.tools.flow.orders import once, pays, same
from asepsis.tools.flow.pairing import parted
from asepsis.tools.flow.rules import LASTING, Rules
from asepsis.tools.flow.turns import Turn, Turns
from asepsis.tools.flow.types import Doubt, Given, Rule
from asepsis.tools.flow.words import Words
from asepsis.tools.types import Argument, ArgumentRole, Manifest
from asepsis.tools.vocabulary import singular

__all__ = ["Steering"]

_THINGS: Final = frozenset({ArgumentRole.OBJECT, ArgumentRole.SUBJECT})
_AIMED: Final = _THINGS | {ArgumentRole.DESTINATION}
_MEANT: Final = _AIMED | {ArgumentRole.VALUE, ArgumentRole.SECRET, ArgumentRole.CODE}


class Steering:
    """Answers for one session."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._doing: tuple[Manifest, ...] = ()
        self._wants: dict[tuple[int, tuple[str, ...], bool], bool] = {}
        self._begun: dict[str, list[Turn]] = {}

    def know(self, doing: tuple[Manifest, ...], /) -> None:
        """Takes which tools there are that do something."""
        self._doing = doing
        self._wants.clear()

    def begun(self, call: str, /) -> None:
        """Takes it that a call is made that is asked for once (`once`)."""
        new = [turn for turn in self._turns.open if not _has_made(turn, call)]
        for turn in new:
            turn.made.add(call)
        if new:
            self._begun[call] = new

    def unmake(self, call: str, /) -> None:
        """Takes it that a call that began was not made: the turns order it as they did before."""
        for turn in self._begun.pop(call, ()):
            turn.made.discard(call)

    def made(self, manifest: Manifest, given: Sequence[Given], /) -> None:
        """Takes it that a call was made, by the newest turn that asks for its tool."""
        call = once(manifest, given)
        if call:
            self.begun(call)
            self._begun.pop(call, None)
        for turn in self._turns.open:
            if self._asked(turn.words, manifest, named=True):
                turn.done.setdefault(manifest.doing, set()).update(_aims(given))
                return

    def unmade(self, call: str, /) -> bool:
        """Whether a call may still be made as it was asked for."""
        return any(not _has_made(turn, call) for turn in self._turns.open)

    def doubts(self, manifest: Manifest, given: Sequence[Given], /, *, intent: bool) -> list[Doubt]:
        """Returns the doubts of the turn that speaks best for a call; with `intent` it has to ask for the tool, too."""
        call = once(manifest, given) if intent else ""
        loose = {
            at: self._turns.rules.doubt(manifest, one.part, one.value)
            for at, one in enumerate(given)
            if one.part.role not in _MEANT and not one.planned
        }
        best: list[Doubt] | None = None
        for turn in self._turns.open:
            found = self._by(turn, manifest, given, intent=intent)
            missing = [Doubt(Rule.INTENT)] if found[0] else []
            held = found[1] | loose
            missing += [Doubt(Rule.AGAIN)] if _has_made(turn, call) or self._carried_out(turn, manifest, given) else []
            missing += _unbounded(turn.words, manifest, given) + _parted(turn, manifest, given)
            doubts = missing + [doubt for at in sorted(held) if (doubt := held[at])]
            best = doubts if best is None or len(doubts) < len(best) else best
            if not best:
                break
        return best or []

    def _by(
        self, turn: Turn, manifest: Manifest, given: Sequence[Given], *, intent: bool
    ) -> tuple[bool, dict[int, Doubt | None]]:
        """Whether a turn does not ask for the tool, and the doubts about what is meant, by their numbers."""
        meant = {at: one for at, one in enumerate(given) if one.part.role in _MEANT and not one.planned}
        aims = _narrowed(manifest, given)
        own = {at: _doubt(turn.rules, manifest, one, aims) for at, one in meant.items()}
        chosen = any(given[at].part.role in _THINGS and doubt is None for at, doubt in own.items() if given[at].text)
        missing = intent and not self._wanted(turn.words, turn.rules, manifest, given, chosen=chosen)
        values = (one.text for one in given if one.part.role in _MEANT and turn.words.say(one.text))
        doubted = missing or any(own.values())
        if not (doubted and turn.recalls and turn.points_back(manifest, values)):
            return missing, own
        words, rules = turn.wide
        settled = {_kind(one.part) for at, one in meant.items() if one.text and own[at] is None}
        wide = {
            at: _doubt(rules, manifest, one, aims) if _kind(one.part) not in settled else own[at]
            for at, one in meant.items()
        }
        return intent and not self._wanted(words, rules, manifest, given), wide

    def _carried_out(self, turn: Turn, manifest: Manifest, given: Sequence[Given]) -> bool:
        """Whether a turn's order was carried out before the user went on to something else, and this is more of it."""
        done = turn.done.get(manifest.doing)
        if done is None or turn is self._turns.open[0] or turn.words.all_of(manifest):
            return False
        return not any(one not in done and turn.words.say(one) for one in _aims(given))

    def _wanted(
        self, words: Words, rules: Rules, manifest: Manifest, given: Sequence[Given], *, chosen: bool = False
    ) -> bool:
        """Whether words ask for the tool, or for what a value of the call says is done to its thing.

        That is the action, too, that a tool runs on a thing which the words have `chosen`, whatever the tool is called.
        """
        things = [one for one in given if one.part.role in _THINGS and words.say(one.text)]
        # Whoever says the number of a thing speaks of it: *put RX-90331 on hold*.
        numbered = any(
            one.part.role is ArgumentRole.OBJECT and len(one.text) > 3 and any(map(str.isdigit, one.text))
            for one in things
        )
        if self._asked(words, manifest, named=numbered):
            return True
        spoken = bool(things) or words.mentions(manifest)
        return any((spoken or (chosen and one.part.reads)) and rules.orders(one.part, one.text) for one in given)

    def _asked(self, words: Words, manifest: Manifest, *, named: bool) -> bool:
        """Whether words ask for a tool; worked out once, until something else is said."""
        key = (words.version, manifest.doing, named)
        known = self._wants.get(key)
        if known is None:
            known = self._wants[key] = words.asks_for(manifest, self._doing, named=named)
        return known


def _has_made(turn: Turn, call: str) -> bool:
    """Whether a call was made, or is being made, for what a turn asks for."""
    if not pays(call):
        return call in turn.made
    return any(same(turn.words, call, made) for made in turn.made if pays(made))


def _doubt(rules: Rules, manifest: Manifest, one: Given, aims: dict[ArgumentRole, Manifest]) -> Doubt | None:
    """The doubt about a value, by the tool and by what the call does with it."""
    doubt = rules.doubt(manifest, one.part, one.value)
    narrow = aims.get(one.part.role)
    return doubt if doubt is not None or narrow is None else rules.doubt(narrow, one.part, one.value)


def _parted(turn: Turn, manifest: Manifest, given: Sequence[Given]) -> list[Doubt]:
    """The doubts about states and amounts that the user said of other things, and others of these."""
    aims = [one.text for one in given if one.part.role in _AIMED and one.text]
    amounts = [one for one in given if one.part.role is ArgumentRole.VALUE and once(manifest, given)]
    apart = [one for one in amounts if (many := figures.amount(one.text)) is not None and turn.rules.apart(aims, many)]
    things = [one.text for one in given if one.part.role in _THINGS and any(map(str.isdigit, one.text))]
    states = [one for one in given if one.part.role is ArgumentRole.VALUE and one.part.means] if things else []
    apart += [one for one in states if parted(turn.words.text, things, one.part, one.text)]
    return [Doubt(Rule.VALUE, one.part.path, one.part.role) for one in apart]


def _aims(given: Sequence[Given]) -> set[str]:
    """What a call is done to, and who receives."""
    return {one.text for one in given if one.part.role in _AIMED and one.text}


def _unbounded(words: Words, manifest: Manifest, given: Sequence[Given]) -> list[Doubt]:
    """The doubt about a call that can't be undone and says of no thing: it may be done to all that there are.

    Whoever spoke of all, and of no more than their name, means that.
    """
    things = [part.path for part in manifest.arguments if part.role in _THINGS]
    paid = any(one.text and one.part.role is ArgumentRole.DESTINATION for one in given)
    if not things or not manifest.effects & LASTING or any(_bounds(words, manifest, one, paid=paid) for one in given):
        return []
    names = asking().names(manifest)
    narrowed = (word for word in words.narrowing if word not in asking().stop.words)
    meant = words.all_of(manifest) and all(names & {word, singular(word)} for word in narrowed)
    return [] if meant else [Doubt(Rule.OBJECT, things[0], ArgumentRole.OBJECT)]


def _bounds(words: Words, manifest: Manifest, one: Given, *, paid: bool) -> bool:
    """Whether a value says what a call is about: a thing, what things are picked by, what is said, or paid to whom."""
    if not one.text or isinstance(one.value, bool) or one.value in one.part.values:
        return False
    if isinstance(one.value, int | float) and one.part.role is ArgumentRole.VALUE:
        return paid
    if one.part.role is ArgumentRole.TEXT:
        return not any(doing.whole for doing in asking().doings(manifest))
    return one.part.role in _MEANT - {ArgumentRole.DESTINATION} or words.day(one.text)


def _narrowed(manifest: Manifest, given: Sequence[Given]) -> dict[ArgumentRole, Manifest]:
    """The tool as it is for what it is done to, where a value says what is done: to record a *denied* is to deny."""
    done = tuple(verb for one in given for value, verb in one.part.means if texts.normal(value) == one.text)
    if not done:
        return {}
    narrow = msgspec.structs.replace(manifest, verbs=done)
    return dict.fromkeys(_AIMED, narrow)


def _kind(part: Argument) -> str:
    """What is settled together: all who receive, all things, and each value by itself."""
    return part.path if part.role is ArgumentRole.VALUE else part.role.value
