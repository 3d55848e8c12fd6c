"""The flow monitor of one session: it hears the user, sees results, and decides on calls.

It takes the model for hostile from the first untrusted word that a result held. From then on a call that does
anything needs a reason outside the model: the user's words, or what those choose, or a plan that was sealed before. The
monitor reads no clock, draws no number and calls nobody; the same session gives the same answers.
"""

import functools
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from asepsis.core.errors import InputError
from asepsis.core.labels import Category, Label, SubjectRef
from asepsis.core.plans import Plan
from asepsis.core.types import Verdict
from asepsis.tools.flow import texts
from asepsis.tools.flow.clearance import Declassified, Mark
from asepsis.tools.flow.inside import part_of, parts_of
from asepsis.tools.flow.orders import once
from asepsis.tools.flow.plans import STEP, Sealed
from asepsis.tools.flow.provenance import Resting, resting
from asepsis.tools.flow.seen import Seen, text_of
from asepsis.tools.flow.steering import Steering
from asepsis.tools.flow.turns import Turns
from asepsis.tools.flow.types import Doubt, Flow, Given, Proposal, Rule
from asepsis.tools.shapes import Leaf, leaves
from asepsis.tools.types import ArgumentRole, Effect, Json, Manifest
from asepsis.tools.vocabulary import words_of

__all__ = ["Monitor"]

_MAX_ARGUMENTS: Final = 2_000
_NOBODY: Final = Manifest("nobody", "", frozenset())
_SHOWING: Final = frozenset({"limit", "max", "offset", "page", "size", "skip", "top"})
_PASSING: Final = frozenset({"offset", "page", "skip"})
_NAMING: Final = frozenset({"id", "ids", "identifier", "key", "no", "ref", "reference"})
_REPEATS: Final = 25
_FINAL: Final = frozenset({Rule.UNKNOWN, Rule.UNREADABLE, Rule.BUDGET, Rule.LOOP})
_THINGS: Final = frozenset({ArgumentRole.OBJECT, ArgumentRole.SUBJECT})
_WORDS: Final = frozenset({ArgumentRole.TEXT, ArgumentRole.FREE, ArgumentRole.QUERY})
_PROPOSED: Final = frozenset({Rule.DESTINATION, Rule.OBJECT})


