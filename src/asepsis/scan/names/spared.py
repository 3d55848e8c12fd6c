"""What a guess never touches: doses, readings, units, routes, codes, negations, sides, and the category of 90 or older.

A rule proves what it finds by its form or a word before it. A model of names guesses, and a guess that takes a dose
along costs more than it protects. So what the model found is cut around these, wherever it is used. Five digits alone
are a guess at a ZIP code only where a place, a state or the word stands before them.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from asepsis.core.types import Finding, Kind
from asepsis.scan.leads import is_lead
from asepsis.scan.names.general import COUNTRIES, STATES

__all__ = ["spared"]

_UNITS: Final = (
    r"mg|mcg|µg|ng|pg|g|kg|ml|dl|fl|l|units?|iu|u|meq|mmol|mosm|mmhg|%|bpm|cm|mm|lbs?|pounds?|degrees?|°\s?[cf]"
    r"|tablets?|tabs?|caps(?:ules)?|puffs?|drops?|cells|copies|steps|calories|kcal"
    r"|x\s?10\^[0-9]+(?:/[a-z]+)?|k/ul|hours?|days?|weeks?|months?"
)
# A digit behind letters behind a digit is in a code, but for a number of doses: `2x500mg`.
_IN_CODE: Final = "".join(f"(?<![0-9][a-wyz]{{{letters}}}[0-9])" for letters in range(5))
_FRACTION: Final = "[¼-¾⅐-⅞]"
_FORMS: Final = rf"""
    [0-9]{_IN_CODE}[0-9.,/]*(?:\s?-\s?[0-9][0-9.,/]*)?\s?-?(?:{_UNITS})(?:/[a-z]{{1,4}})?(?![^\W_])
    | (?:(?<![0-9/.,-])[0-9]{{1,2}}\s?)?{_FRACTION}(?:\s?-?(?:{_UNITS})(?:/[a-z]{{1,4}})?(?![^\W_]))?
    | 9(?<![0-9.,]9)0(?:\s?\+|(?=\s(?:or|and)\s(?:older|over|above)))
      (?:[\s-]?(?:y\.?/?o\b\.?|years?|yrs?)(?:[\s-]old)?)?
    | </?[a-z][a-z0-9:._-]{{0,30}}(?:\s[^<>\n]{{0,60}})?/?>
    | (?<![^\W\d_])(?:
      (?:wbcs?|rbcs?|hgb|hct|plts?|platelets?|bp|hr|rr|spo2|hba1c|a1c|ef|bmi|inr|tsh|bun|ast|alt
      |ferritin|d-dimer|troponin|bnp|nt-probnp|ck|ldh|lipase|amylase|hcg|crp|glucose|creatinine|cr)
      \s{{0,2}}(?:of|was|is|:)?\s{{0,2}}[0-9][0-9.,/]*(?:-[0-9][0-9.,/]*)*
    | (?<![0-9])(?:sc|sq|subq|im|iv|ivp|po(?!\s?box)|pr|sl|bid|tid|qid|qhs|qd|qod
      |q\s?[0-9]{{1,2}}\s?h(?:rs?|ours?)?|hs|ac|pc|prn|stat|daily|weekly|nightly
      |dnr|dni|d/c|c/o|s/p|h/o|w/o|r/o|y/o(?:\s[mf])?|f/u|a/p|b/l|w/)(?![^\W_])
    | (?:icd|cpt|hcpcs|loinc|snomed(?:\s?ct)?|ndc|rxnorm|drg)(?:-[0-9]{{1,2}}(?:-cm)?)?(?:\scodes?)?
      \s{{0,2}}:?\s?[a-z]?[0-9][0-9a-z.-]*(?:\s?,\s?[a-z]?[0-9][0-9a-z.-]*){{0,9}}
    | (?:no|not|denies|denied|without|never|negative|left|right|bilateral(?:ly)?)(?![^\W\d_])
    )
    """
# Text without these characters holds no more of the forms than words that stand alone.
_ASKS: Final = re.compile("[0-9</]")
_APART: Final = "".join(one if one.islower() else " " for one in map(chr, range(128)))
"""What stands between words, as blanks, for `str.translate`."""

_ALONE: Final = frozenset(
    """
    sc sq subq im iv ivp po pr sl bid tid qid qhs qd qod hs ac pc prn stat daily weekly nightly dnr dni
    no not denies denied without never negative left right bilateral bilaterally
    """.split()  # noqa: SIM905 a list of words reads better so
)
_KEPT: Final = re.compile(_FORMS, re.VERBOSE | re.IGNORECASE)
_KEPT_SMALL: Final = re.compile(_FORMS, re.VERBOSE)


_FIVE: Final = re.compile(r"[0-9]{5}")
_PLACE: Final = re.compile(
    r"(?:\b[A-Z]{2}|[A-Za-z]{3,},|(?i:\b(?:zip|zip ?code|postal ?code|in|near|at|from|to|of|area|"
    rf"{'|'.join(sorted(STATES | COUNTRIES))})))\W{{0,3}}\Z"
)
# The fourth of his name, and a state behind a city, are written like the routes of a drug.
_ENDINGS: Final = {"IV": Kind.NAME, "SC": Kind.GEO, "PR": Kind.GEO}
_LED: Final = re.compile(r"[A-Z][\w'.-]*,? {1,2}\Z")
_SURE: Final = 690
_CLOSED: Final = re.compile(r"\s{0,2}(?:[),.;:<|\"'(\n]|\Z|[0-9]{5}(?![0-9]))")
_COLON: Final = re.compile(r'\\?"\s{0,2}:')
_NUMBER: Final = re.compile(r"-?[0-9][0-9.eE+-]*")
# What entities say is read for itself.
_ENTITIES: Final = re.compile(r"[&#;xX0-9a-fA-F\s]++")
_VALUE: Final = re.compile(r'":\s{0,2}\Z')
_BROKEN: Final = re.compile(_FRACTION)
_CODE: Final = "names.id"
_DIALLED: Final = (Kind.PHONE, Kind.FAX)
_IN_CODES: Final = re.compile(r"\S*[0-9A-Za-z\d]\S*")
# A procedure's code has five digits, too.
_CODED: Final = re.compile(r"(?i:\b(?:cpt|hcpcs))\b(?![^\n]*(?i:zip))")
_NEAR: Final = 24
_FAR: Final = 80
_LONGEST: Final = 1024
"""How many characters a text has at most that is looked at as a whole for what it may hold."""

_AHEAD: Final = 5


def spared(findings: Iterable[Finding], text: str, /) -> Iterator[Finding]:
    """Yields guessed findings without what a guess never touches; what is left of one holds a letter or digit."""
    # To ignore case is three times as slow; small ASCII letters have their places where the given ones have.
    forms, small = (_KEPT_SMALL, text.lower()) if text.isascii() else (_KEPT, text)
    none = forms is _KEPT_SMALL and len(text) <= _LONGEST and _holds_none(small, 0, len(small))
    for given in findings:
        one = _code(given, text) if given.rule == _CODE else given
        if one is None or _is_form(one, text):
            continue
        low, high = max(0, one.start - _NEAR), min(len(small), one.end + _NEAR)
        if none or (forms is _KEPT_SMALL and _holds_none(small, low, high)):
            yield one
            continue
        found = (match.span() for match in forms.finditer(small, low, high))
        kept = [span for span in found if not (_is_ending(one, span, text) or _is_house(one, span, text))]
        yield from _cut(one, kept, text) if kept else (one,)


def _holds_none(small: str, low: int, high: int) -> bool:
    """Whether a stretch of small ASCII text surely holds none of the forms."""
    if _ASKS.search(small, low, high) is not None:
        return False
    return _ALONE.isdisjoint(small[low:high].translate(_APART).split())


def _code(one: Finding, text: str) -> Finding | None:
    """A guess at a code from its first word that can be of one to its last, None where there is none.

    Such a word holds a digit or a plain letter, and is not what stands before codes, as `phone` and `e-mail` do.
    One letter or digit is no code, and what nobody can dial is no number of a telephone.
    """
    if _BROKEN.search(text, one.start, one.end):
        return None
    words = [match for match in _IN_CODES.finditer(text, one.start, one.end) if not is_lead(match[0])]
    if not words:
        return None
    start, end = words[0].start(), words[-1].end()
    called = one.kind in _DIALLED and not any(map(str.isdigit, text[start:end]))
    if called or (end - start == 1 and one.end - one.start == 1):
        return None
    return one if (start, end) == (one.start, one.end) else msgspec.structs.replace(one, start=start, end=end)


def _is_ending(one: Finding, span: tuple[int, int], text: str) -> bool:
    """Whether a range ends the name or place it stands in."""
    start, end = span
    return (
        _ENDINGS.get(text[start:end]) is one.kind
        and one.start < start
        and _LED.search(text, max(one.start, start - _NEAR), start) is not None
        and (one.score >= _SURE or _CLOSED.match(text, end) is not None)
    )


def _is_house(one: Finding, span: tuple[int, int], text: str) -> bool:
    """Whether a range is a fraction with more of an address behind it: `12½ Oak Street`."""
    start, end = span
    return one.kind is Kind.GEO and end < one.end and _BROKEN.search(text, start, end) is not None


def _is_form(one: Finding, text: str) -> bool:
    """Whether a guess is a key or a bare number of JSON, entities, or five digits that no place stands before."""
    before, behind = text[max(0, one.start - _NEAR) : one.start], text[one.end : one.end + _AHEAD]
    if before.endswith('"') and _COLON.match(behind):
        return True
    if "&#" in text[max(0, one.start - 2) : one.end] and _ENTITIES.fullmatch(text, one.start, one.end):
        return True
    number = _NUMBER.fullmatch(text, one.start, one.end) is not None
    if number and _VALUE.search(before):
        return True
    if _FIVE.fullmatch(text, one.start, one.end) is None:
        return False
    return not _PLACE.search(before) or _CODED.search(text, max(0, one.start - _FAR), one.start) is not None


def _cut(finding: Finding, kept: list[tuple[int, int]], text: str) -> Iterator[Finding]:
    at = finding.start
    for start, end in kept:
        if end <= at or start >= finding.end:
            continue
        if start > at and any(map(str.isalnum, text[at:start])):
            yield _moved(finding, text, at, start)
        at = end
    if at == finding.start:
        yield finding
    elif at < finding.end and any(map(str.isalnum, text[at : finding.end])):
        yield _moved(finding, text, at, finding.end)


def _moved(finding: Finding, text: str, start: int, end: int) -> Finding:
    """A piece of a finding, without the blanks and marks at its ends."""
    while not text[start].isalnum():
        start += 1
    while not text[end - 1].isalnum():
        end -= 1
    return msgspec.structs.replace(finding, start=start, end=end)
