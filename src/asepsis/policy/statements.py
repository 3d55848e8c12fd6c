"""Cedar text cut into statements, each with the line it begins on.

The engine's own messages say what is wrong but not where. A statement that is read by itself has a place, and one
fault does not hide the next.

Lexical grammar: https://docs.cedarpolicy.com/policies/syntax-grammar.html (strings with backslash escapes, comments
from `//` to the end of the line, statements that end with `;`).

INVARIANT: what is handed to the engine nests within limits. Its parser is recursive and native: text that nests deeper
than its stack does not fail there, it ends the process.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

__all__ = ["Statement", "statements", "unsafe"]

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|;|\s+|[^";/\s]+|.', re.DOTALL)
_NESTS: Final = re.compile(
    r'"(?:[^"\\]|\\.)*"|//[^\n]*|(?P<opens>[(\[{])|(?P<closes>[)\]}])|(?P<chains>&&|\|\||[-+*.!]|\bif\b)', re.DOTALL
)
_DEEPEST: Final = 64
_CHAINED: Final = 1000
"""The engine took twice as many of each without harm, and ten times as many ended the process (cedarpy 4.12)."""


class Statement(NamedTuple):
    """One policy as written, with the line it begins on, counted from 1."""

    line: int
    text: str


def statements(text: str, /) -> Iterator[Statement]:
    """Yields the statements of a text; what stands behind the last `;` is one, too, unless it says nothing."""
    begin, line, said = 0, 1, False
    start = 1
    for token in _TOKEN.finditer(text):
        word = token[0]
        if not said and not word.isspace() and not word.startswith("//"):
            said, begin, start = True, token.start(), line
        line += word.count("\n")
        if word == ";":
            yield Statement(start, text[begin : token.end()])
            said = False
    if said:
        yield Statement(start, text[begin:])


def unsafe(text: str, /) -> str:
    """Returns why a statement can't be handed to the engine, in words; empty where it can."""
    depth = chained = 0
    for found in _NESTS.finditer(text):
        depth += (found["opens"] is not None) - (found["closes"] is not None)
        chained += found["chains"] is not None
        if depth > _DEEPEST:
            return f"expected at most {_DEEPEST} brackets in each other"
        if chained > _CHAINED:
            return f"expected at most {_CHAINED} operators"
    return ""
