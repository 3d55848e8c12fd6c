"""Decoded views: what an encoded piece of text says, with a way back to the characters that say it.

1. Digits that stand apart one by one are joined, and so are digits said in words.
2. JSON, HTML and octal escapes, percent encoding, and control characters, tags and marks of emphasis in between are
   undone.
3. Quoted-printable is undone.
4. Base64 (plain or URL-safe, in one line or many, at any alignment) is unpacked to UTF-8 or UTF-16 text, and so are
   hexadecimal digits.

What 2 to 4 yield is decoded again, `DEPTH` levels deep at most. No step makes a text longer, and 1 and 4 look at one
run with `CONTEXT` characters before it, so that the work on a text stays in proportion to its length.
"""

import base64
import re
from collections.abc import Iterator
from html import unescape
from typing import Final, NamedTuple

from asepsis.scan.normalise import fold
from asepsis.scan.views import Piece, View, compose

__all__ = ["CONTEXT", "DEPTH", "TRIGGERS", "VIEWS", "Reading", "readings"]

DEPTH: Final = 3
CONTEXT: Final = 64
VIEWS: Final = 24
"""How many decoded views of one segment are read."""

_ESCAPE: Final = re.compile(
    r"\\{1,8}u([dD][89abAB][0-9a-fA-F]{2})\\{1,8}u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\{1,8}u\{?([0-9a-fA-F]{4,6})\}?|\\{1,8}x([0-9a-fA-F]{2})|\\{1,8}([nrtbf/'.*-])|((?:%[0-9a-fA-F]{2})+)"
    r"|\\{1,8}u\{([0-9a-fA-F]{1,3})\}|\\{1,8}U([0-9a-fA-F]{8})|\\{1,8}([0-3][0-7]{2})"
    r"|(</?[A-Za-z][A-Za-z0-9]{0,9}>|[*_~`]{2,6})"
    r"|&#0{0,9}[0-9]{1,7};?|&#[xX]0{0,9}[0-9a-fA-F]{1,6};?|&[A-Za-z][A-Za-z0-9]{1,7};|[\x00-\x08\x0e-\x1f\x7f]+"
)
_FOUR: Final = re.compile(r"\\{1,8}u([0-9a-fA-F]{4})")
_QUOTED: Final = re.compile(r"((?:=[0-9A-Fa-f]{2})+)|=[ \t]{0,4}\r?\n")
_SPACED: Final = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ ._\-/]{1,3}[0-9]){6,}(?![0-9A-Za-z])")
_LONE: Final = re.compile(r"[0-9]{2}")
_DIGITS: Final = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
}  # fmt: skip
_DIGIT: Final = rf"(?:{'|'.join(_DIGITS)})"
_PAUSE: Final = r"[ ,-]{1,3}(?:(?:dash|hyphen)[ ,]{1,2})?"
_SPOKEN: Final = re.compile(rf"(?i)(?<![0-9A-Za-z]){_DIGIT}(?:{_PAUSE}{_DIGIT}){{3,}}(?![0-9A-Za-z])")
_WORD: Final = re.compile("[A-Za-z]+")
_BASE64: Final = re.compile(
    r"(?<![A-Za-z0-9+/_\-])(?:[A-Za-z0-9+/_\-]{60,}[ \t]{0,8}\r?\n[ \t]{0,8})*[A-Za-z0-9+/_\-]{12,}={0,2}"
)
_MIXED: Final = re.compile(r"[0-9+/_=]|[a-z][A-Z]|[A-Z]{2}[a-z]")
_BLANK_AND_MARK: Final = re.compile(r" [._/-]|[._/-] ")
_DROPPED: Final = (" ._-/", " ")
"""What goes from between digits that stand apart: all marks, and, where blanks stand between marks, those alone."""
_HEX: Final = re.compile(r"(?:0[xX])?((?:[0-9a-fA-F]{2}){8,})")
_PLAIN: Final = {**dict.fromkeys(map(ord, " \t\r\n=")), ord("-"): "+", ord("_"): "/"}
_READABLE: Final = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
_MOSTLY: Final = 0.7

_B: Final = r"[A-Za-z0-9+/_\-]"
_BASE64_OF: Final = "|".join(
    (
        # nine bytes of ASCII
        rf"(?:[CDI-Za-f][ACD-HQS-Xgi-nwyz0-3][ABEFIJMNQRUVYZcdghklopstwx014589]{_B}){{3}}",
        # a full-width character, a mathematical digit, and one of U+2000 to U+206F, at each alignment
        r"77[y2]|[Pfv/_][+\-][89]|[DHLPTXbfjnrvz37/_]vv[I-LY-b]",
        r"8J2[ef]|[Pfv/_]Cd|wnZ",
        r"4o[CG][A-P]|[Oeu+\-]K[AB][g-v]|[DHLPTXbfjnrvz37/_]i[gh][I-LY-b]",
        # three letters or digits of two bytes (Latin, Greek, Cyrillic, Arabic), with little of ASCII between them
        rf"(?:(?:[0wz2][I-LY-bo-r4-7]|[89MNcdst][+\-6CGO]|[DHLPTXbfjnrvz37/_][DOPQRZb][g-v]){_B}{{0,6}}){{3}}",
        # UTF-16
        r"A[C-H][AEIMQUYcgkosw048]A",
    )
)
"""What base64 makes of readable text; a code of letters and digits drawn at random hardly ever looks so."""

