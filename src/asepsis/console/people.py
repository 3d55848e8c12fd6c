"""Who looks at the console and what they may do there: roles, by which a provider's groups are known, say it.

Whoever may approve has to have shown lately, with a second factor, who they are. What acts for somebody else, an agent,
approves nothing.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from asepsis.console.config import Access, SignIn

__all__ = ["SOMEBODY", "People", "Person"]

_SECOND: Final = 1_000
_AHEAD: Final = 60 * _SECOND


class Person(msgspec.Struct, frozen=True):
    """Somebody: `principal` is their id as callers have it, `at` when (milliseconds) they showed who they are, and how.

    `session` is the digest of a browser's session, empty for a token of the API. `secret` goes into forms.
    """

    principal: str
    roles: tuple[str, ...] = ()
    acr: str = ""
    amr: tuple[str, ...] = ()
    at: int = 0
    session: str = ""
    secret: str = ""
    agent: bool = False


SOMEBODY: Final = Person("")
"""Whoever reaches a console that nobody signs in to."""


class People:
    """What people may do, by the settings; without signing in everybody may look."""

    def __init__(self, access: Sequence[Access], sign_in: SignIn | None) -> None:
        self._access = tuple(access)
        self.sign_in = sign_in

    def may_view(self, person: Person, /) -> bool:
        """Whether somebody may look."""
        if self.sign_in is None and person == SOMEBODY:
            return True
        return any(one.role in person.roles for one in self._access)

    def may_approve(self, person: Person, /) -> bool:
        """Whether somebody may approve, once they have shown well enough who they are."""
        known = bool(person.principal) and not person.agent
        return known and any(one.role in person.roles and one.may == "approve" for one in self._access)

    def groups(self, person: Person, /) -> tuple[str, ...]:
        """Returns the groups for which somebody approves."""
        mine = [one for one in self._access if one.role in person.roles and one.may == "approve"]
        return tuple(sorted({group for one in mine for group in one.groups}))

    def is_sure(self, person: Person, now: int, /) -> bool:
        """Whether somebody showed lately, and with a second factor where one is asked for, who they are."""
        asked = self.sign_in
        if asked is None or not person.principal:
            return False
        factor = not (asked.acr or asked.amr) or person.acr in asked.acr or not set(asked.amr).isdisjoint(person.amr)
        return factor and now - asked.fresh_minutes * 60 * _SECOND <= person.at <= now + _AHEAD
