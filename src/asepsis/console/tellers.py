"""Approvers at the desk: who is one, for which groups they answer, and whether they showed lately who they are."""

from typing import NamedTuple

from asepsis.console.people import People, Person
from asepsis.core.errors import NotTrusted
from asepsis.policy.answers import Teller
from asepsis.policy.delegation import Delegations

__all__ = ["Tellers"]


class Tellers(NamedTuple):
    """Says for whom somebody answers: by their roles, and by what others handed to them."""

    people: People
    delegations: Delegations

    def own(self, person: Person, /) -> Teller | None:
        """Returns somebody as an approver by their roles alone, None for who is none."""
        if not self.people.may_approve(person):
            return None
        return Teller(person.principal, self.people.groups(person))

    def of(self, person: Person, /) -> Teller | None:
        """Returns somebody as an approver, with what was handed to them, None for who is none; may block."""
        own = self.own(person)
        if own is None:
            return None
        return own._replace(handed=self.delegations.handed(person.principal))

    def sure(self, person: Person, now: int, /) -> Teller:
        """Returns somebody as `of` does; raises NotTrusted unless they are one, and lately showed who they are."""
        teller = self.of(person)
        if teller is None:
            raise NotTrusted("no role of yours may approve")
        if not self.people.is_sure(person, now):
            raise NotTrusted("show again who you are, with a second factor")
        return teller
