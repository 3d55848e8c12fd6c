"""Plans: which calls a task will make, and where the value of each argument will come from, said before it begins.

What an agent plans before it has read anything untrusted can't have been influenced by what it reads later. Whoever
gives the task states the plan, with a session grant or with the call that opens a session; it is kept with the grant or
the session and can't be changed.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from asepsis.core import canonical

__all__ = ["MAX_STEPS", "Origin", "Plan", "Step"]

MAX_STEPS: Final = 64
"""How many steps a plan may have; each names at most 32 origins."""

_Word = Annotated[str, Meta(min_length=1, max_length=200)]
_Text = Annotated[str, Meta(max_length=1000)]


class Origin(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where an argument's value comes from: `value`, or a `field` of what `tool` answers, or else the user's words."""

    path: _Word
    value: _Text = ""
    tool: Annotated[str, Meta(max_length=200)] = ""
    field: Annotated[str, Meta(max_length=200)] = ""


class Step(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One call that does something, made at most `times` times."""

    tool: _Word
    origins: Annotated[tuple[Origin, ...], Meta(max_length=32)] = ()
    times: Annotated[int, Meta(ge=1, le=1000)] = 1

    def __post_init__(self) -> None:
        """Raises ValueError for two origins of one argument: either could be meant, and one be wider than the other."""
        if len({origin.path for origin in self.origins}) < len(self.origins):
            raise ValueError("expected one origin for each argument")


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """The steps, in any order."""

    steps: Annotated[tuple[Step, ...], Meta(max_length=MAX_STEPS)]

    @property
    def digest(self) -> str:
        """The SHA-256 that the plan is sealed by."""
        return canonical.digest(self)

    def within(self, wider: "Plan", /) -> bool:
        """Whether each call of this plan is one of the wider plan's, and made no more often.

        A step may name origins that the wider one leaves open, and has all that it names.
        """
        allowed = sorted(wider.steps, key=lambda step: -len(step.origins))
        left = [step.times for step in allowed]
        for step in self.steps:
            times = step.times
            for number, other in enumerate(allowed):
                if times and _narrower(step, other):
                    taken = min(times, left[number])
                    left[number] -= taken
                    times -= taken
            if times:
                return False
        return True


def _narrower(step: Step, other: Step) -> bool:
    return step.tool == other.tool and set(other.origins) <= set(step.origins)
