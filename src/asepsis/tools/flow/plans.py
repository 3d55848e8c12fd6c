"""Commit before read: a plan made before anything untrusted was read, sealed into the session.

A plan names the calls that do something, and for each argument where its value will come from: the user's words, a
value that it says itself, or a field of what another tool answers. What the plan was made from can't have been
influenced by what is read later, so it takes the place of the user's words as the intent; what it does not name needs a
person.
"""

from asepsis.core.plans import Origin, Plan, Step
from asepsis.tools.flow import texts
from asepsis.tools.flow.seen import Seen, text_of
from asepsis.tools.flow.turns import Turns
from asepsis.tools.flow.types import Doubt, Rule
from asepsis.tools.shapes import Leaf

__all__ = ["Sealed"]


class Sealed:
    """A plan in force: each call is held against the steps that are left."""

    def __init__(self, plan: Plan, turns: Turns, seen: Seen) -> None:
        self.plan = plan
        self._turns = turns
        self._seen = seen
        self._left = [step.times for step in plan.steps]

    def planned(self, tool: str, given: list[Leaf], /) -> frozenset[str] | None:
        """Returns the paths whose values come from where the plan says; None for a call that no step allows."""
        fits = (number for number, step in enumerate(self.plan.steps) if step.tool == tool and self._left[number] > 0)
        found = [self._kept(self.plan.steps[number], given) for number in fits]
        return max((kept for kept in found if kept is not None), key=len, default=None)

    def made(self, tool: str, given: list[Leaf], /) -> None:
        """Takes a call that was made off the plan."""
        for number, step in enumerate(self.plan.steps):
            if step.tool == tool and self._left[number] > 0 and self._kept(step, given) is not None:
                self._left[number] -= 1
                return

    def doubt(self) -> Doubt:
        """The doubt about a call that the plan does not hold."""
        return Doubt(Rule.PLAN)

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