class Monitor:
    """Decides on the calls of one session; not for several threads at once."""

    def __init__(self, manifests: Iterable[Manifest], *, subject: Callable[[str], SubjectRef] | None = None) -> None:
        self._manifests: dict[str, Manifest] = {}
        self._seen = Seen()
        self._turns = Turns(self._seen)
        self._steering = Steering(self._turns)
        self.know(manifests)
        self._subject = subject or _plain
        self._mark = Mark(self._subject)
        self._named: dict[SubjectRef, str] = {}
        self._calls: Counter[str] = Counter()
        self._begun: Counter[str] = Counter()
        self._same: Counter[bytes] = Counter()
        self._reading = b""
        self._plan: Sealed | None = None
        self._within: Plan | None = None
        self._hidden: set[str] = set()
        self.forgot: Rule | None = None

    @property
    def untrusted(self) -> bool:
        """Whether something untrusted was read."""
        return self._seen.untrusted

    @property
    def heard(self) -> int:
        """How much the user has said; more than before once they say anything."""
        return self._turns.words.version

    @property
    def mark(self) -> Label:
        """The join of the labels of all that was read."""
        return self._mark.label

    @property
    def categories(self) -> frozenset[Category]:
        """The categories of the mark."""
        return self._mark.categories

    @property
    def subjects(self) -> frozenset[SubjectRef]:
        """Whom the mark is about."""
        return self._mark.subjects

    def know(self, manifests: Iterable[Manifest], /) -> None:
        """Takes which tools there are now, in the place of those that there were."""
        self._manifests = {manifest.name: manifest for manifest in manifests}
        self._steering.know(tuple(one for known in self._manifests.values() for one in known.doings))
        arguments = (part for one in self._manifests.values() for part in one.arguments if part.role in _THINGS)
        self._seen.keys = frozenset(part.path.rpartition(".")[2].strip("[]").casefold() for part in arguments)

    def hear(self, text: str, /) -> None:
        """Takes what the user said, where the caller vouches that it was the user."""
        self._turns.hear(text)
        self._same.clear()

    def manifest(self, tool: str, /) -> Manifest | None:
        """Returns a tool's manifest, None for one that nobody confirmed."""
        return self._manifests.get(tool)

    @property
    def open_to_plans(self) -> bool:
        """Whether a plan may still be put in force: nothing untrusted was read, and none is."""
        return not self._seen.untrusted and self._plan is None

    def seal(self, plan: Plan, /, *, within: Plan | None = None) -> bool:
        """Puts a plan in force, `within` that of a grant; whoever acts by this one acts by the plan.

        False, and nothing changes, once something untrusted was read or a plan is in force.
        """
        if not self.open_to_plans:
            return False
        self._plan, self._within = Sealed(plan, self._turns, self._seen), within
        return True

    def declassify(self, categories: Iterable[Category], reason: str, /) -> Declassified:
        """Takes categories off the session's mark for a person who may; returns what the ledger has to keep."""
        return self._mark.declassify(categories, reason)

    def budgeted(self, tool: str, /) -> bool:
        """Whether a tool may be called only so often in a session."""
        manifest = self._manifests.get(tool)
        return manifest is not None and bool(manifest.budget.calls)

    def has_place(self, tool: str, /) -> bool:
        """Whether a tool's budget has a place left."""
        manifest = self._manifests.get(tool)
        return manifest is not None and not self._spent(manifest)

    def once(self, tool: str, arguments: Mapping[str, Json], /, *, within: Plan | None = None) -> str:
        """Returns what tells a call from others, where it is made just as often as it was asked for, or planned.

        Empty for all others. What began before anything untrusted was read counts as well as what comes after.
        """
        manifest = self._manifests.get(tool)
        manifest = manifest and manifest.called_with(arguments)
        if manifest is None or manifest.reads_only:
            return ""
        given = _arguments(manifest, arguments) or []
        plan = self._in_force(within)
        return plan.step(tool, given) if plan is not None else once(manifest, _held(manifest, given))

    def unmade(self, call: str, /) -> bool:
        """Whether such a call may still begin: it did not so far, for what was asked or planned, or nobody may lie."""
        if not call or not self._seen.untrusted:
            return True
        return self._counting(call).unmade(call)

    def begin(self, tool: str, call: str = "", /) -> bool:
        """Takes a place in a tool's budget for a call that is about to be made; False where there is none left.

        Calls that run at the same time can't share one place, nor one order or step, whatever was decided on each.
        """
        if not (self.has_place(tool) and self.unmade(call)):
            return False
        self._begun[tool] = self._taken(tool) + 1
        if call:
            self._counting(call).begun(call)
        return True

    def unmake(self, tool: str, call: str = "", /) -> None:
        """Gives back what a call took when it began, which reached nobody."""
        self._begun[tool] = max(self._begun[tool] - 1, self._calls[tool])
        if call:
            self._counting(call).unmake(call)

    def see(
        self,
        tool: str,
        arguments: Mapping[str, Json],
        result: Json,
        /,
        *,
        manifest: Manifest | None = None,
        missed: bool = False,
    ) -> None:
        """Takes the result of a call that was made, by the manifest that the tool had then.

        One that was `missed` is known to have been there, and to have held all that it may have.
        """
        manifest = (manifest or self._manifests.get(tool) or Manifest(tool, "", frozenset())).called_with(arguments)
        given = _arguments(manifest, arguments) or []
        self._calls[tool] += 1
        if not manifest.reads_only:
            self._steering.made(manifest, _held(manifest, given))
        self._count(_fingerprint(tool, given), reads=manifest.reads_only)
        if self._plan is not None:
            self._plan.made(tool, given)
        asking = [leaf for leaf in given if not part_of(manifest, leaf).reads]
        asked = tuple(texts.normal(text_of(leaf.value)) for leaf in asking)
        sought = _sought(manifest, asking, asked)
        if not manifest.reads_only:
            told = zip(asking, asked, strict=True)
            self._seen.write(text for leaf, text in told if part_of(manifest, leaf).role in _WORDS)
        own = _own(manifest, asking, asked)
        add = functools.partial(self._seen.add, manifest, result, asked=asked, sought=sought, own=own)
        seen = self._seen.miss(manifest) if missed else add()
        subjects = self._about(manifest, given)
        self._mark.join(manifest, seen.place, categories=seen.categories, subjects=subjects)

    def forget(self, rule: Rule, /) -> None:
        """Takes it that all before is gone: whatever it may have been was read, and what it may have used is used.

        By `rule` whatever does something is asked about from now on.
        """
        self.forgot = rule
        self._seen.miss(_NOBODY)
        self._mark.join(_NOBODY, "what is gone", categories=frozenset(Category), subjects=())

    def overhear(self, text: str, /) -> None:
        """Takes words that came beside a result, from nobody who is known."""
        self._seen.add(_NOBODY, text)

    @property
    def results(self) -> int:
        """How many results there are."""
        return len(self._seen.results)

    def hide(self, since: int, /) -> None:
        """Takes it that the results since so many were not shown as they are."""
        self._hidden |= {one.place for one in self._seen.results[since:]}

    def told(self, flow: Flow, /) -> str:
        """Returns why a call is held up, for whoever made it.

        No place in what they were not shown: it would say that a guess was right.
        """
        doubts = tuple(
            msgspec.structs.replace(one, place="", source=None)
            if any(f"{one.place} ".startswith(f"{place} ") for place in self._hidden)
            else one
            for one in flow.doubts
        )
        return msgspec.structs.replace(flow, doubts=doubts).reason

    def sources(self, text: str, /) -> tuple[Resting, ...]:
        """Returns which sentences of an answer rest on what anybody may have written."""
        return resting(text, self._seen, self._turns.words) if self._seen.untrusted else ()

    def origins(self, tool: str, arguments: Mapping[str, Json], /) -> dict[str, str]:
        """Returns where the value of each argument comes from, by place alone, for people who have to decide."""
        manifest = self._manifests.get(tool) or Manifest(tool, "", frozenset())
        found = _arguments(manifest, arguments) or []
        return {leaf.place: self._origin(texts.normal(text_of(leaf.value))) for leaf in found}

    def _origin(self, text: str) -> str:
        spots = self._seen.equal(text) or self._seen.holding(text)
        read = next((spot for spot in spots if spot.source.untrusted), spots[0] if spots else None)
        if text and self._turns.words.say(text):
            return "the user's words" + (f", and {read.where}" if read is not None else "")
        if read is None:
            return "the model's own words"
        return f"{read.where}, {'untrusted' if read.source.untrusted else 'of a trusted source'}"

    def unreadable(self) -> Flow:
        """Returns what holds for a call whose arguments can't be read."""
        return _flow([Doubt(Rule.UNREADABLE)])

    def decide(self, tool: str, arguments: Mapping[str, Json], /, *, within: Plan | None = None) -> Flow:
        """Returns whether a call may be made, and what speaks against it.

        `within` is the plan of the caller's grant: a tool that does something and that it does not name is asked about
        whatever was read, and another plan, of an earlier grant, is no intent of this one's.
        """
        manifest = self._manifests.get(tool)
        if manifest is None:
            return _flow([Doubt(Rule.UNKNOWN)])
        manifest = manifest.called_with(arguments)
        given = _arguments(manifest, arguments)
        if given is None:
            return _flow([Doubt(Rule.UNREADABLE)])
        doubts = self._counted(manifest, given)
        doubts += self._mark.doubts(manifest, self._about(manifest, given), self._is_named)
        if not manifest.reads_only:
            unnamed = within is not None and all(step.tool != tool for step in within.steps)
            doubts += [Doubt(Rule.PLAN)] if unnamed else []
            doubts += [Doubt(self.forgot)] if self.forgot else []
            doubts += self._steered(manifest, given, within) if self._seen.untrusted else []
        return _flow(doubts, self._proposals(doubts))

    def _in_force(self, within: Plan | None) -> Sealed | None:
        """The plan that is the intent of who acts by `within`: that itself, or the one that was sealed within it."""
        return self._plan if self._plan is not None and within in (None, self._plan.plan, self._within) else None

    def _counting(self, call: str) -> Sealed | Steering:
        """Who counts a call that is made as often as it was planned, or asked for."""
        return self._plan if self._plan is not None and call.startswith(STEP) else self._steering

    def _spent(self, manifest: Manifest) -> bool:
        most = manifest.budget.calls
        return bool(most) and (self.forgot is not None or self._taken(manifest.name) >= most)

    def _taken(self, tool: str) -> int:
        return max(self._begun[tool], self._calls[tool])

    def _count(self, call: bytes, *, reads: bool) -> None:
        """Counts calls that are alike: those that read, in a row; those that do something, for what the user said."""
        if call != self._reading:
            self._same.pop(self._reading, None)
        self._reading = call if reads else b""
        self._same[call] += 1

    def _counted(self, manifest: Manifest, given: list[Leaf]) -> list[Doubt]:
        if self._spent(manifest):
            return [Doubt(Rule.BUDGET)]
        return [Doubt(Rule.LOOP)] if self._same[_fingerprint(manifest.name, given)] >= _REPEATS else []

    def _steered(self, manifest: Manifest, given: list[Leaf], within: Plan | None) -> list[Doubt]:
        """What speaks against a call by a model that may be hostile."""
        plan = self._in_force(within)
        planned = plan.planned(manifest.name, given) if plan is not None else frozenset[str]()
        held = _held(manifest, given, planned or frozenset())
        doubts = [Doubt(Rule.PLAN)] if planned is None else []
        doubts += self._steering.doubts(manifest, held, intent=plan is None)
        if Effect.MEMORY in manifest.effects:
            kept = (self._turns.rules.remembered(one.part, one.value) for one in held)
            doubts += [doubt for doubt in kept if doubt]
        return [*doubts, Doubt(Rule.FULL)] if self._seen.full else doubts

    def _proposals(self, doubts: list[Doubt]) -> list[Proposal]:
        """The same call with the one address that the user named, where an address is in doubt."""
        if len(self._turns.words.addresses) != 1:
            return []
        return [
            Proposal(doubt.argument, "the user's words")
            for doubt in doubts
            if doubt.rule in _PROPOSED and doubt.argument
        ]

    def _about(self, manifest: Manifest, given: list[Leaf]) -> list[str]:
        about = [leaf for leaf in given if part_of(manifest, leaf).role is ArgumentRole.SUBJECT]
        found = [text_of(leaf.value).strip() for leaf in about]
        self._named |= {self._subject(one): texts.normal(one) for one in found}
        return found

    def _is_named(self, subject: SubjectRef) -> bool:
        text = self._named.get(subject, "")
        return bool(text) and self._turns.words.say(text)


