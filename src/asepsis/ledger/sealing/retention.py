"""How long what is kept: a schedule by type of record, and the sweep that carries it out.

Content is destroyed by its keys, a day at a time; files without a key that opens anything in them are noise, and go,
too. Keys that are held stay, and so do the files of their days. Events are never destroyed here: a log from which
something was taken proves nothing.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from asepsis.core.ports import Clock
from asepsis.ledger.sealing.files import remove_before
from asepsis.ledger.sealing.keyring import DAY_MS

__all__ = ["CONTENT", "SCHEDULE", "Keys", "Record", "Swept", "cutoff", "sweep"]

CONTENT: Final = "content"
"""The type of record that prompts, answers and arguments of tools are."""


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
        "`ledger.sealing.days`, 30 unless set; longer under a legal hold",
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

    def oldest(self, *, tenant: str) -> int | None:
        """Returns the day of the oldest key that is left."""


def cutoff(days: int, clock: Clock, /) -> int:
    """Returns the day, counted from the epoch, from which on content is kept."""
    return clock.now() // DAY_MS - days


def sweep(keys: Keys, root: Path, tenant: str, /, *, days: int, clock: Clock) -> Swept:
    """Destroys what is kept long enough; raises OSError when files can't be removed."""
    first = cutoff(days, clock)
    gone, held = keys.expire(CONTENT, first, tenant=tenant)
    oldest = keys.oldest(tenant=tenant)
    keep = min(first, first if oldest is None else oldest)
    # A file's keys are of its day or of the one before, when their window was begun.
    day = int(datetime.fromtimestamp(keep * DAY_MS // 1000, UTC).strftime("%Y%m%d"))
    return Swept(gone, held, remove_before(root, tenant, day))
