"""Reading a text as a person or a model would, however it is written.

1. Folding, one code point at a time so that no border between chunks matters: NFKC, zero-width, bidi and tag characters
   out, look-alikes of dashes, spaces and Latin letters in, every decimal digit as ASCII.
2. Unescaping, a few levels deep: JSON and HTML escapes, percent encoding, quoted-printable digits.
3. Digits that are set apart one by one, joined.
4. Base64 that decodes to text, decoded; the result is read in the same ways.

Plain ASCII without any of that costs a few searches and no copy.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from typing import Final

from asepsis.scan.views import Piece, View, compose, identity

__all__ = ["BASE64", "TRIGGERS", "fold", "views"]

_DEPTH: Final = 3
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d\u00ad\u058a\u1806\u2e3a\u2e3b"
_CONFUSABLES: Final = dict(
    zip("АВЕКМНОРСТХаеорсухіјѕԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαοριν", "ABEKMHOPCTXaeopcyxijsdqwABEZHIKMNOPTYXaopiv", strict=True)
)
_DROPPED: Final = frozenset({"Cf", "Mn", "Me"})
"""Format characters (zero-width, bidi, tags), and marks that decorate the character before them."""

_ESCAPE: Final = re.compile(
    r"(?<!\\)\\+(?:u\{?([0-9a-fA-F]{4,6})\}?|x([0-9a-fA-F]{2})|[nrtbf/\"'])|%([0-9a-fA-F]{2})|&#?[0-9a-zA-Z]{1,8};|=(3[0-9]|[46][0-9A-F]|[57][0-9A])"
)
_SPACED: Final = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ ._\-/]{1,3}[0-9]){6,}(?![0-9A-Za-z])")
BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/_\-])(?:[A-Za-z0-9+/_\-]{40,}\r?\n)*[A-Za-z0-9+/_\-]{15,}={0,2}")
"""A run that may be base64, in lines or not; runs of letters alone are words more often than not, and are tried too."""
_MIXED: Final = re.compile(r"[0-9+/_=]|[a-z][A-Z]")
_LINE_ENDS: Final = {ord("\r"): None, ord("\n"): None}
_MOSTLY: Final = 0.9


TRIGGERS: Final = (_ESCAPE.pattern, _SPACED.pattern, r"[A-Za-z0-9+/_\-]{16}")
"""Patterns without which a text has no view but its folded self."""


class _Folding(dict[int, str]):
    """The folding of each code point, worked out when it is first seen; bounded, for a hostile text has many."""

    def __missing__(self, code: int) -> str:
        folded = _fold(chr(code))
        if len(self) < 1 << 16:
            self[code] = folded
        return folded


def views(folded: View, /) -> Iterator[tuple[View, bool]]:
    """Yields the views of a folded text, itself first; the flag marks views in which digits were joined."""
    yield from _views(folded, _DEPTH)


def fold(text: str, /) -> View:
    """Returns the folded view of a text; an ASCII text is its own."""
    if text.isascii():
        return identity(text)
    folded: list[str] = []
    starts: list[int] = []
    for at, character in enumerate(text):
        instead = _FOLDING[ord(character)]
        if instead:
            folded.append(instead)
            starts.append(at) if len(instead) == 1 else starts.extend([at] * len(instead))
    return View("".join(folded), starts, [at + 1 for at in starts])


def _views(view: View, depth: int) -> Iterator[tuple[View, bool]]:
    yield view, False
    yield from _joined(view)
    plain = _unescape(view)
    if plain is not view:
        yield plain, False
        yield from _joined(plain)
    if depth:
        for source in (view,) if plain is view else (view, plain):
            for run in BASE64.finditer(source.text):
                decoded = _decode(source, run)
                if decoded is not None:
                    yield from _views(decoded, depth - 1)


def _unescape(view: View) -> View:
    """Unescapes level by level until nothing changes, a few times at most."""
    for _ in range(_DEPTH):
        if not any(mark in view.text for mark in ("\\", "%", "&", "=")):
            return view
        pieces = [
            Piece(found.start(), found.end(), instead)
            for found in _ESCAPE.finditer(view.text)
            if (instead := _unescaped(found)) is not None
        ]
        if not pieces:
            return view
        view = compose(view, pieces)
    return view


def _unescaped(found: re.Match[str]) -> str | None:
    code = found[1] or found[2] or found[3] or found[4]
    if code is not None:
        number = int(code, 16)
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:  # noqa: PLR2004 the end of Unicode, and surrogates
            return None
        return _FOLDING[number]
    whole = found[0]
    if whole[0] == "&":
        instead = unescape(whole)
        return None if instead == whole else "".join(_FOLDING[ord(one)] for one in instead)
    return whole[-1] if whole[-1] in "/\"'" else " "


def _joined(view: View) -> Iterator[tuple[View, bool]]:
    """Yields, where digits stand apart one by one, the view in which they are joined."""
    pieces = []
    for run in _SPACED.finditer(view.text):
        text = run[0]
        dropped = " ._/" if "-" in text and " " in text else " ._-/"
        start = run.start()
        pieces += [Piece(start + at, start + at + 1, "") for at, mark in enumerate(text) if mark in dropped]
    if pieces:
        yield compose(view, pieces), True


def _decode(view: View, run: re.Match[str]) -> View | None:
    """The text behind a run of base64, each character standing for the whole quads it came from."""
    packed = run[0].translate(_LINE_ENDS).rstrip("=")
    if not _MIXED.search(packed) or len(packed) % 4 == 1:
        return None
    standard = packed.replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    text, size = _as_text(raw)
    if not text:
        return None
    if "\n" in run[0]:
        low, high = view.back(run.start(), run.end())
        return _folded(View(text, [low] * len(text), [high] * len(text)))
    return _folded(_over_quads(view, run, text, size))


def _over_quads(view: View, run: re.Match[str], text: str, size: int) -> View:
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for character in text:
        width = size or len(character.encode())
        first, last = at // 3 * 4, (at + width - 1) // 3 * 4 + 4
        low, high = view.back(run.start() + first, min(run.end(), run.start() + last))
        starts.append(low)
        ends.append(high)
        at += width
    return View(text, starts, ends)


def _folded(view: View) -> View:
    if view.text.isascii():
        return view
    pieces = [
        Piece(at, at + 1, instead)
        for at, character in enumerate(view.text)
        if (instead := _FOLDING[ord(character)]) != character
    ]
    return compose(view, pieces)


def _as_text(raw: bytes) -> tuple[str, int]:
    """Decoded bytes as text and the bytes per character (0: as UTF-8 has it); an empty text when they are none."""
    try:
        text, size = raw.decode(), 0
    except UnicodeDecodeError:
        return "", 0
    if "\0" in text and len(raw) % 2 == 0:
        try:
            text, size = raw.decode("utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"), 2
        except UnicodeDecodeError:
            return "", 0
    readable = sum(1 for one in text if one.isprintable() or one in "\r\n\t")
    return (text, size) if readable >= _MOSTLY * len(text) else ("", 0)


def _fold(character: str) -> str:
    if character in _DASHES:
        return "-" if character != "\u00ad" else ""
    if character in _CONFUSABLES:
        return _CONFUSABLES[character]
    if unicodedata.category(character) in _DROPPED:
        return ""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if character.isspace():
        return character if character in "\r\n\t" else " "
    folded = unicodedata.normalize("NFKC", character)
    return "".join(_CONFUSABLES.get(one, one) for one in folded) if folded != character else character


_FOLDING: Final = _Folding()
