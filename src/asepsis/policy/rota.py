"""Who answers for a group at a time: by turns, or in the place of others. All times are UTC."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

from asepsis.core.errors import ConfigError
from asepsis.policy.config import Shift

__all__ = ["Rota", "check_shifts"]

_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTES: Final = 1_440


class Rota:
    """The shifts of the settings, which were checked."""

    def __init__(self, shifts: Sequence[Shift]) -> None:
        self._shifts = tuple(shifts)

    def groups(self, principal: str, at: int, /) -> frozenset[str]:
        """Returns the groups for which somebody answers by the rota at a time in milliseconds."""
        return frozenset(one.group for one in self._shifts if one.principal == principal and _covers(one, at))

    def on_duty(self, group: str, at: int, /) -> tuple[str, ...]:
        """Returns who answers for a group by the rota then."""
        return tuple(sorted({one.principal for one in self._shifts if one.group == group and _covers(one, at)}))


def check_shifts(shifts: Sequence[Shift], /) -> None:
    """Raises ConfigError for a day or hours that can't be read."""
    for number, one in enumerate(shifts):
        place = f"policy.rota[{number}]"
        for field in ("group", "principal"):
            if not getattr(one, field):
                raise ConfigError("expected a value", place=f"{place}.{field}")
        for field in ("first", "last"):
            try:
                _day(getattr(one, field), date.min)
            except ValueError as error:
                raise ConfigError("expected a day such as 2027-01-31", place=f"{place}.{field}") from error
        try:
            _hours(one.hours)
        except ValueError as error:
            raise ConfigError("expected hours such as `08:00-18:00`", place=f"{place}.hours") from error


def _covers(one: Shift, at: int) -> bool:
    """Whether a shift covers a time; one over midnight belongs to the day that it begins on."""
    moment = datetime.fromtimestamp(at // 1000, UTC)
    minute = moment.hour * 60 + moment.minute
    start, end = _hours(one.hours)
    day = moment.date()
    if start >= end and minute < end:
        day = date.fromordinal(day.toordinal() - 1)
    elif not (start <= minute < end or (start >= end and minute >= start)):
        return False
    if one.days and _WEEK[day.weekday()] not in one.days:
        return False
    return _day(one.first, date.min) <= day <= _day(one.last, date.max)


def _hours(text: str) -> tuple[int, int]:
    """Returns the minutes of a day from which and until which hours go; raises ValueError."""
    if not text:
        return 0, _MINUTES
    start, end = text.split("-")
    return _minute(start), _minute(end)


def _minute(text: str) -> int:
    moment = datetime.strptime(text, "%H:%M").replace(tzinfo=UTC)
    return moment.hour * 60 + moment.minute


def _day(text: str, instead: date) -> date:
    return date.fromisoformat(text) if text else instead
