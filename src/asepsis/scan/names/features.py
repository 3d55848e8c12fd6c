"""What the model knows of one word: a few features, each of that word alone.

INVARIANT: no feature joins two words. The score of a label at a place is therefore a sum over the words around it, and
what a word adds to its own and its neighbours' scores (its *block*) can be kept. Features that join properties of one
word cost nothing.

Each feature begins with the letter of its family. A family says how far from a word its features reach (`REACH`).
"""

import re
from typing import Final

from asepsis.scan.names.tokens import PAD, Word

__all__ = ["REACH", "SPAN", "features"]

SPAN: Final = 3
"""How many words before and after a place have a say in it."""

REACH: Final = {"w": 3, "c": 3, "k": 1, "W": 1, "p": 0, "q": 1, "s": 1, "t": 0, "n": 2, "z": 1, "v": 3}
"""How far the features of a family reach."""

_RUNS: Final = re.compile(r"([0a])\1+")
_LETTER: Final = re.compile(r"[a-z]")
_EIGHT: Final = 8
_DATE: Final = re.compile(r"(\d{1,4})([-/.])(\d{1,2})(?:\2(\d{2,4}))?")


def features(word: Word, flags: int, token: str, /) -> list[str]:
    """Returns the features of a word with its flags from the word lists."""
    form, plain, look = word
    if token == PAD:
        return ["w<edge>"]
    if look == "d":
        return _of_number(form, token)
    if look in "mb":
        return ["w" + form, "c" + look]
    size = len(form)
    found = ["w" + form, f"c{look}{flags}", f"k{look}{min(size, 9)}", "W" + plain, "t" + form[-2:]]
    if size > 3:
        found += ("s" + form[-3:], "p" + form[:3])
    if size > 5:
        found.append("q" + form[-4:])
    return found


def _of_number(form: str, token: str) -> list[str]:
    given = token.strip()
    found = ["w" + form, "cd", "n" + str(min(len(given), 14))]
    if form[0] == "#":
        if len(given) == _EIGHT:
            found.append("z" + _compact(given))
        return found
    letters = _LETTER.sub("a", form)
    found += ["z" + letters, "v" + _RUNS.sub(r"\1", letters)]
    date = _DATE.fullmatch(given)
    if date is not None:
        found.append("z" + _calendar(date))
    return found


def _compact(given: str) -> str:
    """Whether eight digits can be a date, and how."""
    for how, year, month, day in (("ymd", given[:4], given[4:6], given[6:]), ("mdy", given[4:], given[:2], given[2:4])):
        if 1800 < int(year) < 2100 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
            return "eight" + how
    return "eight?"


def _calendar(date: re.Match[str]) -> str:
    """Whether numbers and marks can be a date, and how."""
    one, mark, two, year = date.groups()
    first, second = int(one), int(two)
    how = "?"
    if len(one) == 4:
        how = "ymd" if 1 <= second <= 12 and 1 <= int(year or 1) <= 31 and 1800 < first < 2100 else "?"
    elif 1 <= first <= 12 and 1 <= second <= 31:
        how = "md"
    elif 1 <= first <= 31 and 1 <= second <= 12:
        how = "dm"
    return f"date{how}{mark}{len(year or '')}"
