"""Words of a text, and what a word looks like.

A text falls into tokens without a rest: a number or code with the marks inside it (`03/04/1961`, `L4-L5`), a word of
letters of any script (`José`, `O'Brien`), the possessive `'s`, a line end with the white space after it, or a mark.
Blanks belong to the token before them. Where a token ends does not depend on what stands behind the next character but
for a code that goes on behind a mark, so that all tokens of a piece of text but its last `OPEN` are those of the whole.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

__all__ = ["LONGEST", "OPEN", "PAD", "Word", "form_of", "tokens", "word"]

PAD: Final = ""
"""The word before a text's first and after its last."""

LONGEST: Final = 40
"""What is looked at of a longer token: its beginning."""


OPEN: Final = 3
"""How many tokens at the end of a piece may be others once it goes on: `0`, `/` and `A` are one where a `0` follows."""


class _Classes(NamedTuple):
    """Classes of characters: of letters, digits, both, those of words, blanks, all white space, and marks."""

    letter: str
    digit: str
    either: str
    inner: str
    blank: str
    space: str
    mark: str


def _token(of: _Classes) -> re.Pattern[str]:
    letter, digit, either, inner, blank, space, mark = of
    return re.compile(
        rf"(?:{letter}++(?!{digit})(?:['’](?![sS](?!{inner})){letter}++)?+"  # noqa: RUF001 both apostrophes
        rf"|{letter}*+{digit}{either}*+(?:[-/.:](?={either}){letter}*+{digit}{either}*+)*+"
        rf"|['’][sS](?!{inner})"  # noqa: RUF001 both apostrophes
        rf"|-++|_++|\*++|=++|\.++|~++|{mark}){blank}*+"
        rf"|\n{space}*+|{blank}++"
    )


_TOKEN: Final = _token(_Classes(r"[^\W\d_]", r"\d", r"[^\W_]", r"\w", r"[^\S\n]", r"\s", r"[^\w\s]"))
# The same in text of ASCII alone, where a class is one table: two thirds of the time.
_WHITE: Final = r" \t\r\f\v\x1c-\x1f"
_ASCII: Final = _token(
    _Classes(
        "[A-Za-z]", "[0-9]", "[A-Za-z0-9]", "[A-Za-z0-9_]", f"[{_WHITE}]", rf"[\n{_WHITE}]", rf"[^A-Za-z0-9_\n{_WHITE}]"
    )
)
_DIGITS: Final = str.maketrans("0123456789", "0000000000")
_RUNS: Final = re.compile(r"(0|[a-z])\1+")
_LONG: Final = 24
_REMEMBERED: Final = 4096


class Word(NamedTuple):
    """A token's looks: its `form` (lower case, without accents, digits as 0), its letters as written, its class."""

    form: str
    plain: str
    look: str


def tokens(text: str, /) -> list[str]:
    """Returns the tokens of a text, each with the blanks that follow it; together they are the text."""
    return (_ASCII if text.isascii() else _TOKEN).findall(text)


def word(token: str, /) -> Word:
    """Returns the looks of a token."""
    given = token.strip()
    if given.isalpha() and given.isascii():
        plain = given[:_LONG]
        return Word(plain, plain, "l") if given.islower() else Word(plain.lower(), plain, _case(given))
    if not given:
        return Word(("<blank>", "<line>", "<lines>")[min(token.count("\n"), 2)], "", "b")
    plain = given if given.isascii() else _without_accents(given)
    if plain.isalpha() or plain.replace("'", "").replace("’", "").isalpha():  # noqa: RUF001 both apostrophes
        plain = plain.replace("’", "'")  # noqa: RUF001 both apostrophes
        return Word(plain.lower()[:_LONG], plain[:_LONG], _case(plain))
    if any(map(str.isdigit, plain)):
        return Word(_number(plain), "", "d")
    return Word(plain[:4], "", "m")


def form_of(token: str, /) -> str:
    """Returns the form of a token, which is all that most ask for: a third of the time that its looks take."""
    given = token.strip()
    return given.lower()[:_LONG] if given.isalpha() and given.isascii() else word(token).form


def _case(plain: str) -> str:
    """One letter for how a word is written: lower, Title, UPPER, Initial or Mixed."""
    if plain.islower():
        return "l"
    if plain.isupper():
        return "i" if len(plain) == 1 else "u"
    if plain[0].isupper() and plain[1:].islower():
        return "t"
    return "x"


def _number(plain: str) -> str:
    """A number by its size, a code by its shape."""
    if not plain.isdecimal():
        return plain.lower().translate(_DIGITS)[:_LONG]
    if len(plain) < 3:
        value = int(plain)
        return "#12" if 0 < value < 13 else "#31" if 0 < value < 32 else "#89" if value < 90 else "#99"
    if len(plain) == 4 and plain[:2] in ("19", "20", "18"):
        return "#year"
    return f"#n{min(len(plain), 13)}"


@lru_cache(maxsize=_REMEMBERED)
def _without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(one for one in apart if unicodedata.category(one) != "Mn") or text
