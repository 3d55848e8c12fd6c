"""How far the findings in a text that goes on are final.

Open at the end of a text are: its last unfinished word, with base64 lines before it; what looks like numbers in
groups, months and short codes leading up to it, as far as a rule reaches; and a private key that has not ended. What
lies before all of these, and before every finding that reaches into them, is settled.
"""

import re
from typing import Final

__all__ = ["CONTEXT", "REACH", "open_from"]

REACH: Final = 112
"""No rule but those over one unbroken word, and the private key's, matches more characters than this."""

CONTEXT: Final = 160
"""How far left of a value a rule looks: for its keyword, and for what may lie between."""

_KEY_REACH: Final = 8192
_LINES: Final = re.compile(r"[A-Za-z0-9+/_-]{40,}\r?")
_GROUPS: Final = re.compile(
    r"(?:(?:[^\s\d]{0,4}\d[^\s]*|[A-Za-z0-9]{1,4}[.,]?|[^\sA-Za-z0-9]{1,3}|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}[.,]?)[ \t]{1,3})+\Z",
    re.IGNORECASE,
)


def open_from(text: str, /) -> int:
    """Returns where what is still open begins: the text's length if nothing is."""
    word = len(text) - _trailing_word(text)
    start = _lines(text, word)
    if start == word:
        near = max(0, word - REACH)
        groups = _GROUPS.search(text, near, word)
        start = groups.start() if groups is not None else word
    key = text.rfind("-----BEGIN", max(0, len(text) - _KEY_REACH))
    if key >= 0 and text.find("-----END", key) < 0:
        start = min(start, key)
    return start


def _trailing_word(text: str) -> int:
    at = len(text)
    while at and not text[at - 1].isspace():
        at -= 1
    return len(text) - at


def _lines(text: str, word: int) -> int:
    """Moves back over the lines of base64 before the last word."""
    start = word
    while start and text[start - 1] == "\n":
        line = text.rfind("\n", 0, start - 1) + 1
        if _LINES.fullmatch(text, line, start - 1) is None:
            break
        start = line
    return start
