"""Plans from outside: that of a grant, that of an application whose word is taken, and that of an agent itself.

| whose | where | counts |
| --- | --- | --- |
| of whoever gave the grant | its claim | as a limit of each call, and as the intent if nothing untrusted was read |
| of an application in `tools.speaking` | `_meta["asepsis/plan"]` of a call | as the intent, likewise |
| of an agent of one in `tools.planning` | a call of `asepsis__plan` | the same |

Only a grant's is a limit: what others say narrows nothing that they could not leave unsaid.
"""

from functools import lru_cache
from typing import Final

import msgspec

from asepsis.core.errors import InputError
from asepsis.core.plans import Plan
from asepsis.core.types import Principal
from asepsis.identity.scopes import PLAN
from asepsis.tools.types import Json, Tool

__all__ = ["META", "OWN", "PLANNER", "TOOL", "granted", "read"]

META: Final = "asepsis/plan"
"""The key of `_meta` under which a call brings a plan along."""

TOOL: Final = "asepsis__plan"
"""The tool by which an agent commits to a plan; no server may be called `asepsis`."""

OWN: Final = "asepsis"
"""What stands before the names of the firewall's own tools."""

_DESCRIPTION: Final = (
    "Commit to a plan before you read anything: the calls that do something, how often each is made, and for each "
    "argument where its value will come from: `value` for one that is known now, `tool` and `field` for a field of "
    "what that tool answers, or neither for the user's words. What the plan names needs nobody's approval later; what "
    "it does not name does."
)
_TEXT: Final[dict[str, Json]] = {"type": "string"}
_ORIGIN: Final[dict[str, Json]] = {
    "type": "object",
    "properties": {"path": _TEXT, "value": _TEXT, "tool": _TEXT, "field": _TEXT},
    "required": ["path"],
}
_STEP: Final[dict[str, Json]] = {
    "type": "object",
    "properties": {
        "tool": _TEXT,
        "origins": {"type": "array", "items": _ORIGIN},
        "times": {"type": "integer", "minimum": 1},
    },
    "required": ["tool"],
}
PLANNER: Final = Tool(
    TOOL,
    _DESCRIPTION,
    {"type": "object", "properties": {"steps": {"type": "array", "items": _STEP}}, "required": ["steps"]},
)
"""The tool as agents see it."""


def granted(who: Principal, /) -> Plan | None:
    """Returns the plan of the grant that somebody acts by, None where it has none."""
    said = next((value for claim, value in who.claims if claim == PLAN), "")
    return _plan(said) if said else None


def read(said: Json, /) -> Plan:
    """Reads a plan as a client says it; raises InputError."""
    try:
        return msgspec.convert(said, Plan)
    except msgspec.ValidationError as error:
        raise InputError("expected a plan: its steps, each with a tool and the origins of its arguments") from error


@lru_cache(maxsize=256)
def _plan(said: str) -> Plan:
    return msgspec.json.decode(said, type=Plan)
