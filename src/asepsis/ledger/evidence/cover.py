"""The page of a bundle for people: what it holds, how to check it, and what it does not show."""

from collections.abc import Sequence
from html import escape
from typing import Final

from asepsis.core.events import read
from asepsis.infra.clock import written
from asepsis.infra.timestamps import Stamp
from asepsis.ledger.evidence.claim import Claim
from asepsis.ledger.sealing.opening import OpenedBody
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.encoding import to_base64

__all__ = ["cover"]

_MOST: Final = 1000
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Evidence</title>
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3rem;text-align:left}
code{word-break:break-all}</style>
<h1>Evidence from the log <code>@origin</code></h1>
<p>@selected of @count events, entries @start to @last of the log, which held @size when this was signed.
Asked for: @asked.</p>
<p>The log's root: <code>@root</code></p>
@stamp<h2>How to check it</h2>
<p><code>python verify.py --vkey FILE</code> in this folder, with the log's public keys from somebody you trust, needs
Python and the package <code>cryptography</code> and nothing else. It checks that these entries, and no others, stand in
this range of the signed log, and that no other entry of the range fits what was asked for. <code>verify.html</code>,
where there is one, checks the same in a browser, but for witnesses and the signature by ML-DSA-44.</p>
@opened<h2>What it does not show</h2>
<ul><li>Whether what happened was recorded: only that what was recorded is here, unchanged.</li>
<li>Whether the log showed somebody else another history, unless witnesses cosigned it and you check that with a policy
(<code>--policy FILE</code>).</li>
<li>Times of events are those of the machine that wrote. The order is the log's.@late</li>
<li>This page is not signed. What counts is what the check prints.</li></ul>
<h2>Events</h2>
<table><tr><th>Entry<th>Time (UTC)<th>Kind<th>Decision<th>Id</tr>
@rows</table>@more
</html>
"""


_STAMP: Final = """<p>A timestamp authority says that all of this was there by @time (RFC 3161); check whose word
that is with <code>--tsa FILE</code>.</p>
"""
_LATE: Final = " The timestamp says when they were there at the latest, not when they happened."

_OPENED: Final = """<p>It holds what was said, too: parts of sealed bodies that were opened for it, in
<code>data/opened.json</code>. Handle it as the medical record that it is.</p>
"""


def cover(
    claim: Claim,
    checkpoint: Checkpoint,
    entries: Sequence[bytes],
    /,
    *,
    opened: Sequence[OpenedBody] = (),
    stamp: Stamp | None = None,
) -> bytes:
    """Returns the page; it lists the first thousand selected Events, and says whether there are `opened` bodies."""
    shown = claim.selected[:_MOST]
    rows = "\n".join(_row(index, entries[index - claim.start]) for index in shown)
    more = len(claim.selected) - len(shown)
    values = {
        "@origin": escape(claim.origin),
        "@selected": str(len(claim.selected)),
        "@count": str(len(entries)),
        "@start": str(claim.start),
        "@last": str(claim.end - 1),
        "@size": str(checkpoint.size),
        "@asked": escape(_asked(claim)),
        "@root": to_base64(checkpoint.root),
        "@stamp": _STAMP.replace("@time", written(stamp.time)) if stamp else "",
        "@late": _LATE if stamp else "",
        "@opened": _OPENED if opened else "",
        "@rows": rows,
        "@more": f"<p>And {more} more.</p>" if more else "",
    }
    page = _PAGE
    for name, value in values.items():
        page = page.replace(name, value, 1)
    return page.encode()


def _asked(claim: Claim, /) -> str:
    words = [f"{name} {getattr(claim.filter, name)}" for name in claim.filter.__struct_fields__]
    return ", ".join(word for word in words if not word.endswith(" ")) or "all events"


def _row(index: int, entry: bytes, /) -> str:
    event = read(entry)
    time = written(event.time)
    cells = (str(index), time, event.kind, event.verdict.name.lower(), event.id)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
