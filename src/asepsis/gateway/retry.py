"""When an upstream is asked again, and when it is left alone: pure rules over what happened.

A request is asked again only before the first byte of an answer was released. A POST that may have been processed is
not, unless the settings say so: by default only a connection that never came about and the statuses 429 and 503, by
which a server says that it did not do it (RFC 9110 15.6.4, RFC 6585 4).
"""

from email.utils import parsedate_to_datetime
from typing import Final, Literal

import msgspec

__all__ = ["Breaker", "Reason", "Rest", "Retry", "again_after", "reason_of", "status_reason"]

Reason = Literal["connect", "timeout", "broken", "429", "502", "503", "504"]

_REASONS: Final[dict[str, Reason]] = {
    "upstream.connect": "connect",
    "upstream.timeout": "connect",
    "upstream.tls": "connect",
    "upstream.idle": "timeout",
    "upstream.broken": "broken",
    "upstream.stale": "broken",
}
_STATUSES: Final[dict[int, Reason]] = {429: "429", 502: "502", 503: "503", 504: "504"}
_NANO: Final = 1_000_000_000
_BYTES: Final = 2
_DIGITS: Final = 20


class Retry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often an upstream is asked, and after which failures. Times in milliseconds and seconds.

    No attempt begins later than `deadline_seconds` after the first; one that is under way goes on. A `retry-after` of
    more than `after_seconds` is not waited for: the next upstream has its turn.
    """

    attempts: int = 2
    on: tuple[Reason, ...] = ("connect", "429", "503")
    backoff_ms: int = 100
    backoff_max_ms: int = 2_000
    after_seconds: int = 5
    deadline_seconds: int = 30


class Rest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """After so many failures in a row an upstream is not asked for so many seconds; 0 failures: never."""

    failures: int = 5
    seconds: int = 15


class Breaker:
    """Counts an upstream's failures in a row, and lets it rest. After a rest one call tries; the others wait for it."""

    __slots__ = ("_failures", "_rest", "_until")

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._failures = 0
        self._until = 0

    def allows(self, now: int, /) -> bool:
        """Whether the upstream may be asked now (nanoseconds); after a rest, one is told yes: the one that tries."""
        if not self._until:
            return True
        if now < self._until:
            return False
        self._until = now + self._rest.seconds * _NANO
        return True

    def failed(self, now: int, /) -> None:
        """Takes a failure."""
        self._failures += 1
        if self._rest.failures and self._failures >= self._rest.failures:
            self._until = now + self._rest.seconds * _NANO

    def answered(self) -> None:
        """Takes an answer: the upstream is alive."""
        self._failures = self._until = 0


def reason_of(code: str, /) -> Reason | None:
    """Returns the reason that a transport's error is, None for one that no second try could better."""
    return _REASONS.get(code)


def status_reason(status: int, /) -> Reason | None:
    """Returns the reason that an answer's status is, None for an answer to pass on."""
    return _STATUSES.get(status)


def again_after(retry: Retry, attempt: int, drawn: bytes, /, *, header: str = "", now: int = 0) -> float | None:
    """Returns the seconds to wait after attempt number `attempt` (from 1), None when it is not to be waited for.

    `header` is the answer's `retry-after`, in seconds or as a date (RFC 9110 10.2.3), `now` milliseconds since the
    epoch. Without one the pause doubles from attempt to attempt, and a random half of it is taken off, so that callers
    that failed together do not come back together.
    """
    asked = _asked(header, now)
    if asked is not None:
        return asked if asked <= retry.after_seconds else None
    pause = min(retry.backoff_max_ms, retry.backoff_ms << (attempt - 1))
    share = int.from_bytes(drawn[:_BYTES], "big") / (1 << 8 * _BYTES)
    return pause * (1 - share / 2) / 1_000


def _asked(header: str, now: int) -> float | None:
    text = header.strip()
    if text.isascii() and text.isdecimal() and len(text) <= _DIGITS:
        return float(text)
    try:
        at: float = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, at - now / 1_000)
