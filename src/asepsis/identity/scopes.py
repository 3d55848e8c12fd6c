"""Scopes: which actions a grant reaches, and what of each. A narrower grant reaches nothing that a wider one does not.

A scope is an action of the house, alone or with a name: `model.invoke`, `model.invoke:llama-3`, `tool.call:claims.*`. A
name may end in `*`, which stands for any rest; nothing else is a pattern.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from asepsis.core.types import Action, Principal

__all__ = ["GRANT", "PLAN", "ROOT", "SCOPE", "covers", "is_scope", "reaches"]

GRANT: Final = "grant"
"""The claim of a principal that has the id of the grant it acts by."""

ROOT: Final = "root"
"""The claim that has the id of the first of the grants that it was narrowed from, or its own: it is the same task's."""

SCOPE: Final = "scope"
"""The claim that has a scope of that grant; there may be several."""

PLAN: Final = "plan"
"""The claim that has what the task of that grant will do, as canonical JSON of `core.plans.Plan`."""

_FORM: Final = re.compile(r"([a-z]{1,16}\.[a-z]{1,16})(?::([\x21\x23-\x29\x2b-\x5b\x5d-\x7e]{0,128}\*?))?")
_ACTIONS: Final = frozenset(action.value for action in Action)


def is_scope(text: str, /) -> bool:
    """Whether a text is a scope of an action that there is; its characters are those of RFC 6749 3.3."""
    found = _FORM.fullmatch(text)
    return found is not None and found[1] in _ACTIONS and found[2] != ""


def covers(wide: Sequence[str], narrow: Iterable[str], /) -> bool:
    """Whether each of the narrow scopes lies within one of the wide ones."""
    return all(any(_within(one, other) for other in wide) for one in narrow)


def reaches(who: Principal, action: Action, name: str, /) -> bool:
    """Whether a principal's grant reaches an action on what has that name; without a grant, policy alone decides."""
    scopes = [value for claim, value in who.claims if claim == SCOPE]
    if not scopes and not any(claim == GRANT for claim, _ in who.claims):
        return True
    return any(_reached(one, action, name) for one in scopes)


def _reached(scope: str, action: Action, name: str) -> bool:
    said, colon, pattern = scope.partition(":")
    return said == action.value and (not colon or _fits(pattern, name))


def _fits(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _within(narrow: str, wide: str) -> bool:
    action, colon, name = narrow.partition(":")
    said, limited, pattern = wide.partition(":")
    if action != said:
        return False
    return not limited or (bool(colon) and _fits(pattern, name))