TRIGGERS: Final = (
    rf"(?i){_DIGIT}(?:{_PAUSE}{_DIGIT}){{3}}",
    r"[0-9][ ._\-/]{1,3}[0-9][ ._\-/]{1,3}[0-9][ ._\-/]{1,3}[0-9][ ._\-/]{1,3}[0-9][ ._\-/]{1,3}[0-9][ ._\-/]",
    (
        r"\\(?:[uUx][0-9a-fA-F{]|[nrtbf/'.*-]|[0-3][0-7]{2})|%[0-9a-fA-F]{2}|&#?[0-9A-Za-z]{1,8};|&#[0-9xX]"
        r"|[\x00-\x08\x0e-\x1f\x7f]|[0-9](?:</?[A-Za-z]|[*_~`]{2})|(?:[A-Za-z0-9]>|[*_~`]{2})[0-9]"
    ),
    r"=[0-9A-Fa-f]{2}|=[ \t]{0,4}\r?\n",
    _BASE64_OF,
    r"[0-9a-fA-F]{16}",
)
"""For Hyperscan: a piece of text in which none of these ends has no decoded views that say anything."""


class Reading(NamedTuple):
    """A decoded view; `joined` marks those in which digits that stood apart were joined."""

    view: View
    joined: bool


def readings(view: View, since: int, /) -> Iterator[Reading]:
    """Yields the decoded views of a folded text; what stands before `since` is context and stays as it is."""
    seen: set[tuple[str, int, int]] = set()
    for one in _readings(view, since, DEPTH):
        text = one.view.text
        # Two ways to undo the same escapes often say the same.
        said = (text, one.view.origin(0), one.view.origin(len(text)))
        if said not in seen:
            seen.add(said)
            yield one


def _readings(view: View, since: int, depth: int) -> Iterator[Reading]:
    for run in _SPACED.finditer(view.text, since):
        if not _LONE.search(run[0]):
            for dropped in _DROPPED if _BLANK_AND_MARK.search(run[0]) else _DROPPED[:1]:
                yield Reading(_joined(view, run, dropped), joined=True)
    for run in _SPOKEN.finditer(view.text, since):
        yield Reading(_heard(view, run), joined=True)
    if not depth:
        return
    quoted = _quoted(view.text, since)
    # In `key=fa...=` before a line end, the end is soft and `=fa` no byte.
    soft = [piece for piece in quoted if view.text[piece.end - 1] == "\n"]
    for pieces in (_escapes(view.text, since), quoted, soft if len(soft) < len(quoted) else []):
        if pieces:
            plain = compose(view, pieces)
            yield Reading(plain, joined=False)
            yield from _readings(plain, since, depth - 1)
    for run in _BASE64.finditer(view.text, since):
        for unpacked, start in _unpacked(view, run):
            yield Reading(unpacked, joined=False)
            yield from _readings(unpacked, start, depth - 1)


def _joined(view: View, run: re.Match[str], dropped: str) -> View:
    text = run[0]
    near = view.cut(max(0, run.start() - CONTEXT), run.end())
    shift = len(near.text) - len(text)
    return compose(near, [Piece(shift + at, shift + at + 1, "") for at, mark in enumerate(text) if mark in dropped])


def _heard(view: View, run: re.Match[str]) -> View:
    """The digits that a run of words says, and nothing between them."""
    near = view.cut(max(0, run.start() - CONTEXT), run.end())
    shift = len(near.text) - len(run[0])
    pieces: list[Piece] = []
    at = 0
    for word in _WORD.finditer(run[0]):
        if at < word.start():
            pieces.append(Piece(shift + at, shift + word.start(), ""))
        pieces.append(Piece(shift + word.start(), shift + word.end(), _DIGITS.get(word[0].lower(), "")))
        at = word.end()
    return compose(near, pieces)


