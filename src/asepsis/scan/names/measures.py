"""What looks like a date, a code or a ZIP code and is a measure: ages, heights, weeks, leads, times of day, quarters.

Also codes that classify and identify nobody: diagnoses, procedures, genes, terms of a terminology.
"""

import re
from collections.abc import Sequence
from typing import Final

from asepsis.scan.names.tokens import form_of

__all__ = ["is_measure"]

_FORMS: Final = re.compile(
    r"""
      [0-9]{1,3}(?:-[0-9]{1,3})?\s?-?(?:y/?o|y\.o\.?|yrs?|years?|mos?|months?|wks?|weeks?|days?|hrs?|hours?|mins?
        |minutes?|secs?|seconds?)(?:[\s-]?old)?                          # an age, or how long: 58yo, 2-3minutes
    | [3-7]['’]\s?[0-9]{0,2}["”]?                                         # a height in feet and inches
    | [0-9]{1,2}w(?:k?s?)?(?:[0-6]d?)?                                     # weeks and days of a pregnancy
    | g[0-9]{1,2}p[0-9]{1,4}
    | v[1-9]r?(?:\s?-\s?v[1-9]r?)?                                       # leads of an electrocardiogram
    | [ctls](?:[0-9]|1[0-2])(?:\s?[-/]\s?[ctls]?(?:[0-9]|1[0-2]))?       # levels of the spine
    | (?:[qh][1-4]|[cfm]y)[\s'’-]?(?:(?:19|20)[0-9]{2}|[0-9]{2})           # quarters and fiscal years
    | p(?:a?co2|a?o2)\s?[0-9].*                                           # gases of the blood
    | (?:[a-z]{2,4}\s)?[0-9]{2,3}s|[a-z]{1,4}\s?[0-4]\+|[0-9]{1,3}k           # rates, traces, counts
    | [0-9.]{1,4}/[0-9]{3}                                                 # doses of two substances
    | [0-9]{1,2}-[0-9]/[0-9]                                               # two and a half
    | [a-tv-z][0-9][0-9a-z]\.[0-9a-z]{1,4}                                # ICD-10-CM
    | (?:[0-9]{5}|[gj][0-9]{4})-(?:2[2-7]|5[0-9]|62|7[3-9]|8[0-2]|9[0-1159]|[lr]t|tc|gt|gq|xs|xu)  # with a modifier
    | cd[0-9]{1,3}\+?|tp53|brca[12]|kras|braf|her2|egfr|jak2|mthfr|cftr|apoe[2-4]?|hla-?[a-d][a-z]?[0-9]{1,2}
    | il-?[0-9]{1,2}|ca[ -]?(?:125|19-9|15-3)|b12|t[34]|h1n1|covid-?19
    | [0-9]{1,4}\s(?:miles?|blocks?|feet|yards?|km|kilomet(?:er|re)s?|acres?)   # how far
    | [0-9]{1,2}\s?o['’]\s?clock | [0-9]{1,2}:[0-5][0-9]:[0-5][0-9]            # the time of day, of a recording
    | (?:early|mid|late)[\s-]{0,2}[1-8]0['’]?s                                # an age under 90
    | 911 | 988                                                             # emergencies
    | rfc\s?[0-9]{3,4}|nct[0-9]{8}|rs[0-9]{3,}
    """,  # noqa: RUF001 both apostrophes
    re.VERBOSE | re.IGNORECASE,
)
_CHARGED: Final = re.compile(
    r"(?:bill|code|charge|submit|report|use|cpt)\w*\s.{0,24}?[0-9]{5}(?:-[0-9a-z]{2})?", re.IGNORECASE
)
_CLOCK: Final = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]")
_CLOCKED: Final = frozenset("@ at time around by until till since before after approximately approx hrs hours".split())  # noqa: SIM905 a list of words reads better so
_TERMS: Final = frozenset("snomed sctid rxnorm rxcui loinc concept cui umls drg apc cvx rfc".split())  # noqa: SIM905 as above
_OWN: Final = frozenset(
    "mrn member id account acct policy claim group subscriber ssn number phone fax record chart".split()  # noqa: SIM905 as above
)
_COUNTED: Final = frozenset(
    """
    servings times drinks beers cups packs per x weeks days months years hours minutes tablets pills puffs glasses out
    of loops degrees episodes visits doses meals pounds lbs cigarettes stools hrs mins wks
    """.split()  # noqa: SIM905 as above
)
_PARTS: Final = frozenset("table tables figure fig section sections chapter page pages appendix box step".split())  # noqa: SIM905 as above
"""What of a document has numbers like dates."""

_RANGE: Final = re.compile(r"[0-9]{1,2}\s?[-/]\s?[0-9]{1,2}")
_DIGIT: Final = re.compile(r"[0-9]")
_DIGITS: Final = re.compile(r"[0-9]{4,18}")
_BACK: Final = 9


def is_measure(words: Sequence[str], run: tuple[int, int, str, int], /) -> bool:
    """Whether a run (first token, the one behind the last, kind, likelihood) is a measure or a code of a class."""
    first, last, kind, _ = run
    value = "".join(words[first:last]).strip(" \t\n,;:.()[]")
    if kind == "AGE" or not _has_digit(value):
        return False
    if _FORMS.fullmatch(value):
        return not (kind == "ID" and _DIGITS.search(value) and _says(words, first, _OWN))
    if kind == "NAME" and any(map(str.isalpha, value)):
        return _CHARGED.fullmatch(value) is not None
    if _CLOCK.fullmatch(value):
        return form_of(words[first - 1]) in _CLOCKED if first else False
    if kind == "DATE" and _RANGE.fullmatch(value):
        before, behind = words[max(0, first - 1) : first], words[last : last + 1]
        return any(form_of(one) in _COUNTED for one in behind) or any(form_of(one) in _PARTS for one in before)
    named = _DIGITS.fullmatch(value) is not None and _says(words, first, _TERMS)
    return named and (not _says(words, first, _OWN) or form_of(words[max(0, first - 2)]) == "concept")


def _has_digit(value: str) -> bool:
    return _DIGIT.search(value) is not None if value.isascii() else any(map(str.isdigit, value))


def _says(words: Sequence[str], first: int, some: frozenset[str]) -> bool:
    return any(form_of(one) in some for one in words[max(0, first - _BACK) : first])
