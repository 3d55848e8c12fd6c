"""How the ledger's failures are told: each a core error with a code of its own."""

from asepsis.core.errors import InputError, NotTrusted, Unavailable

__all__ = ["broken", "damaged", "refused", "unopened", "unproven", "unreachable"]


def damaged(what: str, /, *, place: str) -> NotTrusted:
    """Returns the error for stored bytes that do not hold; `what` names the check, never the content."""
    return NotTrusted(what, place=place, code="ledger_damaged")


def unproven(what: str, /) -> NotTrusted:
    """Returns the error for a proof, a signature or a published text that does not hold; `what` names the check."""
    return NotTrusted(what, place="ledger", code="ledger_unproven")


def unopened(what: str, /) -> NotTrusted:
    """Returns the error for a sealed body that does not open or does not hold; `what` names the check."""
    return NotTrusted(what, place="ledger", code="ledger_sealed")


def broken(what: str, /) -> Unavailable:
    """Returns the error for a log that failed to write and takes no more until it is opened again."""
    return Unavailable(what, place="ledger", code="ledger_broken")


def unreachable(what: str, /) -> Unavailable:
    """Returns the error for a writer that does not answer or has no room; whether the Events are kept is unknown."""
    return Unavailable(what, place="ledger", code="ledger_unreachable")


def refused(what: str, /, *, place: str = "ledger") -> InputError:
    """Returns the error for an entry or a tenant's name that no log takes."""
    return InputError(what, place=place, code="ledger_entry")
