"""Signed webhooks: what waits for people, told to ticketing and chat (Standard Webhooks, its asymmetric signature).

1. The ledger is the outbox: a cursor stands behind the last message that was taken, so that nothing is lost by a crash
   on either side. A message may come again, with the same id.
2. A message is signed with Ed25519 over its id, its time and its body (`v1a,`): a receiver holds a public key and no
   secret that somebody could send messages by.
3. What a receiver does not take now is offered again; what it refuses for good, and what is older than a day, is not.
4. A message has what the Event has, and where to look: no content, no name. Of a decision that obliges to tell somebody
   it has who is to be told, by which policies, and of which Event.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from asepsis.core.errors import InputError, Unavailable
from asepsis.core.events import Event
from asepsis.core.ports import Clock, Request, Transport
from asepsis.infra.telemetry.ports import Item

__all__ = ["Signing", "WebhookSink", "public_key"]

_KINDS: Final = ("access.", "approval.", "breakglass.")
_NOTIFY: Final = "notify:"
_OBLIGES: Final = b'"notify:'
_NOTICE: Final = "policy.notify"
_LONGEST: Final = 86_400_000
_SECONDS: Final = 10.0
_LATER: Final = frozenset({408, 409, 425, 429})


class _Decision(msgspec.Struct, frozen=True):
    duties: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


class _Decided(msgspec.Struct, frozen=True):
    """An Event that has a decision, as far as it is told; what is only observed obliges to nothing."""

    decision: _Decision = _Decision()
    application: str = ""
    session: str = ""
    mode: str = ""


class Signing(NamedTuple):
    """The clock that messages are dated by, and the key that signs a tenant's."""

    clock: Clock
    key: Callable[[str], Ed25519PrivateKey]


class WebhookSink:
    """Posts to one address; `more` says what goes with an Event beside its payload."""

    def __init__(
        self,
        name: str,
        url: str,
        transport: Transport,
        signing: Signing,
        more: Callable[[Event], Mapping[str, object]],
    ) -> None:
        self.name = f"webhook.{name}"
        self._url = url
        self._transport = transport
        self._signing = signing
        self._more = more

    async def deliver(self, items: Sequence[Item], /) -> None:
        """Returns once all that is for people was taken; raises Unavailable, and InputError where one was refused."""
        refused = 0
        for item in items:
            event = item.event
            if self._signing.clock.now() - event.time > _LONGEST:
                continue
            if event.kind.startswith(_KINDS):
                refused += await self._post(event, event.kind, await asyncio.to_thread(self._said, event))
            elif _OBLIGES in item.entry.data and (notice := _notice(event)) is not None:
                refused += await self._post(event, _NOTICE, notice)
        if refused:
            raise InputError(f"the receiver refused {refused} messages", code="webhook_refused")

    async def close(self) -> None:
        """Closes the connections."""
        await self._transport.close()

    async def _post(self, event: Event, kind: str, said: Mapping[str, object]) -> bool:
        """Posts one message; returns whether it was refused for good; raises Unavailable where it may go later."""
        time = datetime.fromtimestamp(event.time / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = msgspec.json.encode({"type": kind, "timestamp": time, "data": {"tenant": event.tenant, **said}})
        at = str(self._signing.clock.now() // 1000)
        signed = self._signing.key(event.tenant).sign(b".".join((event.id.encode(), at.encode(), body)))
        headers = (
            ("content-type", "application/json"),
            ("webhook-id", event.id),
            ("webhook-timestamp", at),
            ("webhook-signature", f"v1a,{b64encode(signed).decode()}"),
        )
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self._transport.send(Request("POST", self._url, headers, body))
                answer.close()
        except TimeoutError as error:
            raise Unavailable("the receiver did not answer in time", code="webhook_busy") from error
        if 200 <= answer.status < 300:
            return False
        if answer.status >= 500 or answer.status in _LATER:
            raise Unavailable(f"the receiver answered with status {answer.status}", code="webhook_busy")
        return True

    def _said(self, event: Event) -> dict[str, object]:
        return {**msgspec.json.decode(event.payload, type=dict[str, object]), **self._more(event)}


def _notice(event: Event) -> dict[str, object] | None:
    """Returns what is told of an Event whose decision obliges to tell somebody, None for another."""
    said = msgspec.json.decode(event.payload, type=_Decided)
    duties = [duty.removeprefix(_NOTIFY) for duty in said.decision.duties if duty.startswith(_NOTIFY)]
    if not duties or said.mode == "observe":
        return None
    return {
        "notify": sorted({who for duty in duties for who in duty.split()}),
        "event": event.id,
        "kind": event.kind,
        "verdict": event.verdict.name.lower(),
        "policies": said.decision.policies,
        "application": said.application,
        "session": said.session,
    }


def public_key(key: Ed25519PrivateKey, /) -> str:
    """Returns the public key as Standard Webhooks has it: `whpk_` and base64."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"whpk_{b64encode(raw).decode()}"
