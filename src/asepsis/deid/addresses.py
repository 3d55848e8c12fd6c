"""Whether a place in a text is part of a web address, followed over the pieces in which the text comes.

An address is a run of characters without white space in which something begins one (a scheme, `//`, `www.`, a host with
a path, a Markdown link's `](`), or an HTML tag that holds an attribute or a scheme. It is a wide reading on purpose: a
value that is not put back costs a look, one that is sent away cannot be got back.

INVARIANT: what `inside` says depends on the text so far and not on how it was cut.
"""

import re
from typing import Final

__all__ = ["Address"]

_BEGIN: Final = re.compile(
    r"""
    :\\?/ | // | \\/\\/ | www\. | (?:https?|ftp|mailto|data|javascript|tel|sms): | \\u00[2-7] | \]\(
    | \.[a-z]{2,10}(?::[0-9]{1,5})?[/?] | [0-9]\.[0-9]{1,3}\.[0-9]{1,3}(?::[0-9]{1,5})?[/?]
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_TAIL: Final = 24
"""Longer than whatever begins an address."""

_BREAKS: Final = (" ", "\n", "\t", "\r", "<", ">")
_TAG: Final = re.compile(r"<[A-Za-z!/?]", re.ASCII)
_SIGN: Final = re.compile(r"[=:]")


class Address:
    """Follows one text. In JSON an address also ends where a string does."""

    __slots__ = ("_run", "_signed", "_tag", "_tail", "json")

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self._tail = ""
        self._run = False
        self._tag = False
        self._signed = False

    @property
    def inside(self) -> bool:
        """Whether what stands here is part of an address."""
        return self._run or (self._tag and self._signed)

    def enter(self) -> None:
        """Says that an address was put here: what follows it without a space belongs to it."""
        self._run = True

    def follow(self, text: str, /) -> None:
        """Moves over `text`."""
        if not text:
            return
        whole = self._tail + text
        last = max(whole.rfind(mark) for mark in _BREAKS)
        if self.json:
            last = max(last, _quote(whole))
        if last >= len(self._tail):
            self._run = False
        if not self._run and _BEGIN.search(whole, last + 1):
            self._run = True
        self._follow_tag(whole)
        self._tail = whole[-_TAIL:]

    def _follow_tag(self, whole: str) -> None:
        opened = -1
        if "<" in whole:
            for found in _TAG.finditer(whole, whole.rfind(">") + 1):
                opened = found.start()
                break
        if opened >= 0:
            self._tag, self._signed = True, _SIGN.search(whole, opened) is not None
        elif ">" in whole[len(self._tail) :]:
            self._tag = self._signed = False
        elif self._tag and not self._signed:
            self._signed = _SIGN.search(whole) is not None


def _quote(text: str) -> int:
    """The last double quote that no backslash stands before, -1 where there is none."""
    at = text.rfind('"')
    while at > 0 and text[at - 1] == "\\":
        at = text.rfind('"', 0, at)
    return at if at != 0 else -1
