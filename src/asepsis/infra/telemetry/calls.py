"""Model calls as the ledger tells them: an opened Event, later the closed one, or the incident that none came."""

from collections.abc import Mapping
from typing import Final

import msgspec

from asepsis.core.errors import InputError
from asepsis.core.events import CallClosed, CallOpened, CallUnclosed, Event, Payload, read_payload
from asepsis.core.types import Verdict

__all__ = ["TOOL_CALL", "UNCLOSED", "Call", "advance", "payload"]

TOOL_CALL: Final = "tool.call.opened"
UNCLOSED: Final = "gateway.call.unclosed"
_CALL: Final = "gateway.call."


class Call(msgspec.Struct, frozen=True):
    """One call so far. `index` is the opened Event's place in its tenant's log, `ended_index` that of what ended it."""

    id: str
    index: int
    time: int
    tenant: str
    principal: str
    verdict: Verdict
    opened: CallOpened
    closed: CallClosed | None = None
    unclosed: bool = False
    ended_index: int = -1
    ended_time: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come."""
        return self.closed is not None or self.unclosed


def payload(event: Event, /) -> Payload | None:
    """Reads the payload of a call's Event; None for other kinds, one of a later version, and what does not fit."""
    if not event.kind.startswith(_CALL):
        return None
    try:
        return read_payload(event)
    except InputError:
        return None


def advance(known: Mapping[str, Call], event: Event, what: Payload | None, /, *, index: int) -> Call | None:
    """Returns the call that an Event opens or ends by its payload; None for other Events and for unknown calls."""
    if isinstance(what, CallOpened):
        return Call(event.id, index, event.time, event.tenant, event.principal, event.verdict, what)
    if not isinstance(what, CallClosed | CallUnclosed):
        return None
    call = known.get(what.opened)
    if call is None or call.tenant != event.tenant:
        return None
    closed = what if isinstance(what, CallClosed) else call.closed
    unclosed = call.unclosed or closed is not what
    verdict = max(call.verdict, event.verdict)
    # Made anew, not with `structs.replace`, which takes three times as long: every call comes by here, twice.
    return Call(
        call.id, call.index, call.time, call.tenant, call.principal, verdict, call.opened, closed, unclosed,
        ended_index=index, ended_time=event.time,
    )  # fmt: skip
