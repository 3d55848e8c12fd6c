"""Texts as the monitor compares them: one form for what is written in several.

A text is normalised (NFKC, lower case, invisible characters out, one space for any), so that a value that was copied
with other case or spacing is seen to be the same. Words are compared by crude English stems.
"""

import calendar
import functools
import html
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

__all__ = [
    "addresses",
    "anglicised",
    "compact",
    "compact_words",
    "contains",
    "dates",
    "homes",
    "links",
    "mailbox",
    "normal",
    "numbers",
    "paused",
    "plain",
    "possible",
    "shown",
    "spelled",
    "spellings",
    "stem",
    "tokens",
    "unescaped",
    "without_addresses",
    "written",
]

_TRIES: Final = 2_000
_TOKEN: Final = re.compile(r"[^\W_]+")
_SPACES: Final = ("  ", *"\t\n\v\f\r\x1c\x1d\x1e\x1f")
_APART: Final = bytes(code if code < 128 and chr(code).isalnum() else ord(" ") for code in range(256))
# What a browser makes an address of: a scheme with or without slashes, slashes alone, `www.`, a host with a path, and a
# host alone where its end is one of these.
_REST: Final = r"[^\s<>\"'`\]})|]"
_LINK: Final = re.compile(
    rf"(?:[a-z][a-z0-9+.-]{{1,20}}+://|www\.|\b(?:https?|ftp|wss?|javascript|vbscript):|\bdata:\w+/){_REST}+"
    rf"|(?<![\w:/\\])[/\\]{{2}}(?:[\w-]{{1,63}}+\.|\d{{5,10}}\b|0x|\[){_REST}+"
    rf"|\b(?:[\w-]{{1,63}}+\.){{1,4}}(?:[^\W\d_]{{2,24}}+|xn--[\w-]{{2,59}}+)(?:(?::\d{{1,5}})?/|[?#]){_REST}+"
    rf"|\b\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d{{1,5}})?/(?!\d\d?\b){_REST}+"
    r"|\b(?:[\w-]{1,63}+\.){1,4}"
    r"(?:com|org|net|io|edu|gov|info|biz|dev|app|co|ai|me|test|example|us|uk|de|health|link|site|xyz)"
    rf"\b(?![@.\w])(?:/{_REST}*)?"
)
_MARKS: Final = (".", ":", "//")
_NEAR: Final = 128
"""More than a link has before its first mark."""
_SCHEME: Final = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)
_LINKED: Final = re.compile(r"://|www\.|\b(?:https?|ftp|wss?):")
_DECIMAL: Final = re.compile(r"(?<![\d.,])(\d{1,3}(?:,\d{3})+|\d+)\.(\d+)(?![\d.])")
_DASH: Final = re.compile(r" [-\u2013\u2014] |\u2014")
_PAUSES: Final = str.maketrans(
    {"\u3002": ". ", "\uff61": ". ", "\u3001": ", ", "\u060c": ", ", "\u061f": "? ", "\u0964": ". "}
)
_STOP: Final = "\u3002"
"""What is a dot to whoever looks a host up (UTS 46, 4.5); its other forms are this one, or a dot, in a normal text."""
_ADDRESS: Final = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_MAILBOX: Final = re.compile(rf"[^<>@]{{1,100}} <({_ADDRESS.pattern})>")
_HOME: Final = re.compile(
    r"\b(?:\d{1,6}(?: [a-z][a-z.'-]*){1,5}(?:,? (?:#|apt|unit|suite|ste)\.? ?[a-z0-9-]{1,6})?"
    r"|p\.? ?o\.? ?box \d{1,8}),?(?: [a-z][a-z.'-]*){1,4},? [a-z]{2},? \d{5}(?:-\d{4})?\b"
)
"""Where somebody lives, as addresses are written in the United States (USPS Publication 28)."""
_MONTH: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_NTH: Final = r"(?:st|nd|rd|th)?"
_UNTIL: Final = r"(?:,| ?[-\u2013] ?| to | till | until | through | and | or ){1,2}(?:the )?"
_PHONE: Final = re.compile(r"(?<![\w.-])\+?\(?\d{1,4}\)?(?:[ -]\(?\d{2,4}\)?){1,4}(?![\w-])")
_NUMBER: Final = re.compile(r"(?<![\w.])(?<!\w[-:])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w)(?![-:]\d)")
"""A number by itself: those in `CL-900`, in a day, an hour or a telephone's number are none to reckon with."""
_CONTINENTAL: Final = re.compile(
    r"(?<![\w.,])(?:(?P<many>\d{1,3}(?:\.\d{3})+),(?P<cents>\d{1,2})(?![\w,])(?!\.\d)"
    r"|(?:(?P<plain>\d+),(?P<two>\d\d)|(?P<whole>\d{1,3}(?:\.\d{3})+))(?= ?(?:\u20ac|euros?\b|eur\b)))"
)
"""A number whose thousands are parted by points, or its cents by a comma: *1.250,00*, *120,50 euros*."""

