"""Where an address ends: a number beside its street, its town, country and code on the next lines, a corner's `and`.

States and countries are no identifiers by themselves, and a number alone is none; behind a street and a town they are
the rest of the address, and what is left of one in clear says where somebody lives.

INVARIANT: an address grows by no more than a token before it and `MOST` behind it.
"""

from collections.abc import Sequence
from typing import Final

from asepsis.scan.names.general import COUNTRIES, OFFICIAL, STATES
from asepsis.scan.names.tokens import PAD, form_of, word

__all__ = [
    "MOST",
    "behind_marks",
    "closes",
    "cornered",
    "counted",
    "ended",
    "is_address",
    "is_house",
    "joins",
    "numbered",
    "opens",
    "stated",
]

MOST: Final = 16
"""How many tokens an address grows by behind it."""

_LONGEST: Final = max(one.count(" ") + 1 for one in COUNTRIES | OFFICIAL)
_MARKS: Final = frozenset({",", ">", "|", "-", "*", "?", ""})
_LEAST, _LARGEST = 4, 7
"""How many digits a postal code has that stands alone."""

_HOUSE: Final = 5
_CORNERS: Final = frozenset({"corner", "intersection"})
_BETWEEN: Final = frozenset({"and", "&", "at"})
_TOWN: Final = 4
"""How many words a town has that stands between an address and its country or code."""

_PART: Final = 3
"""How many letters the code of a state or province has at most."""

_APART: Final = 10
"""How many marks stand at most between two parts of one address."""


def ended(words: Sequence[str], last: int, /) -> int:
    """Returns the token behind an address that was found up to `last`: behind its town, its country and its code.

    A town is what stands on the next line, with the code of its state or province, where country or code follow.
    """
    most = min(len(words), last + MOST)
    at = behind_marks(words, last, most)
    if at == last:
        return last
    end = _closed(words, at, most)
    if end > at:
        return end
    if not any("\n" in one for one in words[last:at]):
        return last
    town = at
    while town < min(most, at + _TOWN) and word(words[town]).plain:
        town += 1
    behind = behind_marks(words, town, most) if town > at else town
    if behind == town:
        return last
    end = _closed(words, behind, most)
    if end == behind < most and word(words[behind]).plain and len(words[behind].strip()) <= _PART:
        behind = behind_marks(words, behind + 1, most)
        code = behind < most and _is_code(words, behind)
        end = behind + 1 if code else _closed(words, behind, most)
    return end if end > behind else last


def stated(words: Sequence[str], last: int, /) -> int:
    """Returns the token behind the state that a comma parts from the place before `last`."""
    if last >= len(words) or words[last] != ", ":
        return last
    for size in (3, 2, 1):
        said = words[last + 1 : last + 1 + size]
        if said and said[-1].strip() and " ".join("".join(said).lower().split()) in STATES:
            return last + 1 + len(said)
    return last


def numbered(words: Sequence[str], first: int, last: int, /) -> tuple[int, int]:
    """Returns the tokens of a street with its house number, where they are a line, or a line up to a comma."""
    low, high = first, last
    if first and is_house(words[first - 1]) and opens(words, first - 1):
        low = first - 1
    if last < len(words) and is_house(words[last]) and opens(words, low) and closes(words, last + 1):
        high = last + 1
    return low, high


def cornered(words: Sequence[str], first: int, last: int, /) -> int:
    """Returns where the second street of a corner is expected, behind the `and` of a corner; -1 where none is."""
    if not any(form_of(one) in _CORNERS for one in words[max(0, first - 2) : last]):
        return -1
    behind = last < len(words) and words[last].strip().lower() in _BETWEEN
    return last + behind


def counted(words: Sequence[str], first: int, last: int, /) -> int:
    """Returns the token behind a place without the count of what follows it: `in Tupelo, 3 kids`."""
    if last - first < 3 or last >= len(words) or words[last - 2].strip() != ",":
        return last
    number = words[last - 1].strip()
    return last - 2 if number.isdecimal() and len(number) < 3 and word(words[last]).look == "l" else last


def is_address(words: Sequence[str], /) -> bool:
    """Whether words hold a number and a word."""
    said = "".join(words)
    # Most have letters alone: that is one look at all of them.
    return not said.replace(" ", "").isalpha() and any(map(str.isdigit, said)) and any(word(one).plain for one in words)


def joins(words: Sequence[str], last: int, first: int, /) -> bool:
    """Whether nothing but a comma, line ends and marks of a quotation stand between two tokens."""
    return first - last <= _APART and all(one.strip() in _MARKS for one in words[last:first])


def is_house(token: str, /) -> bool:
    """Whether a token is the number of a house: `12`, `57A`."""
    given = token.strip()
    return given[:1].isdecimal() and len(given) <= _HOUSE and given.isalnum() and "\n" not in token


def opens(words: Sequence[str], at: int, /) -> bool:
    """Whether a line begins at a token, or a value behind a colon, a comma or a mark of a quotation."""
    if at == 0 or words[at - 1] == PAD:
        return True
    return "\n" in words[at - 1] or words[at - 1].strip() in (":", ",", ">", "|", "?")


def behind_marks(words: Sequence[str], at: int, most: int, /) -> int:
    """Returns the first token from a place on that is no comma, line end or quotation mark; at most `most`."""
    while at < most and words[at].strip() in _MARKS:
        at += 1
    return at


def closes(words: Sequence[str], at: int, /) -> bool:
    """Whether a line or its part ends before a token."""
    if at >= len(words) or words[at] == PAD:  # the end of a text that is read together with others
        return True
    return "\n" in words[at] or words[at].strip() in (",", ";", "|")


def _closed(words: Sequence[str], at: int, most: int) -> int:
    """The token behind the country and the code that stand at a place, or the code alone; `at` where neither does."""
    country = _country(words, at, most)
    if country > at:
        return country + 1 if country < most and _is_code(words, country) else country
    return at + 1 if at < most and _is_code(words, at) and closes(words, at + 1) else at


def _country(words: Sequence[str], at: int, most: int) -> int:
    """The token behind the country that begins at `at`, the longest there is; `at` where none does."""
    for size in range(min(_LONGEST, most - at), 0, -1):
        said = " ".join("".join(words[at : at + size]).lower().split())
        if words[at + size - 1].strip() and (said.removeprefix("the ") in COUNTRIES or said in OFFICIAL):
            return at + size
    return at


def _is_code(words: Sequence[str], at: int) -> bool:
    given = words[at].strip()
    return given.isdecimal() and _LEAST <= len(given) <= _LARGEST
