"""Delegation: an approver who is away hands the groups for which they answer to somebody else, for a time.

1. Only what is one's own is handed over: a role's groups, never what somebody else handed to one.
2. It says for which groups others answer, not that they may: whoever it goes to needs a role that may approve.
3. The desk signs it, so that a writer of the database can make none and prolong none; either of the two ends it. One
   that was ended can be brought back by whoever kept its row and writes to the database, until its days are over.
4. Who answers so answers in the place of who handed it over: as `answers.py` has it, never to what that one asks for.
5. It lasts as said though whoever made it loses their role meanwhile: what lasts long is for the rota.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core.errors import InputError
from asepsis.core.events import ApprovalDelegated
from asepsis.core.ports import Clock, Digester, Ids
from asepsis.infra.records import DelegationRow
from asepsis.policy import dsse
from asepsis.policy.answers import REASON, Teller

__all__ = ["DAYS", "DelegationRows", "Delegations", "Handed"]

DAYS: Final = 30
"""How many days it lasts at most."""

_TYPE: Final = "application/vnd.asepsis.delegation+json"
_DAY: Final = 86_400_000
_MOST: Final = 10
_LONGEST: Final = 200
_SHORTEST: Final = 3


class DelegationRows(Protocol):
    """Where they are kept."""

    def add(self, row: DelegationRow, told: ApprovalDelegated, /) -> None:
        """Adds one."""

    def living(self, now: int, /, *, tenant: str) -> tuple[DelegationRow, ...]:
        """Returns those that have not ended."""

    def end(self, row: DelegationRow, told: ApprovalDelegated, /) -> bool:
        """Ends one; False where it had ended."""


class _Tools(Protocol):
    @property
    def clock(self) -> Clock:
        """The clock."""

    @property
    def ids(self) -> Ids:
        """Ids."""

    @property
    def digester(self) -> Digester:
        """The keyed digest."""


class Handed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The statement: `by` hands `groups` to `to`, from `made` until `expires`, in milliseconds since the epoch."""

    delegation: str
    tenant: str
    by: str
    to: str
    groups: tuple[str, ...]
    made: int
    expires: int
    reason: str


class Delegations:
    """Makes, ends and reads them."""

    def __init__(self, rows: DelegationRows, key: Ed25519PrivateKey, tools: _Tools, *, tenant: str) -> None:
        """`key` is the desk's."""
        self._rows = rows
        self._key = key
        self._tools = tools
        self._tenant = tenant

    def hand_over(self, teller: Teller, to: str, /, *, days: int, reason: str) -> Handed:
        """Hands a teller's own groups over; raises InputError for what can't be."""
        if not to or len(to) > _LONGEST or not to.isprintable() or to == teller.principal:
            raise InputError("expected somebody else, by the name that calls are recorded with")
        if not teller.groups:
            raise InputError("expected groups that you answer for: you have none to hand over")
        if not 1 <= days <= DAYS:
            raise InputError(f"expected 1 to {DAYS} days")
        if not _SHORTEST <= len(reason) <= REASON or not reason.isprintable():
            raise InputError(f"expected a reason of {_SHORTEST} to {REASON} characters, on one line")
        if sum(one.by == teller.principal for one in self.living()) >= _MOST:
            raise InputError(f"expected at most {_MOST} at a time: end one first")
        now = self._tools.clock.now()
        said = Handed(
            self._tools.ids.new(), self._tenant, teller.principal, to, teller.groups, now, now + days * _DAY, reason
        )
        row = DelegationRow(self._tenant, said.delegation, said.expires, dsse.sealed(said, self._key, type=_TYPE))
        self._rows.add(row, self._told(said, "active", teller.principal))
        return said

    def end(self, delegation: str, principal: str, /) -> None:
        """Ends one, for either of its two; raises InputError where there is none that is theirs."""
        for row, said in self._read():
            if said.delegation == delegation and principal in (said.by, said.to):
                self._rows.end(row, self._told(said, "ended", principal))
                return
        raise InputError("expected one of yours that has not ended")

    def living(self) -> tuple[Handed, ...]:
        """Returns those that count now, the first to end first."""
        return tuple(sorted((said for _, said in self._read()), key=lambda said: said.expires))

    def handed(self, principal: str, /) -> tuple[tuple[str, str], ...]:
        """Returns the groups that others handed to somebody, each with who did."""
        return tuple(sorted({(group, one.by) for one in self.living() if one.to == principal for group in one.groups}))

    def _read(self) -> Sequence[tuple[DelegationRow, Handed]]:
        now, found = self._tools.clock.now(), []
        public = dsse.public_text(self._key)
        for row in self._rows.living(now, tenant=self._tenant):
            if not dsse.holds(row.statement, public, type=_TYPE):
                continue
            said = msgspec.json.decode(dsse.unverified(row.statement, type=_TYPE) or b"", type=Handed)
            named = (said.tenant, said.delegation, said.expires) == (row.tenant, row.delegation, row.expires)
            if named and said.made <= now < said.expires:
                found.append((row, said))
        return found

    def _told(self, said: Handed, state: str, principal: str) -> ApprovalDelegated:
        by, to, who = (
            self._tools.digester.digest("principal", one, tenant=self._tenant) for one in (said.by, said.to, principal)
        )
        return ApprovalDelegated(said.delegation, by, to, said.groups, said.expires, state, who, principal)