_FRACTION: Final = re.compile(
    r"(?<![\w./\u2044])(?:(\d{1,3}) )?(\d{1,2})(?:\u2044(?=\d)|(?<=\b[12])/(?=[23]\b)|(?<=\b[13])/(?=4\b))(\d{1,2})\b"
    r"(?![/\u2044])"
)
"""Half a tablet is neither one nor two of them."""

_RAISED: Final = re.compile(
    r"(?<=\d)(?=[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u218b\u2460-\u249b\u24ea-\u24ff\u2776-\u2793])"
)
_RANGE: Final = re.compile(
    rf"\b(?P<m>{_MONTH})[a-z]*\.? (?P<a>\d{{1,2}}){_NTH}{_UNTIL}(?P<b>\d{{1,2}}){_NTH}\b(?!:)(?:,? (?P<y>\d{{4}}))?"
    rf"|\b(?P<a2>\d{{1,2}}){_NTH}{_UNTIL}(?P<b2>\d{{1,2}}){_NTH}(?: of)? (?P<m2>{_MONTH})[a-z]*\.?"
    r"(?:,? (?P<y2>\d{4}))?"
)
_REFERENCE: Final = re.compile(r"[a-z]{3,40}/([a-z0-9][a-z0-9.-]{1,63})")
_ISO: Final = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_SLASHED: Final = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b")
_SHORT: Final = re.compile(
    r"\b(?:on|to|for|by|from|until|till|through|since|of|after|before|effective|starting|date|and|or) "
    r"(1[0-2]|0?[1-9])/(3[01]|[12]\d|0?[1-9])(?![\d/.])"
)
_MONTH_END: Final = re.compile(
    rf"\b(?:end|last day) of (?:(?P<m>{_MONTH})[a-z]*\b|(?:the|that|this) (?:same )?month\b)|\bmonth[- ]end\b"
)
_ORDINAL: Final = re.compile(r"\b([12]?\d|3[01])(?:st|nd|rd|th)\b")
_FEBRUARY: Final = 2
_FIGURED: Final = re.compile(r"\d[-/.]\d")
_WORDED: Final = re.compile(_MONTH)
"""What each way to write a day has in it, in figures or with the name of the month: most texts have neither."""
_MONTHS: Final = tuple(_MONTH.split("|"))
_SPOKEN: Final = re.compile(
    rf"\b(?P<m>{_MONTH})[a-z]*\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<y>\d{{4}}))?"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m2>{_MONTH})[a-z]*\.?(?:,? (?P<y2>\d{{4}}))?"
)


def normal(text: str, /) -> str:
    """Returns the form in which texts are compared."""
    if not text.isascii():
        text = _RAISED.sub(" ", text)  # of 50\u00b9 and 1\u00bd a reader makes no 501 and no 11
        text = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    elif _evenly(text):
        return text.strip(" ").lower()
    return " ".join(text.casefold().split())


def paused(text: str, /) -> str:
    """Returns a normal text with the pauses of other scripts, and dashes between words, as English has them."""
    text = _DASH.sub(", ", text) if " - " in text or not text.isascii() else text
    return text if text.isascii() else " ".join(text.translate(_PAUSES).split())


def plain(text: str, /) -> bool:
    """Whether a text reads as it is written: nothing hidden in it, and no letter that stands for others (IDNA 2008)."""
    return text.isascii() or normal(text) == " ".join(unicodedata.normalize("NFC", text).lower().split())


