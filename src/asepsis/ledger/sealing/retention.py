"""How long what is kept: a schedule by type of record, and the sweep that carries it out.

Content is destroyed by its keys, a day at a time; files without a key that opens anything in them are noise, and go,
too. Keys that are held stay, and so do the files of their days. Events are never destroyed here: a log from which
something was taken proves nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from asepsis.core.ports import Clock
from asepsis.ledger.sealing.files import remove_before
from asepsis.ledger.sealing.keyring import DAY_MS
from asepsis.ledger.sealing.terms import CONTENT, days_of

__all__ = ["SCHEDULE", "Due", "Keys", "Record", "Swept", "cutoffs", "sweep"]


class Record(NamedTuple):
    """A type of record: what it is, how long it is kept, and why."""

    name: str
    what: str
    kept: str
    why: str


SCHEDULE: Final = (
    Record(
        "decision",
        "Events: who asked what kind of thing, what was found and decided, by which policies",
        "six years at least; never destroyed by the ledger",
        "45 CFR 164.316(b)(2)(i), 164.530(j)(2)",
    ),
    Record(
        "custody",
        "Events: what was opened, erased, expired, held and released, and by whom",
        "six years at least; never destroyed by the ledger",
        "45 CFR 164.528(a)(1), 164.316(b)(2)(i)",
    ),
    Record(
        CONTENT,
        "sealed bodies: what was asked and answered",
        "`ledger.sealing.days`, 30 unless set, or as a policy says (`@retention`); longer under a legal hold",
        "45 CFR 164.502(b), 164.514(d): no more than is needed; HIPAA itself asks for no period",
    ),
    Record("token", "values behind tokens", "24 hours after the last of their scope", "45 CFR 164.502(b)"),
)


class Swept(NamedTuple):
    """How many keys were destroyed and how many stayed because they are held, and how many files went."""

    keys: int
    held: int
    files: int


class Keys(Protocol):
    """The key store, as far as a sweep needs it."""

    def expire(self, record: str, day: int, /, *, tenant: str) -> tuple[int, int]:
        """Destroys the keys from before a day that are not held; returns how many, and how many are held."""

    def records(self, *, tenant: str) -> Sequence[str]:
        """Returns the types of record of all keys that are left."""

    def days(self, before: int, /, *, tenant: str) -> Sequence[int]:
        """Returns the days before a day of which keys are left."""


class Due(NamedTuple):
    """A type of record, how many days it is kept, and the day, counted from the epoch, from which on it still is."""

    record: str
    days: int
    first: int


def cutoffs(records: Sequence[str], /, *, days: int, clock: Clock) -> list[Due]:
    """Returns from when on each type of content is kept; `days` is for what no policy speaks of.

    A type that is not known here is left out: what is destroyed can't be had again.
    """
    today = clock.now() // DAY_MS
    known = ((one, days_of(one, usual=days)) for one in sorted({CONTENT, *records}))
    return [Due(record, kept, today - kept) for record, kept in known if kept is not None]


def sweep(keys: Keys, root: Path, tenant: str, /, *, days: int, clock: Clock) -> Swept:
    """Destroys what is kept long enough; raises OSError when files can't be removed."""
    gone = held = 0
    for one in cutoffs(keys.records(tenant=tenant), days=days, clock=clock):
        destroyed, stayed = keys.expire(one.record, one.first, tenant=tenant)
        gone, held = gone + destroyed, held + stayed
    first = clock.now() // DAY_MS - days
    # A file's keys are of its day or of the one before, when their window was begun.
    needed = {_date(day + after) for day in keys.days(first, tenant=tenant) for after in (0, 1)}
    return Swept(gone, held, remove_before(root, tenant, _date(first), needed))


def _date(day: int) -> int:
    """Returns a day as files are named by it, such as 20261126."""
    return int(datetime.fromtimestamp(day * DAY_MS // 1000, UTC).strftime("%Y%m%d"))