def _flow(doubts: list[Doubt], proposals: Iterable[Proposal] = ()) -> Flow:
    if not doubts:
        return Flow(Verdict.ALLOW)
    final = any(doubt.rule in _FINAL for doubt in doubts)
    return Flow(Verdict.DENY if final else Verdict.ASK, tuple(doubts), () if final else tuple(proposals))


def _arguments(manifest: Manifest, arguments: Mapping[str, Json]) -> list[Leaf] | None:
    try:
        found = list(leaves(dict(arguments), known=manifest.takes))
    except InputError:
        return None
    return found if len(found) <= _MAX_ARGUMENTS else None


def _held(manifest: Manifest, given: list[Leaf], planned: frozenset[str] = frozenset()) -> list[Given]:
    return [
        Given(part, leaf.value, texts.normal(text_of(leaf.value)), leaf.path in planned)
        for part, leaf in parts_of(manifest, given)
    ]


def _sought(manifest: Manifest, given: list[Leaf], asked: tuple[str, ...]) -> tuple[str, ...]:
    """What a question asks for, without what only says how much to show, or which kinds: `limit`, `status`.

    A value with a digit may be the number of a thing, whatever the schema allows.
    """
    kinds = {one.path: one.values for one in manifest.arguments if one.values}
    return tuple(
        text
        for leaf, text in zip(given, asked, strict=True)
        if not (
            isinstance(leaf.value, bool)
            or (leaf.value in kinds.get(leaf.path, ()) and not any(map(str.isdigit, text)))
            or (isinstance(leaf.value, int) and _shows(words_of(leaf.path), leaf.value))
        )
    )


def _own(manifest: Manifest, given: list[Leaf], asked: tuple[str, ...]) -> frozenset[str]:
    """What the model chose of what a call asks with, beside the values that a schema lists, and yes and no."""
    kinds = {one.path: one.values for one in manifest.arguments if one.values}
    return frozenset(
        text
        for leaf, text in zip(given, asked, strict=True)
        if not isinstance(leaf.value, bool) and leaf.value not in kinds.get(leaf.path, ())
    )


def _shows(words: tuple[str, ...], value: int) -> bool:
    """Whether a number by that name says how much to show, and not which thing: `page_number`, but no `page_id`.

    Whoever begins further on leaves out what stands before.
    """
    first = _PASSING.isdisjoint(words) or "size" in words or value <= 1
    return first and not _SHOWING.isdisjoint(words) and _NAMING.isdisjoint(words)


def _fingerprint(tool: str, given: list[Leaf]) -> bytes:
    text = "\0".join((tool, *(f"{leaf.place}={leaf.value!r}" for leaf in given)))
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=16).digest()


def _plain(text: str) -> SubjectRef:
    """A subject where nobody gave a keyed digest: never leaves the session."""
    return SubjectRef("", hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32])
