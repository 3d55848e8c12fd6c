"""What a call does besides reading, by an optional argument of a tool that reads: `archive`, `email_to`, `new_status`.

A draft takes the tool for a reading one, and such an argument for a doing where it is given anything. A truth value
does what its first word says (`delete_after`, not `deleted_only`), and so does what else begins with a doing that
changes something. Who is given an address receives: where the name says that something is sent there, and where a thing
is named besides, so that the address picks none (`get_report(report_id, fax_number)`, not `find_members(phone)`).
"""

from typing import Final

from asepsis.tools.described import does
from asepsis.tools.shapes import SchemaLeaf
from asepsis.tools.types import ArgumentRole
from asepsis.tools.vocabulary import vocabulary, words_of

__all__ = ["acting"]

_CHANGING: Final = frozenset(
    {
        "add", "append", "approve", "cancel", "change", "delete", "deny", "insert", "new", "override", "patch", "purge",
        "remove", "replace", "rm", "set", "update", "write",
    }
)  # fmt: skip
"""What an argument that is no truth value begins with where it changes something."""

_COPIED: Final = frozenset({"bcc", "cc", "notify"})
_RECEIVED: Final = frozenset({"recipient", "recipients", "receiver"})
_SENT: Final = frozenset({"to", "with"})
_REMARKS: Final = frozenset({"comment", "comments", "note", "notes", "remark", "remarks"})
_PICKING: Final = frozenset({"filter", "filters", "where", "criteria", "include", "only", "sort", "order"})
_TOLD: Final = frozenset(
    {
        "after", "at", "before", "by", "count", "date", "day", "id", "ids", "key", "no", "number", "on", "since",
        "time", "type",
    }
)  # fmt: skip
"""What an argument ends with that is the number, the kind or the time of something."""

_NAMED: Final = {"new": "change", "rm": "remove", "cc": "send", "bcc": "send"}


def acting(leaf: SchemaLeaf, role: ArgumentRole, /, *, thing: bool) -> str:
    """Returns the verb of what a call does by an argument of a reading tool; empty for one that only says what to read.

    `role` is the part by the argument's name; with `thing` the tool has to be given which thing is read.
    """
    steps = [words_of(step) for step in leaf.path.split(".")]
    if any(_PICKING.intersection(words) for words in steps):
        return ""
    return next((verb for words in steps if (verb := _verb(leaf, words, role, thing=thing))), "")


def _verb(leaf: SchemaLeaf, words: tuple[str, ...], role: ArgumentRole, *, thing: bool) -> str:
    first, last = words[0] if words else "", words[-1] if words else ""
    doing = bool(does(first)) and first not in vocabulary().effects["read"]
    if leaf.kind == "boolean":
        return first if doing and last != "only" else ""
    told = next(
        (word for word in words if word in _COPIED), first if len(words) > 1 and last in _SENT and doing else ""
    )
    if told:
        return _NAMED.get(told, told)
    if first in _CHANGING and (last not in _TOLD or len(words) == 1):
        return _NAMED.get(first, first)
    if thing and (role is ArgumentRole.DESTINATION or _RECEIVED.intersection(words)):
        return "send"
    return "note" if thing and last in _REMARKS else ""
