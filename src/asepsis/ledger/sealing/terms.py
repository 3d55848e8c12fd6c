"""How long a piece of content is kept, as the name of its type of record says.

What no policy speaks of is `content`, kept for the usual time. Where one says how long (`@retention`), it is a type of
record of its own, with keys of its own, named by its days: `content.366d`.
"""

import re
from typing import Final, NamedTuple

from asepsis.core.errors import InputError

__all__ = ["CONTENT", "Term", "days_in", "days_of"]

CONTENT: Final = "content"
"""The type of record that prompts, answers and arguments of tools are."""

_NAME: Final = re.compile(r"content\.([1-9][0-9]{0,6})d(\+?)")
_TIME: Final = re.compile(r"([1-9][0-9]{0,3})([dmy])")
_DAYS: Final = {"d": 1, "m": 31, "y": 366}
"""A month and a year at their longest: nothing is destroyed before its time."""


class Term(NamedTuple):
    """A time that a policy sets: so many days, or, with `least`, no fewer than usual either."""

    days: int
    least: bool = False

    @property
    def record(self) -> str:
        """The type of record that such content is."""
        return f"{CONTENT}.{self.days}d{'+' if self.least else ''}"


def days_in(text: str, /) -> int:
    """Returns the days of a time such as `30d`, `18m` or `6y`; raises InputError."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise InputError("expected a time such as `30d`, `18m` or `6y`")
    return int(found[1]) * _DAYS[found[2]]


def days_of(record: str, /, *, usual: int) -> int | None:
    """Returns how many days a type of record is kept, None for one that is not known here."""
    if record == CONTENT:
        return usual
    found = _NAME.fullmatch(record)
    if found is None:
        return None
    return max(int(found[1]), usual) if found[2] else int(found[1])
