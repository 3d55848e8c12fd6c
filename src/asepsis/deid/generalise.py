"""Generalising: saying less, as 45 CFR 164.514(b)(2)(i) allows.

- (B) A place becomes its state and the first three digits of its ZIP code, 000 where 20,000 people or fewer live there.
- (C) A date becomes its year. Ages over 89, and years that show one, become the one category 90+.

The ZIP areas are the 17 that HHS names in its guidance of November 26, 2012 (on the census of 2000), and areas that
came to 20,000 or fewer in the censuses of 2010 or 2020. Writing 000 more often than needed says less, never more; a
profile's `sparse` adds areas and can take none away.
"""

import re
from collections.abc import Collection
from typing import Final

from asepsis.core.types import Kind
from asepsis.deid import dates

__all__ = ["OLDEST", "OLDEST_YEARS", "SPARSE", "generalised", "place_without_street", "reveals_age", "sparser", "zip3"]

OLDEST: Final = "90+"
"""The one category for ages over 89."""

_AGE: Final = 89
OLDEST_YEARS: Final = _AGE + 1
"""How many years back the birth years of that category end, where a document has room for a year only."""

_GUIDANCE: Final = "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893"
_LATER: Final = "202 204 205 369 753 772"
SPARSE: Final = frozenset(f"{_GUIDANCE} {_LATER}".split())
"""The first three digits of ZIP codes of areas with 20,000 people or fewer."""

_STATES: Final = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA RI SC SD TN TX UT VT VA WA WV WI WY"
)
_ZIP: Final = re.compile(r"(?<![0-9A-Za-z-])(?P<area>[0-9]{3})[0-9]{2}(?:-?[0-9]{4})?(?![0-9A-Za-z])", re.ASCII)
_STATE: Final = re.compile(r"(?<![A-Za-z])([A-Z]{2})(?:,? +[0-9]{5}(?:-[0-9]{4})?)?\s*\Z", re.ASCII)
_STREET: Final = re.compile(r"[0-9]|\b(?:p\.? ?o\.? box|apt|suite|unit|floor)\b", re.IGNORECASE)


def zip3(code: str, /) -> str:
    """Returns the first three digits of a ZIP code, 000 for a sparse area or for what is no ZIP code."""
    found = _ZIP.fullmatch(code.strip())
    return found["area"] if found and found["area"] not in SPARSE else "000"


def sparser(place: str, areas: Collection[str], /) -> str:
    """Returns a generalised place with 000 for an area that is one of `areas`."""
    return f"{place[:-3]}000" if place[-3:] in areas else place


def reveals_age(year: int, /, *, today: int) -> bool:
    """Whether a year shows, in the year `today`, that someone is over 89."""
    return today - year > _AGE


def generalised(kind: Kind, text: str, /, *, today: int) -> str | None:
    """Returns what may stand for a value in the year `today`, None where nothing less than a mask will do."""
    match kind:
        case Kind.AGE_OVER_89:
            return OLDEST
        case Kind.DATE:
            year = dates.year_of(text)
            if year is None:
                return None
            return OLDEST if reveals_age(year, today=today) else str(year)
        case Kind.GEO:
            return _area(text)
        case _:
            return None


def place_without_street(text: str, /) -> str | None:
    """Returns town, state and ZIP code of a place (164.514(e)(2)(ii)), None where a street can't be told from them."""
    pieces = [piece.strip() for piece in text.split(",")]
    kept: list[str] = []
    for piece in reversed(pieces):
        bare = _ZIP.sub("", piece)
        if _STREET.search(bare):
            break
        kept.append(piece)
    return ", ".join(reversed(kept)) or None


def _area(text: str) -> str | None:
    found = list(_ZIP.finditer(text))
    state = _STATE.search(text)
    code = found[-1]["area"] if found and found[-1].end() == len(text.rstrip()) else ""
    named = state[1] if state and state[1] in _STATES.split() else ""
    if not code:
        return named or None
    area = "000" if code in SPARSE else code
    return f"{named} {area}".strip()
