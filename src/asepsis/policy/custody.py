"""Custody of sealed bodies: who may open one, who has keys destroyed, and what no one may.

1. A reader signs each request to open a body: which Event, for what purpose, and when. Only approvers of the readers'
   group are readers.
2. A legal hold is set, and released, by what two people of the custodians' group approve (`approvals`): the same
   command, given again once they have said yes, carries it out, once.
3. Erasing destroys the keys of one person or session, but for those under a hold.
"""

from collections.abc import Sequence
from typing import Annotated, Final, NamedTuple, Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core import canonical
from asepsis.core.errors import ConfigError, InputError, NotTrusted
from asepsis.core.events import BodiesErased, HoldReleased, HoldSet
from asepsis.core.ports import Approvals, Clock, Digester, Ids
from asepsis.core.types import Action, Decision, DecisionInput, Outline, Purpose, Verdict
from asepsis.infra.records import Hold
from asepsis.ledger.sealing.opener import FRESH_MS, Asked
from asepsis.policy import dsse
from asepsis.policy.config import Approver

__all__ = ["Custodian", "Group", "Held", "Keys", "Tools", "ask", "verified"]

_REASON: Final = 500
_TYPE: Final = "application/vnd.asepsis.open+json"


class _Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tenant: str
    event: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z-]{1,64}\Z")]
    reader: str
    purpose: Purpose
    at: int


def ask(asked: Asked, key: Ed25519PrivateKey, /, *, tenant: str) -> bytes:
    """Returns a reader's signed request to open the body of an Event."""
    return dsse.sealed(_Ask(tenant, asked.event, asked.reader, asked.purpose, asked.at), key, type=_TYPE)


def verified(data: bytes, /, *, readers: Sequence[Approver], tenant: str, now: int) -> Asked:
    """Returns what a reader asks for by a request that one of them signed a moment ago; raises NotTrusted."""
    refused = NotTrusted("expected the signed request of a reader, of now", code="opener_request")
    try:
        said = msgspec.json.decode(dsse.unverified(data, type=_TYPE) or b"", type=_Ask)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refused from error
    reader = next((one for one in readers if one.name == said.reader), None)
    if reader is None or not dsse.holds(data, reader.key, type=_TYPE):
        raise refused
    if said.tenant != tenant or abs(said.at - now) > FRESH_MS:
        raise refused
    return Asked(said.reader, said.event, said.purpose, said.at)


class Keys(Protocol):
    """The keys and the holds on them."""

    def count(self, owner: str, /, *, tenant: str) -> tuple[int, int]:
        """Returns how many keys of an owner would be destroyed, and how many are held."""

    def erase(self, owner: str, told: BodiesErased, /, *, tenant: str) -> tuple[int, int]:
        """Destroys the keys of an owner, but for those that are held, and has that told."""

    def hold(self, hold: Hold, told: HoldSet, /) -> None:
        """Sets a hold, and has it told."""

    def release(self, hold: str, told: HoldReleased, /, *, tenant: str) -> bool:
        """Takes a hold away, and has it told; False where there is none of that id."""

    def holds(self, *, tenant: str) -> tuple[Hold, ...]:
        """Returns the holds, the oldest first."""


class Group(NamedTuple):
    """Those of whom two have to approve a hold, and its release; an erasure asks nobody."""

    name: str
    people: int


class Tools(NamedTuple):
    """What custody needs from outside."""

    clock: Clock
    ids: Ids
    digester: Digester


class Held(NamedTuple):
    """What came of asking for a hold or its release: done, or the case that waits for two people, or was denied."""

    done: str = ""
    case: str = ""
    denied: bool = False


class Custodian:
    """Holds, releases and erases for one tenant; `group` are those of whom two have to approve."""

    def __init__(self, tenant: str, keys: Keys, approvals: Approvals, tools: Tools, /, *, group: Group) -> None:
        self._tenant = tenant
        self._keys = keys
        self._approvals = approvals
        self._tools = tools
        self._group = group

    def hold(self, owner: str, reason: str, /, *, by: str) -> Held:
        """Sets a hold on an owner's keys once two people have approved it; raises InputError and Unavailable."""
        _check(reason)
        found = self._asked(Action.LEDGER_HOLD, owner, reason, by=by)
        if not isinstance(found, str):
            return found
        name = self._tools.ids.new()
        made = Hold(self._tenant, name, owner, reason, self._tools.clock.now())
        self._keys.hold(made, HoldSet(name, owner, reason, self._digest(by), found))
        return Held(name)

    def release(self, hold: str, reason: str, /, *, by: str) -> Held:
        """Releases a hold once two people have approved it; raises InputError for none of that id, Unavailable."""
        _check(reason)
        if hold not in {one.hold for one in self._keys.holds(tenant=self._tenant)}:
            raise InputError("expected the id of a hold", place=hold)
        found = self._asked(Action.LEDGER_RELEASE, hold, reason, by=by)
        if not isinstance(found, str):
            return found
        self._keys.release(hold, HoldReleased(hold, reason, self._digest(by), found), tenant=self._tenant)
        return Held(hold)

    def erase(self, owner: str, basis: str, /, *, by: str) -> tuple[int, int]:
        """Destroys an owner's keys; returns how many, and how many stayed because they are held; raises InputError."""
        _check(basis)
        return self._keys.erase(owner, BodiesErased(owner, 0, 0, basis, self._digest(by)), tenant=self._tenant)

    def _asked(self, action: Action, what: str, reason: str, *, by: str) -> str | Held:
        """Returns the case by which two people approved exactly this, which is used up; else what has become of it."""
        if self._group.people < 2:
            raise ConfigError(f"expected two people in the group `{self._group.name}`", place="policy.approvers")
        question = DecisionInput(self._tenant, action, by, "", Purpose.UNSTATED, "ledger", tool=what)
        duties = (f"ask:{self._group.name} 2",)
        decision = Decision(Verdict.ASK, reason, (f"custody.{action.value}",), duties=duties, approvable=True)
        whole = canonical.digest((question, reason))
        bound = self._tools.digester.digest("approval", whole, tenant=self._tenant)
        found = self._approvals.approval(question, decision, bound, Outline())
        return found.case if found.approved else Held(case=found.case, denied=found.denied)

    def _digest(self, by: str) -> str:
        return self._tools.digester.digest("principal", by, tenant=self._tenant)


def _check(reason: str) -> None:
    """An Event takes no more, and one that tells of something destroyed must not be lost."""
    if not 0 < len(reason) <= _REASON or not reason.isprintable():
        raise InputError(f"expected a reason of one line, {_REASON} characters at most")
