"""Commit before read: a plan made before anything untrusted was read, sealed into the session.

A plan names the calls that do something, and for each argument where its value will come from: the user's words, a
value that it says itself, or a field of what another tool answers. What the plan was made from can't have been
influenced by what is read later, so it takes the place of the user's words as the intent; what it does not name needs a
person.
"""

from collections.abc import Callable, Iterator
from typing import Final

from asepsis.core.plans import Origin, Plan, Step
from asepsis.tools.flow import texts
from asepsis.tools.flow.seen import Seen, text_of
from asepsis.tools.flow.turns import Turns
from asepsis.tools.shapes import Leaf

__all__ = ["STEP", "Sealed"]

STEP: Final = "step "


class Sealed:
    """A plan in force: each call is held against the steps that are left."""

    def __init__(self, plan: Plan, turns: Turns, seen: Seen) -> None:
        self.plan = plan
        self._turns = turns
        self._seen = seen
        self._begun = [0] * len(plan.steps)
        self._made = [0] * len(plan.steps)

    def planned(self, tool: str, given: list[Leaf], /) -> frozenset[str] | None:
        """Returns the paths whose values come from where the plan says; None for a call that no step allows."""
        found = [kept for _, kept in self._fitting(tool, given, self._taken)]
        return max(found, key=len, default=None)

    def step(self, tool: str, given: list[Leaf], /) -> str:
        """Returns what names the step that a call would take a place of, empty for none that is left."""
        return next((f"{STEP}{number}" for number, _ in self._fitting(tool, given, self._taken)), "")

    def unmade(self, call: str, /) -> bool:
        """Whether the step that a call names has a place left."""
        return self._taken(_number(call)) < self.plan.steps[_number(call)].times

    def begun(self, call: str, /) -> None:
        """Takes a place of the step that a call names."""
        self._begun[_number(call)] = self._taken(_number(call)) + 1

    def unmake(self, call: str, /) -> None:
        """Gives back the place of a call that reached nobody."""
        number = _number(call)
        self._begun[number] = max(self._begun[number] - 1, self._made[number])

    def made(self, tool: str, given: list[Leaf], /) -> None:
        """Takes a call that was made off the plan."""
        number = next((number for number, _ in self._fitting(tool, given, self._made.__getitem__)), None)
        if number is not None:
            self._made[number] += 1

    def _taken(self, number: int) -> int:
        """How often a step was made, or is being made: what has begun may have been done, whatever came back."""
        return max(self._begun[number], self._made[number])

    def _fitting(
        self, tool: str, given: list[Leaf], taken: Callable[[int], int]
    ) -> Iterator[tuple[int, frozenset[str]]]:
        """The steps with a place left that a call is one of, each with the paths that come from where it says."""
        for number, step in enumerate(self.plan.steps):
            if step.tool == tool and taken(number) < step.times:
                kept = self._kept(step, given)
                if kept is not None:
                    yield number, kept

    def _kept(self, step: Step, given: list[Leaf]) -> frozenset[str] | None:
        origins = {origin.path: origin for origin in step.origins}
        kept = set()
        for leaf in given:
            origin = origins.get(leaf.path)
            if origin is None:
                continue
            if not self._from(origin, texts.normal(text_of(leaf.value))):
                return None
            kept.add(leaf.path)
        return frozenset(kept)

    def _from(self, origin: Origin, text: str) -> bool:
        if origin.value:
            return texts.normal(origin.value) == text
        if not origin.tool:
            return self._turns.words.say(text)
        return any(
            spot.record.result.manifest.name == origin.tool and spot.field == origin.field
            for spot in self._seen.equal(text)
        )


def _number(call: str) -> int:
    return int(call.removeprefix(STEP))
