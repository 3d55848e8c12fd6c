"""The system's clocks behind `core.ports.Clock`; no other file of the house reads one."""

import time
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

__all__ = ["SystemClock", "day_number", "end_of_day", "today", "written"]

_DAY: Final = 86_400_000


class SystemClock:
    """The wall clock and the monotonic clock of this machine."""

    __slots__ = ()

    def now(self) -> int:
        """Returns milliseconds since the epoch, UTC; it can jump, so durations never come from it."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> int:
        """Returns nanoseconds of a clock that never goes back and means nothing outside this machine."""
        return time.monotonic_ns()


def today(now: int, /) -> int:
    """Returns the day of a time in milliseconds since the epoch, UTC, as a number such as 20261126."""
    return _day(now // _DAY)


@lru_cache(maxsize=4)
def _day(number: int) -> int:
    return int(datetime.fromtimestamp(number * _DAY // 1000, UTC).strftime("%Y%m%d"))


def day_number(text: str, /) -> int:
    """Returns a day written YYYY-MM-DD as a number such as 20261126; raises ValueError."""
    day = date.fromisoformat(text)
    if day.isoformat() != text:  # ISO 8601 has other forms, such as 2026-W48-4
        raise ValueError("expected YYYY-MM-DD")
    return int(text.replace("-", ""))


def end_of_day(text: str, /) -> int:
    """Returns when a day written YYYY-MM-DD is over in UTC, in milliseconds since the epoch; raises ValueError."""
    day_number(text)
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000 + _DAY


def written(milliseconds: int, /) -> str:
    """Returns a time as ISO 8601 in UTC, and as the number that it is where no calendar has it."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)
