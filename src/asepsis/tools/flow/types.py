"""What the monitor answers: a verdict, and for each doubt which argument, which rule, and the place it comes from.

Never the text of an argument or of a result.
"""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from asepsis.core.labels import Category
from asepsis.core.types import Verdict
from asepsis.tools.shapes import Scalar
from asepsis.tools.types import Argument, ArgumentRole, Source

__all__ = ["Doubt", "Flow", "Given", "Proposal", "Rule"]


class Rule(StrEnum):
    """Why a call is held up."""

    UNKNOWN = "flow.unknown"
    UNREADABLE = "flow.unreadable"
    INTENT = "flow.intent"
    DESTINATION = "flow.destination"
    OBJECT = "flow.object"
    VALUE = "flow.value"
    SECRET = "flow.secret"  # noqa: S105 the name of a rule, not a password
    CODE = "flow.code"
    LINK = "flow.link"
    CLEARANCE = "flow.clearance"
    SUBJECT = "flow.subject"
    MEMORY = "flow.memory"
    PLAN = "flow.plan"
    BUDGET = "flow.budget"
    LOOP = "flow.loop"
    AGAIN = "flow.again"
    FULL = "flow.full"
    ERASED = "flow.erased"
    ENDED = "flow.ended"


class Doubt(msgspec.Struct, frozen=True):
    """One reason to hold a call up: the argument, the rule, and where the argument's value came from.

    `categories` are those that the tool is not cleared for, of what the session has read.
    """

    rule: Rule
    argument: str = ""
    role: ArgumentRole | None = None
    place: str = ""
    source: Source | None = None
    categories: tuple[Category, ...] = ()

    def __str__(self) -> str:
        """The doubt in a sentence, by places alone."""
        what = f"argument `{self.argument}`" if self.argument else "the call"
        if self.place:
            kind = "untrusted" if self.source is None or self.source.untrusted else "not selected by the user"
            return f"{what} comes from {self.place}, {kind} ({self.rule.value})"
        if self.categories:
            named = ", ".join(f"`{one.value}`" for one in self.categories)
            return f"{what} would carry {named}, which `clears` of the tool does not name ({self.rule.value})"
        return f"{what} {_SAYS.get(self.rule, 'comes from nothing that may decide it')} ({self.rule.value})"


class Proposal(msgspec.Struct, frozen=True):
    """The same call with a value that needs nobody's approval: the argument, and where the user says the value."""

    argument: str
    place: str


class Given(NamedTuple):
    """One value of a call: the part that it plays, its text, and whether a plan says where it comes from."""

    part: Argument
    value: Scalar
    text: str
    planned: bool = False


class Flow(msgspec.Struct, frozen=True):
    """The monitor's answer to one call."""

    verdict: Verdict
    doubts: tuple[Doubt, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def reason(self) -> str:
        """The doubts in one line."""
        return "; ".join(dict.fromkeys(map(str, self.doubts))) or "nothing untrusted decides this call"


_SAYS = {
    Rule.UNKNOWN: "is to a tool that nobody confirmed",
    Rule.UNREADABLE: "can't be read",
    Rule.INTENT: "is nothing that the user's words ask for",
    Rule.PLAN: "is not in the sealed plan",
    Rule.BUDGET: "is beyond the tool's budget",
    Rule.LOOP: "was made again and again",
    Rule.AGAIN: "was made already, and asked for once",
    Rule.CLEARANCE: "would carry what the tool is not cleared for",
    Rule.SUBJECT: "would carry what is known of another member",
    Rule.MEMORY: "would keep something untrusted",
    Rule.FULL: "follows more results than a session remembers",
    Rule.ERASED: "follows what a session knew of somebody who was erased",
    Rule.ENDED: "goes on with a session that had ended, and what it had read is forgotten",
}
