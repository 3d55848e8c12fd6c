"""Holds every sealed body that should be here against its Event, without any key."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import NotTrusted
from asepsis.core.events import Event, read
from asepsis.core.ports import Entry
from asepsis.ledger.errors import unopened
from asepsis.ledger.sealing.files import read_body
from asepsis.ledger.sealing.opening import checked, sealed_in

__all__ = ["Checked", "check_bodies"]

_MARK: Final = b'"sealed":{'


class Checked(NamedTuple):
    """How many bodies hold, and how many are gone because their time was up."""

    whole: int
    gone: int


def check_bodies(entries: Iterable[Entry], root: Path, /, *, since: int) -> Checked:
    """Checks the bodies that Events name; those of days before `since`, such as 20261126, may be gone.

    Raises NotTrusted, with the Event's id, for one that is missing or does not hold.
    """
    whole = gone = 0
    for entry in entries:
        if _MARK in entry.data:
            event = read(entry.data)
            here = _holds(event, root, since=since)
            whole, gone = whole + here, gone + (not here)
    return Checked(whole, gone)


def _holds(event: Event, root: Path, /, *, since: int) -> bool:
    ref = sealed_in(event)
    data = read_body(root, event.tenant, ref)
    if not data and int(ref.segment[:8]) < since:
        return False
    try:
        checked(event, data)
    except NotTrusted as error:
        raise unopened(f"the body of event `{event.id}` is missing or does not hold") from error
    return True
