"""Cedar text cut into statements, each with the line it begins on.

The engine's own messages say what is wrong but not where. A statement that is read by itself has a place, and one
fault does not hide the next.

Lexical grammar: https://docs.cedarpolicy.com/policies/syntax-grammar.html (strings with backslash escapes, comments
from `//` to the end of the line, statements that end with `;`).
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

__all__ = ["Statement", "statements"]

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|;|\s+|[^";/\s]+|.', re.DOTALL)


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
