"""What may change while the firewall runs: who calls, what decides, and what is switched off."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from asepsis.core.ports import Approvals, Budgets, Directives, Identifier, Policy
from asepsis.core.types import Elevation
from asepsis.tools.members import Members
from asepsis.tools.ports import Answers

__all__ = ["Live", "nobody_elevated"]


def nobody_elevated(_tenant: str, _principals: Sequence[str], _now: int, /) -> tuple[Elevation, ...]:
    """Returns what is open for a time where nothing is."""
    return ()


class Live(NamedTuple):
    """One state of things; a call sees one from its decision to its end.

    `approvals` are there where there are people who can approve, `budgets` and `directives` where there are some;
    `elevations` says what some may do for a time, and `answers` carries out what policy says of results.
    """

    identifier: Identifier
    policy: Policy
    approvals: Approvals | None
    killed: Callable[[str, list[tuple[str, str]]], str]
    members: Members
    budgets: Budgets | None = None
    directives: Directives | None = None
    elevations: Callable[[str, Sequence[str], int], tuple[Elevation, ...]] = nobody_elevated
    answers: Answers | None = None
