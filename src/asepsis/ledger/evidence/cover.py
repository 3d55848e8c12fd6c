"""The page of a bundle for people: what it holds, how to check it, and what it does not show.

What it says is made once, as plain lines in which backticks stand around what is to be taken literally; HTML and PDF
are two ways to set the same lines.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

from asepsis.core.events import read
from asepsis.infra.clock import written
from asepsis.infra.timestamps import Stamp
from asepsis.ledger.evidence.claim import Claim
from asepsis.ledger.sealing.opening import OpenedBody
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.encoding import to_base64

__all__ = ["COLUMNS", "Facts", "cover", "facts", "marked"]

COLUMNS: Final = ("Entry", "Time (UTC)", "Kind", "Decision", "Id")

_MOST: Final = 1000
_LITERAL: Final = re.compile("`([^`]*)`")
_CHECK: Final = (
    "`python verify.py --vkey FILE` in this folder, with the log's public keys from somebody you trust, needs Python"
    " and the package `cryptography` and nothing else. It checks that these entries, and no others, stand in this range"
    " of the signed log, and that no other entry of the range fits what was asked for. `verify.html`, where there is"
    " one, checks the same in a browser, but for witnesses, the signature by ML-DSA-44, and who signed a timestamp."
)
_OPENED: Final = (
    "It holds what was said, too: parts of sealed bodies that were opened for it, in `data/opened.json`. Handle it as"
    " the medical record that it is."
)
_RECORDED: Final = "Whether what happened was recorded: only that what was recorded is here, unchanged."
_OTHERS: Final = (
    "Whether the log showed somebody else another history, unless witnesses cosigned it and you check that with a"
    " policy (`--policy FILE`)."
)
_LATE: Final = " The timestamp says when they were there at the latest, not when they happened."
_UNSIGNED: Final = "This page is not signed. What counts is what the check prints."
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Evidence</title>
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3rem;text-align:left}
code{word-break:break-all}</style>
"""


class Facts(NamedTuple):
    """What a cover says: the title, what is there, how to check it, what it does not show, and Events by `COLUMNS`."""

    title: str
    what: tuple[str, ...]
    check: tuple[str, ...]
    limits: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: str


def facts(
    claim: Claim,
    checkpoint: Checkpoint,
    entries: Sequence[bytes],
    /,
    *,
    opened: Sequence[OpenedBody] = (),
    stamp: Stamp | None = None,
) -> Facts:
    """Returns what is to be said: the first thousand selected Events, and whether there are `opened` bodies."""
    shown = claim.selected[:_MOST]
    here = f"{len(claim.selected)} of {len(entries)} events, entries {claim.start} to {claim.end - 1} of the log"
    here += f", which held {checkpoint.size} when this was signed. Asked for: {_asked(claim)}."
    what = [here, f"The log's root: `{to_base64(checkpoint.root)}`"]
    if stamp is not None:
        what.append(
            f"A timestamp authority says that all of this was there by {written(stamp.time)} (RFC 3161); check whose"
            " word that is with `--tsa FILE`."
        )
    times = "Times of events are those of the machine that wrote. The order is the log's." + (_LATE if stamp else "")
    more = len(claim.selected) - len(shown)
    return Facts(
        f"Evidence from the log `{_plain(claim.origin)}`",
        tuple(what),
        (_CHECK, _OPENED) if opened else (_CHECK,),
        (_RECORDED, _OTHERS, times, _UNSIGNED),
        tuple(_row(index, entries[index - claim.start]) for index in shown),
        f"And {more} more." if more else "",
    )


def cover(told: Facts, /) -> bytes:
    """Returns the facts as a page of HTML."""
    lines = [_PAGE, f"<h1>{_html(told.title)}</h1>"]
    lines += [f"<p>{_html(one)}</p>" for one in told.what]
    lines += ["<h2>How to check it</h2>", *(f"<p>{_html(one)}</p>" for one in told.check)]
    limits = [f"<li>{_html(one)}</li>" for one in told.limits]
    lines += ["<h2>What it does not show</h2>", "<ul>", *limits, "</ul>", "<h2>Events</h2>", "<table>"]
    lines.append("<tr>" + "".join(f"<th>{escape(one)}</th>" for one in COLUMNS) + "</tr>")
    lines += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in told.rows]
    return "\n".join([*lines, "</table>", f"<p>{told.more}</p>" if told.more else "", "</html>", ""]).encode()


def marked(text: str, /, *, literal: tuple[str, str]) -> str:
    """Returns a line escaped, with what is literal between two tags."""
    return _LITERAL.sub(lambda found: f"{literal[0]}{found[1]}{literal[1]}", escape(text))


def _html(text: str) -> str:
    return marked(text, literal=("<code>", "</code>"))


def _plain(text: str) -> str:
    return text.replace("`", "'")


def _asked(claim: Claim, /) -> str:
    words = [f"{name} {getattr(claim.filter, name)}" for name in claim.filter.__struct_fields__]
    return _plain(", ".join(word for word in words if not word.endswith(" "))) or "all events"


def _row(index: int, entry: bytes, /) -> tuple[str, ...]:
    event = read(entry)
    return (str(index), written(event.time), event.kind, event.verdict.name.lower(), event.id)
