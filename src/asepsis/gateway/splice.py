"""Putting replacements where findings were.

In plain text a finding's characters are replaced. In JSON text the result has to stay JSON: a finding outside of a
string is a number (or what looks like one), and its replacement becomes a string.
"""

from collections.abc import Callable, Sequence

from asepsis.core.types import Finding
from asepsis.gateway.errors import Denied

__all__ = ["JsonState", "Replace", "splice"]

Replace = Callable[[Finding, str], str | None]
"""Gives what stands in a finding's place, None where the text stays."""


class JsonState:
    """Whether a place in JSON text is inside a string, followed over the pieces in which the text comes."""

    __slots__ = ("escaped", "inside")

    def __init__(self) -> None:
        self.inside = False
        self.escaped = False

    def pass_over(self, text: str, /) -> int:
        """Moves over `text` and returns how many borders of strings were in it."""
        at = borders = 0
        if self.escaped and text:
            self.escaped, at = False, 1
        while True:
            quote = text.find('"', at)
            escape = text.find("\\", at) if self.inside else -1
            if escape >= 0 and (quote < 0 or escape < quote):
                if escape + 1 >= len(text):
                    self.escaped = True
                    return borders
                at = escape + 2
            elif quote >= 0:
                self.inside = not self.inside
                borders += 1
                at = quote + 1
            else:
                return borders


def splice(
    text: str,
    findings: Sequence[Finding],
    replace: Replace,
    /,
    *,
    start: int = 0,
    end: int | None = None,
    json: JsonState | None = None,
) -> str:
    """Returns `text[start:end]` with the findings in it replaced; they are sorted, apart, and inside that range.

    With `json` the text is JSON from that state on. Raises Denied for a finding that reaches over the border of a JSON
    string, because nothing could stand there.
    """
    out: list[str] = []
    at = start
    for finding in findings:
        found = text[finding.start : finding.end]
        instead = replace(finding, found)
        if instead is None:
            continue
        before = text[at : finding.start]
        if json is not None:
            json.pass_over(before)
            instead = _in_json(instead, found, json, place=finding.place)
        out += (before, instead)
        at = finding.end
    rest = text[at:end]
    if json is not None:
        json.pass_over(rest)
    if not out:
        return rest
    out.append(rest)
    return "".join(out)


def _in_json(instead: str, found: str, state: JsonState, *, place: str) -> str:
    inside = state.inside
    borders = state.pass_over(found)
    if borders:
        raise Denied("gateway.stream.json", "a finding reaches over the border of a JSON string", place=place)
    return instead if inside else f'"{instead}"'
