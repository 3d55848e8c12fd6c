"""What stands in each column of a table: by its header, and by what its values look like.

1. A header that `tables/columns.toml` knows decides, unless the values say plainly that something else stands there.
2. A header that nobody knows is judged by a sample of its values: dates, e-mail addresses and the like by their form,
   short numbers are measures. What is left is unknown, and each profile says what becomes of that.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Final, Literal, NamedTuple

import msgspec

from asepsis.core.types import Kind, ObligationKind
from asepsis.deid.formats.treatment import AGE, DIGITS, KEPT, SCANNED, UNKNOWN, Rule, Treat

__all__ = ["SAMPLE", "Column", "headed", "normal", "verdict"]

SAMPLE: Final = 200
"""How many values of a column are looked at."""

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MARKS: Final = re.compile(r"[^a-z0-9]+")
_MOST: Final = 0.8
_FORMS: Final = (
    (re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}"), Rule(Treat.VALUE, Kind.SSN)),
    (re.compile(r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}"), Rule(Treat.VALUE, Kind.EMAIL)),
    (re.compile(r"(?:https?|ftp)://\S+"), Rule(Treat.VALUE, Kind.URL)),
    (re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"), Rule(Treat.VALUE, Kind.IP)),
    (
        re.compile(r"(?:\+?1[ .-]?)?(?:\([0-9]{3}\) ?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}"),
        Rule(Treat.VALUE, Kind.PHONE),
    ),
    (
        re.compile(
            r"(?:18|19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}(?:[T ].{1,30})?|[0-9]{1,2}/[0-9]{1,2}/(?:18|19|20)[0-9]{2}.{0,30}"
        ),
        Rule(Treat.DATE, Kind.DATE),
    ),
    (re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"), Rule(Treat.CODE)),
)
_MEASURE: Final = re.compile(
    r"-?[0-9]{1,6}|-?[0-9]{1,9}\.[0-9]{1,9}(?:[eE][+-]?[0-9]{1,2})?|[YNTF]|true|false", re.IGNORECASE
)
_DATA: Final = re.compile(r"-?[0-9][0-9.,/ :-]*|[^\s@]+@[^\s@]+")
_DROPPED: Final = Rule(Treat.VALUE, Kind.DATE, ObligationKind.DROP)


class Column(NamedTuple):
    """What stands in a column: its rule, a form of its own, and whether it helps to identify together with others."""

    header: str
    rule: Rule
    form: str = ""
    quasi: bool = False


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    header: str
    treat: Literal["keep", "value", "street", "town", "code", "date", "scan", "age", "year", "drop"]
    kind: Kind = Kind.OTHER_ID
    part: str = ""
    quasi: bool = False


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    column: tuple[_Entry, ...]


_RULES: Final = {
    "age": Rule(Treat.VALUE, Kind.AGE_OVER_89),
    "drop": _DROPPED,
    "keep": KEPT,
    "scan": SCANNED,
    "year": Rule(Treat.DATE, Kind.DATE),
}
_OWN_FORMS: Final = {"age": AGE, "drop": DIGITS, "year": "year"}
_TREATS: Final = {
    "value": Treat.VALUE,
    "street": Treat.STREET,
    "town": Treat.TOWN,
    "code": Treat.CODE,
    "date": Treat.DATE,
}


def headed(row: Sequence[str], /) -> bool:
    """Whether a first row names columns: no cell is empty or there twice, and none looks like data."""
    return bool(row) and len({*row}) == len(row) and all(one.strip() and not _DATA.fullmatch(one) for one in row)


def verdict(header: str, values: Sequence[str], own: Callable[..., ObligationKind | str | None], /) -> Column:
    """Returns what stands in a column; `own` is the profile's word on a field."""
    name = normal(header)
    said = own(header, name)
    column = _by_header(header, name)
    seen = _by_values([value.strip() for value in values if value.strip()])
    if column is None:
        column = Column(header, seen or UNKNOWN)
    elif seen is not None and seen.treat is not Treat.KEEP and column.rule.treat is Treat.KEEP:
        # The header promises a code or a measure, and the values are something else.
        column = column._replace(rule=seen, form="")
    if said == "keep":
        return column._replace(rule=KEPT, form="")
    if isinstance(said, ObligationKind):
        treat = column.rule.treat
        less = treat is Treat.DATE and said in {ObligationKind.MASK, ObligationKind.DROP}
        if less or treat in {Treat.KEEP, Treat.SCAN, Treat.UNKNOWN, Treat.CODE}:
            treat = Treat.VALUE
        kind = Kind.DATE if column.rule.treat is Treat.DATE else column.rule.kind
        return column._replace(rule=Rule(treat, kind, said), form="")
    return column


def normal(header: str, /) -> str:
    """Returns a header in small letters with `_` between its words."""
    return _MARKS.sub("_", _HUMP.sub("_", header.strip()).lower()).strip("_")


def _by_header(header: str, name: str) -> Column | None:
    entry = next((entry for pattern, entry in _entries() if pattern.fullmatch(name)), None)
    if entry is None:
        return None
    rule = _RULES.get(entry.treat) or Rule(_TREATS[entry.treat], entry.kind)
    return Column(header, rule, _OWN_FORMS.get(entry.treat, entry.part), entry.quasi)


def _by_values(values: Sequence[str]) -> Rule | None:
    """What most of the values look like, None where they look like nothing in particular."""
    if not values:
        return None
    for form, rule in _FORMS:
        if sum(form.fullmatch(value) is not None for value in values) >= _MOST * len(values):
            return rule
    return KEPT if all(_MEASURE.fullmatch(value) for value in values) else None


@cache
def _entries() -> tuple[tuple[re.Pattern[str], _Entry], ...]:
    text = (resources.files("asepsis.deid") / "tables" / "columns.toml").read_text(encoding="utf-8")
    return tuple((re.compile(one.header), one) for one in msgspec.convert(tomllib.loads(text), _File).column)
