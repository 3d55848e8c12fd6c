"""How often a value has to be escaped where a text stands: in JSON once, in JSON within JSON twice, in prose never.

JSON begins where a text or a fenced code block begins with `{` or `[`. In it a value is escaped inside of strings, once
for each one that is open; a string in a string counts where the outer one is JSON itself.

INVARIANT: what `level` says depends on the text so far and not on how it was cut.
"""

import re
from typing import Final

__all__ = ["Quoting"]

_FENCE: Final = "```"
_INSIDE: Final = re.compile(r'(\\*)"|```')
_DEEPEST: Final = 3


class Quoting:
    """Follows one text. A token is to be given to `token`, and the text around it to `follow`."""

    __slots__ = ("_fresh", "_json", "_open", "_rest")

    def __init__(self) -> None:
        self._rest = ""
        self._fresh = True
        self._json = False
        self._open: list[bool | None] = []

    @property
    def in_json(self) -> bool:
        """Whether this is JSON."""
        return self._json

    @property
    def level(self) -> int:
        """How often a value is escaped here."""
        return len(self._open) if self._json else 0

    def token(self) -> None:
        """Moves over a token, which is no beginning of JSON."""
        self._flush()
        self._fresh = False
        if self._open and self._open[-1] is None:
            self._open[-1] = False

    def follow(self, text: str, /) -> None:
        """Moves over `text`; marks that the text may go on with wait for the rest of them."""
        text = self._rest + text
        end = len(text) - len(text.rstrip("\\`"))
        line = text.rfind(_FENCE)
        if line >= 0 and "\n" not in text[line:] and len(text) - line < 40:
            end = max(end, len(text) - line)
        self._rest = text[len(text) - end :]
        self._over(text[: len(text) - end])

    def _flush(self) -> None:
        self._over(self._rest)
        self._rest = ""

    def _over(self, text: str) -> None:
        at = 0
        while at < len(text):
            at = self._in_json(text, at) if self._json else self._in_prose(text, at)

    def _in_prose(self, text: str, at: int) -> int:
        if self._fresh:
            rest = text[at:].lstrip()
            if not rest:
                return len(text)
            if not rest.startswith(_FENCE):
                self._fresh = False
                self._json = rest[0] in "{["
                return len(text) - len(rest)
        fence = text.find(_FENCE, at)
        if fence < 0:
            return len(text)
        self._fresh = True
        line = text.find("\n", fence)
        return len(text) if line < 0 else line + 1

    def _in_json(self, text: str, at: int) -> int:
        if self._open and self._open[-1] is None:
            rest = text[at:].lstrip()
            if not rest:
                return len(text)
            self._open[-1] = rest[0] in "{["
        found = _INSIDE.search(text, at)
        if found is None:
            return len(text)
        if found[1] is None:
            if not self._open:
                self._json = self._fresh = False
            return found.end()
        self._quote(len(found[1]))
        return found.end()

    def _quote(self, slashes: int) -> None:
        """Opens or closes the string that a quote with so many backslashes before it can be the border of."""
        # Each string halves the backslashes; an odd one that is left escapes a quote of a string further inside.
        level = (slashes ^ (slashes + 1)).bit_length() - 1
        if level < len(self._open):
            del self._open[level:]
        elif level == len(self._open) < _DEEPEST and (not self._open or self._open[-1]):
            self._open.append(None)
