"""Whether a place in a text is part of a web address, followed over the pieces in which the text comes.

An address is a run of characters without white space in which something begins one (a scheme, `//`, `www.`, a host with
a path). A Markdown link's target lasts to its `)`, that of a definition (`[label]: target`) to white space, and one in
angle brackets, which may hold both, to the end of the line (CommonMark 4.7, 6.3), however it is written. An HTML tag
that holds an attribute or a scheme lasts to the `>` that no quotes are around, and what a page would run or send (a
script, a form) to its closing tag; an address that began before a tag goes on behind it. It is a wide reading on
purpose: a value that is not put back costs a look, one that is sent away cannot be got back.

INVARIANT: what `inside` says depends on the text so far and not on how it was cut.
"""

import re
from typing import Final

__all__ = ["Address"]

_BEGIN: Final = re.compile(
    r"""
    :\\?/ | // | \\/\\/ | www\. | (?:https?|ftp|mailto|data|javascript|tel|sms): | \\u00[2-7] | \]\( | \]\[
    | [.\u3002\uff0e\uff61][a-z]{2,63}(?::[0-9]{1,5})?[/?\\#:]
    | [0-9]\.[0-9]{1,3}\.[0-9]{1,3}(?::[0-9]{1,5})?[/?\\#]
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_TAIL: Final = 80
"""Longer than whatever begins an address."""

_BREAKS: Final = (" ", "\n", "\t", "\r")
_BORDER: Final = re.compile(r"(?<=[<>])")
_NAME: Final = re.compile(r"[A-Za-z0-9!/?-]*", re.ASCII)
_FIRST: Final = re.compile(r"[A-Za-z!/?]", re.ASCII)
_MARK: Final = re.compile(r"[<>=:]")
_SPACE: Final = re.compile(r"\s*")
_OPENS: Final = re.compile(r"\][(:]")
# Some readers take white space behind a backslash for a part of the target.
_LINE: Final = re.compile(r"(?<!\\)\n")
_WHITE: Final = re.compile(r"(?<!\\)\s")
_STRING: Final = re.compile(r'(?<!\\)"')
_LONGEST_NAME: Final = 16
_SENT: Final = frozenset(
    {"button", "form", "iframe", "noscript", "object", "script", "select", "style", "svg", "textarea"}
)


class Address:
    """Follows one text. In JSON an address also ends where a string does."""

    __slots__ = ("_around", "_link", "_run", "_tags", "_tail", "_target", "json")

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self._tail = ""
        self._run = False
        self._link = False
        self._around = False
        self._tags = _Tags()
        self._target = _Target(json=json)

    @property
    def inside(self) -> bool:
        """Whether what stands here is part of an address."""
        return self._run or self._link or self._tags.inside or self._target.inside

    def enter(self) -> None:
        """Says that an address was put here: what follows it without a space belongs to it."""
        self._run = True

    def follow(self, text: str, /) -> None:
        """Moves over `text`."""
        self._target.follow(text)
        if "<" not in text and not self._tags.within:
            self._over(text)
            return
        for piece in _BORDER.split(text):
            within = self._tags.within
            self._over(piece)
            self._tags.follow(piece)
            if not within and self._tags.within:
                self._around = self._run
            elif within and self._tags.closed:
                self._run = self._around
                self._tail = ""

    def _over(self, text: str) -> None:
        if not text:
            return
        whole = self._tail + text
        last = max(whole.rfind(mark) for mark in _BREAKS)
        if self.json:
            last = max(last, _quote(whole))
        if last >= len(self._tail):
            self._run = self._around = False
        if not self._run and _BEGIN.search(whole, last + 1):
            self._run = True
        opened = whole.rfind("](")
        if opened >= 0 and opened + 2 > len(self._tail):
            self._link = ")" not in whole[opened:]
        elif ")" in text:
            self._link = False
        self._tail = whole[-_TAIL:]


class _Target:
    """Follows where a link of Markdown leads: behind `](`, or behind the `]:` of a definition.

    What is JSON for sure ends with its string; a text that begins as JSON does may as well begin with a label.
    """

    __slots__ = ("_json", "_last", "_state")

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._last = ""
        self._state = ""

    @property
    def inside(self) -> bool:
        """Whether this is a link's target that has begun: one that a value begins leads to no host."""
        return self._state in ("plain", "angle")

    def follow(self, text: str, /) -> None:
        """Moves over `text`."""
        whole = self._last + text
        at = len(self._last)
        while at < len(whole):
            if not self._state:
                found = _OPENS.search(whole, max(0, at - 1))
                at = found.end() if found else len(whole)
                self._state = "open" if found else ""
            elif self._state == "open":
                at = _SPACE.match(whole, at).end()  # type: ignore[union-attr]  # it matches no space too
                if at < len(whole):
                    self._state = "angle" if whole[at] == "<" else "plain"
            else:
                ends = _LINE if self._state == "angle" else _WHITE
                found = (_STRING if self._json else ends).search(whole, at) or ends.search(whole, at)
                at = found.end() if found else len(whole)
                self._state = "" if found else self._state
        self._last = whole[-1:]


class _Tags:
    """Follows the tags of HTML: an attribute's value in quotes may hold a `>`."""

    __slots__ = ("_equals", "_name", "_naming", "_quote", "_sent", "_signed", "_tag", "closed")

    def __init__(self) -> None:
        self.closed = False
        self._tag = self._naming = self._signed = self._equals = False
        self._name = self._quote = self._sent = ""

    @property
    def within(self) -> bool:
        """Whether this is a tag."""
        return self._tag

    @property
    def inside(self) -> bool:
        """Whether what stands here would be sent, or run."""
        return (self._tag and self._signed) or bool(self._sent)

    def follow(self, text: str) -> None:
        """Moves over `text`; `closed` then says whether a tag ended in it."""
        self.closed = False
        at = 0
        while at < len(text):
            if not self._tag:
                at = text.find("<", at) + 1
                if not at:
                    break
                self._open()
            elif self._naming:
                at = self._read_name(text, at)
            else:
                at = self._read_rest(text, at)

    def _open(self) -> None:
        self._signed = self._tag and self._signed
        self._tag = self._naming = True
        self._equals = False
        self._name = self._quote = ""

    def _read_name(self, text: str, at: int) -> int:
        if not self._name and not _FIRST.match(text, at):
            self._tag = self._naming = False
            return at
        end = _NAME.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty name too
        self._name = (self._name + text[at:end])[: _LONGEST_NAME + 1]
        self._naming = end == len(text)
        return end

    def _read_rest(self, text: str, at: int) -> int:
        if self._quote:
            end = text.find(self._quote, at) + 1
            self._quote = "" if end else self._quote
            return end or len(text)
        if self._equals:
            at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches no space too
            if at == len(text):
                return at
            self._equals = False
            if text[at] in "\"'":
                self._quote = text[at]
                return at + 1
        found = _MARK.search(text, at)
        if found is None:
            return len(text)
        if found[0] == "<":
            self._open()
        elif found[0] == ">":
            self._close()
        else:
            self._signed = True
            self._equals = found[0] == "="
        return found.end()

    def _close(self) -> None:
        self.closed = True
        self._tag = self._signed = False
        name = self._name.lower()
        if not self._sent and name in _SENT:
            self._sent = name
        elif name == f"/{self._sent}":
            self._sent = ""


def _quote(text: str) -> int:
    """The last double quote that no backslash stands before, -1 where there is none."""
    at = text.rfind('"')
    while at > 0 and text[at - 1] == "\\":
        at = text.rfind('"', 0, at)
    return at if at != 0 else -1
