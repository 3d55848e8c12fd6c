"""Asks a call's upstreams, one after the other, until one answers; never after a byte of an answer was released.

1. The candidates are the first upstream that has the model, then its fallbacks in the order of the settings.
2. One that rests (`retry.Breaker`) is passed over; so is a fallback that policy denies, for it is asked by name.
3. Each is asked as often as its own settings say, after a pause, for the failures that they name.
4. The last answer is passed on as it is, whatever its status; the last failure is the call's.

Each worker counts failures for itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Answer, Clock, Randomness, Request, Transport
from asepsis.gateway.call import Call
from asepsis.gateway.config import Upstream
from asepsis.gateway.retry import Breaker, Reason, again_after, reason_of, status_reason

__all__ = ["Upstreams"]

_DRAWN: Final = 2
_NANO: Final = 1_000_000_000
_ALIVE: Final = frozenset({"429", None})


class Upstreams:
    """Sends requests. `transport` carries those of upstreams that have none of their own.

    `before` is called before each attempt and raises for a call that may no longer be sent.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Clock,
        randomness: Randomness,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        before: Callable[[Call], None] | None = None,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._randomness = randomness
        self._sleep = sleep
        self._before = before
        self._breakers: dict[str, tuple[Upstream, Breaker]] = {}

    async def send(self, call: Call, request: Request) -> Answer:
        """Returns the answer to pass on, once its head is there; raises Unavailable when no upstream gives one."""
        began = self._clock.monotonic()
        failure = Unavailable("every upstream rests after failures in a row", code="upstream.resting")
        last: Answer | None = None
        for number, upstream in enumerate(call.candidates):
            breaker = self._breaker(upstream)
            if number and self._late(call.candidates[0], began):
                break
            if not breaker.allows(self._clock.monotonic()):
                continue
            asking = request if number == 0 else call.fallback(upstream)
            if asking is None:
                continue
            answer, failed = await self._ask(call, upstream, asking, began)
            if last is not None and answer is not None:
                last.close()
            last = answer or last
            failure = failed or failure
            if answer is not None and status_reason(answer.status) not in upstream.retry.on:
                return answer
            if failed is not None and reason_of(failed.code) not in upstream.retry.on:
                break
        if last is not None:
            return last
        raise failure

    async def _ask(
        self, call: Call, upstream: Upstream, request: Request, began: int
    ) -> tuple[Answer | None, Unavailable | None]:
        """Asks one upstream as often as it may be; returns its last answer or its last failure."""
        transport = call.live.transports.get(upstream.name, self._transport)
        attempt = 0
        while True:
            attempt += 1
            call.asks(upstream)
            if self._before is not None:
                self._before(call)
            try:
                answer = await transport.send(request)
            except Unavailable as error:
                outcome: tuple[Answer | None, Unavailable | None] = (None, error)
                reason, header = reason_of(error.code), ""
            else:
                outcome = (answer, None)
                reason, header = status_reason(answer.status), dict(answer.headers).get("retry-after", "")
            self._note(upstream, reason, failed=outcome[0] is None)
            if reason not in upstream.retry.on or attempt >= upstream.retry.attempts or self._late(upstream, began):
                return outcome
            drawn = self._randomness.bytes(_DRAWN)
            pause = again_after(upstream.retry, attempt, drawn, header=header, now=self._clock.now())
            if pause is None or not self._breaker(upstream).allows(self._clock.monotonic()):
                return outcome
            if outcome[0] is not None:
                outcome[0].close()
            await self._sleep(pause)

    def _note(self, upstream: Upstream, reason: Reason | None, *, failed: bool) -> None:
        if failed or reason not in _ALIVE:
            self._breaker(upstream).failed(self._clock.monotonic())
        else:
            self._breaker(upstream).answered()

    def _breaker(self, upstream: Upstream) -> Breaker:
        """Returns the upstream's breaker; one whose settings changed begins anew."""
        known = self._breakers.get(upstream.name)
        if known is None or (known[0] is not upstream and known[0] != upstream):
            known = self._breakers[upstream.name] = (upstream, Breaker(upstream.rest))
        return known[1]

    def _late(self, upstream: Upstream, began: int) -> bool:
        return self._clock.monotonic() - began > upstream.retry.deadline_seconds * _NANO
