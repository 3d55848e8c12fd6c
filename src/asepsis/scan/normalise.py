"""Folding: a text as the rules read it, with a way back to the text as given.

Each code point folds on its own, so that what a text folds to does not depend on where it was cut: NFKC; zero-width,
bidi and tag characters, what has no look at all, and marks that decorate the character before them, go; dashes, dots,
slashes and spaces become the plain ones, decimal digits of all scripts ASCII ones, and letters that look like Latin
ones Latin. ASCII text is its own folded view, at no cost.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from asepsis.scan.views import View

__all__ = ["fold", "fold_one"]

_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_DROPPED: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Me", "Mn"})
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\ufffd")
_MARKS: Final = {
    **dict.fromkeys(
        "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u207b\u208b\u2212\u2796\ufe58\ufe63\uff0d\u058a\u1806"
        "\u02d7\u2192\u2500\u2501\u30fc\u4e00\uff70",
        "-",
    ),
    **dict.fromkeys("\u00b7\u2022\u2024\u2027\u3002\uff0e\uff61", "."),
    **dict.fromkeys("\u2044\u2215\u29f8\uff0f", "/"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\uff02", '"'),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\uff07", "'"),
}
_LOOK_ALIKES: Final = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρι",  # noqa: RUF001 look-alikes are the point
        "ABESIJKMHOPCTYXaesijopcyxhdqwABEZHIKMNOPTYXovpi",
        strict=True,
    )
)
_REMEMBERED: Final = 8192


def fold(text: str, /) -> View:
    """Returns the folded view of a text."""
    if text.isascii():
        return View(text)
    found = [(match.start(), fold_one(match[0])) for match in _BEYOND_ASCII.finditer(text)]
    out: list[str] = []
    at = 0
    for place, instead in found:
        out.append(text[at:place])
        out.append(instead)
        at = place + 1
    out.append(text[at:])
    if all(len(instead) == 1 for _, instead in found):
        return View("".join(out))
    return _mapped("".join(out), found, len(text))


def _mapped(folded: str, found: list[tuple[int, str]], length: int) -> View:
    """The view in which code points fold to none or to several characters."""
    starts: list[int] = []
    at = 0
    for place, instead in found:
        starts += range(at, place)
        starts += [place] * len(instead)
        at = place + 1
    starts += range(at, length)
    return View(folded, starts, [start + 1 for start in starts])


@lru_cache(maxsize=_REMEMBERED)
def fold_one(character: str, /) -> str:
    """Returns what one code point beyond ASCII folds to."""
    mark = _MARKS.get(character)
    if mark is not None:
        return mark
    category = unicodedata.category(character)
    if category in _DROPPED or character in _BLANK:
        return ""
    if category == "Pd":
        return "-"
    if category in {"Zl", "Zp", "Zs"}:
        return " "
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    return "".join(_look(one) for one in unicodedata.normalize("NFKC", character))


def _look(character: str) -> str:
    """What one code point of an NFKC form looks like."""
    if unicodedata.category(character) in _DROPPED:
        return ""
    return _MARKS.get(character) or _LOOK_ALIKES.get(character, character)
