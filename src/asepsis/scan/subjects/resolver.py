"""Implements the port `Resolver` over a roster.

1. An identifier that one member has names that member.
2. A name names a member together with a date of birth in the same document.
3. What fits several members is narrowed by the members that the caller's grant is about; what still fits several stays
   ambiguous and names nobody.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Final

from asepsis.core.ports import Clue, Resolved
from asepsis.core.types import Kind
from asepsis.scan.subjects import values
from asepsis.scan.subjects.roster import Roster

__all__ = ["RosterResolver"]

_IDENTIFIERS: Final = frozenset({Kind.MRN, Kind.SSN, Kind.HEALTH_PLAN_ID})
_PAIRS: Final = 4096
"""The most pairs of a name and a date that are looked up in one document."""


class RosterResolver:
    """Tells whom clues are about."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def resolve(self, clues: Sequence[Clue], /, *, among: frozenset[str] = frozenset()) -> Resolved:
        """Returns the members, and how many clues fit several; `among` are those that a grant is about."""
        members: set[str] = set()
        ambiguous = 0
        for found in self._looked_up(clues):
            fitting = set(found)
            if len(fitting) > 1 and among:
                fitting &= among
            if len(fitting) == 1:
                members |= fitting
            elif found:
                ambiguous += 1
        return Resolved(tuple(sorted(members)), ambiguous)

    def _looked_up(self, clues: Sequence[Clue]) -> Iterable[tuple[str, ...]]:
        for kind, value in dict.fromkeys(clue for clue in clues if clue.kind in _IDENTIFIERS):
            yield self._roster.by_identifier(kind, value)
        people = dict.fromkeys(values.names(clue.value) for clue in clues if clue.kind is Kind.NAME)
        days = dict.fromkeys(values.birth_date(clue.value) for clue in clues if clue.kind is Kind.DATE)
        pairs = product([one for one in people if all(one)], [day for day in days if day])
        for _, ((given, family), day) in zip(range(_PAIRS), pairs, strict=False):
            yield self._roster.by_name(given, family, day)
