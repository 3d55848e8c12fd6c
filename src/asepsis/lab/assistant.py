"""The scripted assistant: what it answers depends on nothing but what it is asked.

It does what a test or a demonstration needs from a model: it repeats what it read (so that one sees what reached it),
calls the tools it is given when asked to, fills a schema, thinks aloud, and leaks a member's data when told to.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from asepsis.lab.plan import HealthPlan, Member

__all__ = ["Asked", "ToolCall", "Turn", "answer", "fill"]

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

_LEAK: Final = re.compile(r"\bleak\b", re.IGNORECASE)
_TOOL: Final = re.compile(r"\b(tools?|look up|look it up|call)\b", re.IGNORECASE)
_BOTH: Final = re.compile(r"\b(both|parallel|all)\b", re.IGNORECASE)
_THINK: Final = re.compile(r"\bthink\b", re.IGNORECASE)


class ToolCall(msgspec.Struct, frozen=True):
    """A call that the assistant makes."""

    id: str
    name: str
    arguments: Json


class Turn(msgspec.Struct, frozen=True):
    """What the assistant says: text, thinking, and tool calls."""

    text: str = ""
    thinking: str = ""
    calls: tuple[ToolCall, ...] = ()


class Asked(msgspec.Struct, frozen=True):
    """What the assistant is asked, whichever API it came through: tools are (name, schema) pairs."""

    text: str
    tools: Sequence[tuple[str, Mapping[str, Json]]] = ()
    results: Sequence[str] = ()
    schema: Mapping[str, Json] | None = None
    thinks: bool = False


def answer(asked: Asked, plan: HealthPlan) -> Turn:
    """Returns the assistant's turn."""
    thinking = f"They ask: {asked.text}" if asked.thinks or _THINK.search(asked.text) else ""
    if asked.results:
        return Turn("The tool says: " + " | ".join(asked.results), thinking)
    if asked.schema is not None:
        return Turn(msgspec.json.encode(fill(asked.schema)).decode(), thinking)
    member = plan.members[sum(asked.text.encode()) % len(plan.members)]
    if asked.tools and _TOOL.search(asked.text):
        wanted = asked.tools if _BOTH.search(asked.text) else asked.tools[:1]
        leaking = member if _LEAK.search(asked.text) else None
        calls = tuple(
            ToolCall(f"call_lab{number}", name, fill(schema, leaking)) for number, (name, schema) in enumerate(wanted)
        )
        return Turn("", thinking, calls)
    if _LEAK.search(asked.text):
        return Turn(_leak(member), thinking)
    return Turn(f"You wrote: {asked.text}", thinking)


def fill(schema: Mapping[str, Json], member: Member | None = None) -> Json:
    """Returns a value that fits a JSON schema, with a member's data in its texts if one is given."""
    options = schema.get("enum")
    if isinstance(options, list) and options:
        return options[0]
    match schema.get("type"):
        case "object":
            inner = schema.get("properties")
            return (
                {name: fill(one, member) for name, one in inner.items() if isinstance(one, dict)}
                if isinstance(inner, dict)
                else {}
            )
        case "array":
            item = schema.get("items")
            return [fill(item, member)] if isinstance(item, dict) else []
        case "integer" | "number":
            return 42
        case "boolean":
            return True
        case _:
            return f"SSN {member.ssn}" if member is not None else "sample"


def _leak(member: Member) -> str:
    return (
        f"Member {member.name}: member ID {member.id}, MBI {member.mbi}, SSN {member.ssn}, MRN {member.mrn},"
        f" DOB {member.born}, phone {member.phone}, e-mail {member.email}."
    )