def _escapes(text: str, since: int) -> list[Piece]:
    pieces: list[Piece] = []
    for found in _ESCAPE.finditer(text, since):
        start, end = found.span()
        point = found[3] or found[4]
        if found[6]:
            pieces += _of_bytes(bytes.fromhex(found[6].replace("%", "")), start)
        elif found[1]:
            number = 0x10000 + ((int(found[1], 16) & 0x3FF) << 10) + (int(found[2], 16) & 0x3FF)
            pieces.append(Piece(start, end, fold(chr(number)).text))
        elif point:
            pieces += _of_point(found, int(point, 16))
        elif found[5]:
            pieces.append(Piece(start, end, "\n" if found[5].isalpha() else found[5]))
        elif wide := found[7] or found[8]:
            pieces += [Piece(start, end, fold(chr(int(wide, 16))).text)] if int(wide, 16) <= 0x10FFFF else []
        elif found[9]:
            pieces.append(Piece(start, end, chr(int(found[9], 8))))
        elif found[10]:
            pieces.append(Piece(start, end, ""))
        elif text[start] == "&":
            pieces.append(Piece(start, end, fold(unescape(found[0])).text[: end - start]))
        else:
            pieces.append(Piece(start, end, ""))
    return pieces


def _of_point(found: re.Match[str], number: int) -> list[Piece]:
    """The piece for a code point; an escape without braces has four digits, whatever follows."""
    start, end = found.span()
    braced = "{" in found[0]
    if not braced and found[3] and len(found[3]) > 4:
        four = _FOUR.match(found[0])
        assert four is not None
        return [Piece(start, start + four.end(), fold(chr(int(four[1], 16))).text)]
    if number > 0x10FFFF:
        return []
    return [Piece(start, end, fold(chr(number)).text)]


def _quoted(text: str, since: int) -> list[Piece]:
    pieces: list[Piece] = []
    for found in _QUOTED.finditer(text, since):
        if found[1]:
            pieces += _of_bytes(bytes.fromhex(found[1].replace("=", "")), found.start())
        else:
            pieces.append(Piece(found.start(), found.end(), ""))
    return pieces


def _of_bytes(raw: bytes, start: int, *, each: int = 3) -> list[Piece]:
    """A piece for each character of bytes that are written in `each` characters each."""
    pieces: list[Piece] = []
    at = start
    try:
        text, width = raw.decode(), 0
    except UnicodeDecodeError:
        text, width = raw.decode("ascii", "replace"), 1
    for character in text:
        end = at + each * (width or len(character.encode()))
        pieces.append(Piece(at, end, fold(character).text))
        at = end
    return pieces


def _unpacked(view: View, run: re.Match[str]) -> Iterator[tuple[View, int]]:
    """What a run of base64 says at each alignment at which it says something, and where that begins."""
    packed = run[0].translate(_PLAIN)
    if not _MIXED.search(run[0]):
        return
    near = view.cut(max(0, run.start() - CONTEXT), run.end())
    start = len(near.text) - len(run[0])
    digits = _HEX.fullmatch(run[0])
    if digits is not None and _as_text(raw := bytes.fromhex(digits[1]))[0]:
        yield compose(near, _of_bytes(raw, len(near.text) - 2 * len(raw), each=2)), start
        return
    for skip in range(4):
        quads = packed[skip:-1] if (len(packed) - skip) % 4 == 1 else packed[skip:]
        text, wide = _as_text(base64.b64decode(quads + "=" * (-len(quads) % 4)))
        if not text:
            continue
        if len(packed) + 2 < len(run[0]):
            pieces = [Piece(start, len(near.text), fold(text).text)]
        else:
            pieces = _over_quads(text, start + skip, len(near.text), wide=wide)
        yield compose(near, pieces), start


def _over_quads(text: str, start: int, end: int, *, wide: int) -> list[Piece]:
    """One piece for each quad, or for the quads that one character spans; the last takes what is left."""
    pieces: list[Piece] = []
    at = 0
    for character in text:
        width = wide or len(character.encode())
        low, high = start + at // 3 * 4, min(end, start + (at + width - 1) // 3 * 4 + 4)
        instead = fold(character).text
        at += width
        if pieces and low < pieces[-1].end:
            last = pieces.pop()
            low, instead = last.start, last.text + instead
        pieces.append(Piece(low, high, instead))
    last = pieces.pop()
    return [*pieces, Piece(last.start, end, last.text)]


def _as_text(raw: bytes) -> tuple[str, int]:
    """Bytes as text, and how many make a character (0: as UTF-8 has it); an empty text when they hardly are one."""
    wide = 0
    if raw[1::2].count(0) * 4 > len(raw):
        text, wide = raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace"), 2
    elif raw[0::2].count(0) * 4 > len(raw):
        text, wide = raw[: len(raw) // 2 * 2].decode("utf-16-be", "replace"), 2
    else:
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text, wide = raw.decode("ascii", "replace"), 1
    if len(text) * wide > len(raw) or (wide == 2 and len(text) * 2 != len(raw) // 2 * 2):
        return "", 0
    return (text, wide) if len(_READABLE.findall(text)) >= _MOSTLY * len(text) else ("", 0)