def shown(text: str, /) -> bool:
    """Whether a text has nothing hidden in it, and no sign that stands for others: what a thing may be called."""
    if text.isascii():
        return True
    spaced = "".join(" " if unicodedata.category(c) == "Zs" else c for c in unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFKC", spaced) == spaced and not any(unicodedata.category(c) == "Cf" for c in spaced)


def _evenly(text: str) -> bool:
    """Whether the words of an ASCII text are one space apart; a loop, since most texts are short and there are many."""
    for space in _SPACES:  # noqa: SIM110 a generator costs more than all that it looks for
        if space in text:
            return False
    return True


def tokens(text: str, /) -> list[str]:
    """Returns the runs of letters and digits of a normal text."""
    return text.encode().translate(_APART).decode().split() if text.isascii() else _TOKEN.findall(text)


def compact(text: str, /) -> str:
    """Returns a normal text's letters and digits alone."""
    return "".join(compact_words(text))


def compact_words(text: str, /) -> list[str]:
    """Returns what `compact` joins; the point of a decimal is a word, so no cent is taken for a unit."""
    return tokens(_DECIMAL.sub(r"\1 point \2", text) if "." in text else text)


def contains(text: str, part: str, /) -> bool:
    """Whether a normal text holds a normal part as whole words."""
    at = text.find(part)
    for _ in range(_TRIES):
        if at < 0:
            return False
        end = at + len(part)
        before = at == 0 or not (part[0].isalnum() and text[at - 1].isalnum())
        after = end == len(text) or not (part[-1].isalnum() and text[end].isalnum())
        if before and after:
            return True
        at = text.find(part, at + 1)
    return False


def links(text: str, /) -> list[str]:
    """Returns the addresses of pages in a normal text, each without scheme, `www.` and what ends a sentence."""
    # Neither a link nor an address has a space in it, so that words without what either needs are passed over.
    text = text.replace(_STOP, ".")
    if "." not in text and ":" not in text and "/" not in text:
        return []
    bare = " ".join(map(_bare, _around(text, _MARKS)))
    return [link for found in _LINK.finditer(bare) if (link := written(found[0]))]


def _bare(word: str) -> str:
    """A word with blanks for e-mail addresses.

    What stands before an `@` in a link only looks like one: the link leads to what stands behind it.
    """
    if "@" not in word or _LINKED.search(word):
        return word
    return _ADDRESS.sub(lambda found: " " * len(found[0]), word)


def _around(text: str, marks: tuple[str, ...]) -> Iterator[str]:
    """Yields the words of a normal text that hold one of the marks, in their order, and of a long one what is near."""
    at, ahead = 0, {mark: text.find(mark) for mark in marks}
    while ahead := {mark: place for mark, place in ahead.items() if place >= 0}:
        first = min(ahead.values())
        end = text.find(" ", first)
        end = len(text) if end < 0 else end
        yield text[max(text.rfind(" ", at, first) + 1 or at, first - _NEAR) : end]
        at = end
        ahead = {mark: place if place >= at else text.find(mark, at) for mark, place in ahead.items()}


def written(link: str, /) -> str:
    """Returns a link in the form in which links are compared."""
    link = link.rstrip(".,;:!?*_~")
    for prefix in ("https://", "http://"):
        link = link.removeprefix(prefix)
    return link.removeprefix("www.").rstrip("/")


def spelled(link: str, /) -> str:
    """Returns a link as it is written, without what no server sees or what stands for the same page: its scheme."""
    return _SCHEME.sub("", link, count=1).removesuffix("/")


def spellings(text: str, /) -> Iterator[str]:
    """Yields how the links in a text are written there, with their capitals; none of a word that is no ASCII."""
    for word in filter(str.isascii, _around(" ".join(text.split()), _MARKS)):
        for found in _LINK.finditer(_bare(word.lower())):
            if link := written(found[0]):
                at = found.start() + found[0].find(link)
                yield spelled(word[at : at + len(link)])


def unescaped(text: str, /) -> str:
    """Returns a normal text as whoever reads it as HTML does."""
    return normal(html.unescape(text)) if "&" in text else text


def addresses(text: str, /) -> list[str]:
    """Returns the e-mail addresses in a normal text."""
    return [found.rstrip(".") for word in text.split() if "@" in word for found in _ADDRESS.findall(word)]


def without_addresses(text: str, /) -> str:
    """Returns a normal text without its e-mail addresses."""
    return _ADDRESS.sub(" ", text) if "@" in text else text


def phones(text: str, /) -> list[str]:
    """Returns what is written like a number of a telephone in a normal text."""
    found = (one.strip() for one in _PHONE.findall(text))
    return [one for one in found if sum(map(str.isdigit, one)) >= 7 and not _ISO.match(one)]


def reference(text: str, /) -> str:
    """Returns what a reference such as `patient/p-1` names, by its type and its id (FHIR R5 2.1.3.0); empty else."""
    found = _REFERENCE.fullmatch(text)
    return found[1] if found else ""


def mailbox(text: str, /) -> str:
    """Returns the address of a mailbox that is written with a name before it (RFC 5322 3.4); empty for another text."""
    found = _MAILBOX.fullmatch(text)
    return found[1] if found else ""


def homes(text: str, /) -> list[str]:
    """Returns the postal addresses in a normal text."""
    return _HOME.findall(text)


def anglicised(text: str, /) -> str:
    """Returns a normal text with its numbers written as they are in English: *1.250,00* as 1250.00."""
    return _CONTINENTAL.sub(_anglicised, text) if "," in text or "." in text else text


def _anglicised(found: re.Match[str]) -> str:
    whole = (found["many"] or found["plain"] or found["whole"]).replace(".", "")
    cents = found["cents"] or found["two"]
    return f"{whole}.{cents}" if cents else whole


def numbers(text: str, /) -> Iterator[float]:
    """Yields the numbers in a text, whatever parts their thousands."""
    text = anglicised(text)
    if "/" in text or "\u2044" in text:
        for whole, over, under in _FRACTION.findall(text):
            yield float(whole or 0) + int(over) / (int(under) or 1)
        text = _FRACTION.sub(" ", text)
    for found in _NUMBER.finditer(text):
        yield float(found[0].replace(",", ""))


def dates(text: str, /) -> frozenset[tuple[int, int, int]]:
    """Returns the days in a normal text as year, month and day; the year is 0 where nobody said."""
    found: set[tuple[int, int, int]] = set()
    if _FIGURED.search(text):
        found |= _figured(text)
    if _WORDED.search(text):
        found |= _worded(text)
    return frozenset(one for one in found if possible(*one))


def days_said(text: str, /) -> frozenset[tuple[int, int, int]]:
    """Returns the days in what somebody says: as `dates`, and *to 11/20*, or *the end of the month* of one or by name.

    In a result `11/20` may as well be a share, so that only what is said is read so.
    """
    found = set(dates(text))
    found |= {(0, int(month), int(day)) for month, day in _SHORT.findall(text)}
    for named in _MONTH_END.finditer(text):
        months = {(year, month) for year, month, _ in found} if not named["m"] else {(0, _MONTHS.index(named["m"]) + 1)}
        found |= {(year, month, day) for year, month in months for day in _last_days(year, month)}
    return frozenset(one for one in found if possible(*one))


def _last_days(year: int, month: int) -> tuple[int, ...]:
    """The last day of a month, both that it may be where nobody said of which year."""
    last = calendar.monthrange(year or 2000, month)[1] if 0 < month <= len(_MONTHS) else 0
    return (last, last - 1) if not year and month == _FEBRUARY else (last,)


def ordinals(text: str, /) -> frozenset[float]:
    """Returns the numbers that are said as places in an order: *on the 5th*."""
    return frozenset(map(float, _ORDINAL.findall(text)))


def _figured(text: str) -> set[tuple[int, int, int]]:
    found: set[tuple[int, int, int]] = set()
    for year, month, day in _ISO.findall(text):
        found.add((int(year), int(month), int(day)))
    for month, day, year in _SLASHED.findall(text):
        found.add((int(year), int(month), int(day)))
        found.add((int(year), int(day), int(month)))
    return found


def _worded(text: str) -> set[tuple[int, int, int]]:
    found: set[tuple[int, int, int]] = set()
    for one in _RANGE.finditer(text):
        month, year = one["m"] or one["m2"], one["y"] or one["y2"]
        first, last = int(one["a"] or one["a2"]), int(one["b"] or one["b2"])
        found |= {(int(year or 0), _MONTHS.index(month) + 1, day) for day in range(first, min(last, 31) + 1)}
    for one in _SPOKEN.finditer(text):
        month, day, year = one["m"] or one["m2"], one["d"] or one["d2"], one["y"] or one["y2"]
        found.add((int(year or 0), _MONTHS.index(month) + 1, int(day)))
    return found


@functools.lru_cache(maxsize=8192)
def stem(word: str, /) -> str:
    """Returns a word without the endings of English verbs and nouns."""
    if len(word) > 5 and word.endswith("ing"):
        word = word[:-3]
    elif len(word) > 4 and word.endswith(("ied", "ies")):
        return word[:-3] + "y"
    elif len(word) > 4 and word.endswith("ed"):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def possible(year: int, month: int, day: int) -> bool:
    """Whether there is such a day; year 0 stands for any."""
    try:
        date(year or 2000, month, day)
    except ValueError:
        return False
    return True
