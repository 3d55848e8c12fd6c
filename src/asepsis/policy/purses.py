"""Whose purse a call takes from, and how much: budgets as the settings and grants have them, against one call."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, NamedTuple

from asepsis.core.ports import Spending
from asepsis.core.types import Principal
from asepsis.infra.records import Purse
from asepsis.policy.config import Budget, Price, Unit

__all__ = ["GRANT", "Want", "cost", "wants"]

GRANT: Final = "grant"
"""The name of budgets that come with a grant."""

_MILLION: Final = 1_000_000
_MINUTE: Final = 60_000


class Want(NamedTuple):
    """So much of a purse: of its unit, and of which members; `amount` is None where nobody knows how much."""

    purse: Purse
    unit: Unit
    most: int
    amount: int | None
    members: frozenset[str] = frozenset()


def wants(what: Spending, budgets: Sequence[Budget], prices: Sequence[Price], now: int, /) -> Iterator[Want]:
    """Yields what a call takes of each purse that is concerned."""
    who = what.principal
    for one in budgets:
        if fnmatchcase(who.application, one.application) and _counts(one, what):
            begins, ends = _window(one.window, now // _MINUTE)
            purse = Purse(who.tenant, one.name, _holder(one, what), begins, ends)
            yield _want(purse, one.unit, one.most, what, prices)
    for claim, value in who.claims:
        if claim == "budget":
            grant, unit, most, expires = value.split(" ")
            purse = Purse(who.tenant, GRANT, f"{grant} {unit}", 0, int(expires))
            yield _want(purse, unit, int(most), what, prices)  # type: ignore[arg-type]  # grants have no other units


def cost(unit: Unit, tokens_in: int, tokens_out: int, model: str, prices: Sequence[Price], /) -> int | None:
    """Returns how much of a unit a call takes, None for a price that nobody knows; members are counted elsewhere."""
    if unit == "requests":
        return 1
    if unit == "tokens":
        return tokens_in + tokens_out
    for price in prices:
        if fnmatchcase(model, price.model):
            return -(-(tokens_in * price.input + tokens_out * price.output) // _MILLION)
    return None


def _want(purse: Purse, unit: Unit, most: int, what: Spending, prices: Sequence[Price]) -> Want:
    if unit == "members":
        return Want(purse, unit, most, 0, what.members)
    return Want(purse, unit, most, cost(unit, what.tokens_in, what.tokens_out or 0, what.model, prices))


def _holder(one: Budget, what: Spending) -> str:
    who = what.principal
    match one.of:
        case "all":
            return ""
        case "application":
            return who.application
        case "model":
            return what.model
        case "principal":
            return who.id
        case "tool":
            return what.tool
        case "user":
            return _user(who).id


def _counts(one: Budget, what: Spending) -> bool:
    return fnmatchcase(what.tool, one.tool) if one.tool and what.tool else not one.tool and not what.tool


def _user(who: Principal) -> Principal:
    while who.on_behalf_of is not None:
        who = who.on_behalf_of
    return who


@lru_cache(maxsize=64)
def _window(window: str, minute: int) -> tuple[int, int]:
    """Returns when the window of a minute since the epoch begins and ends, in milliseconds."""
    at = datetime.fromtimestamp(minute * 60, UTC)
    if window == "month":
        begins = at.replace(day=1, hour=0, minute=0)
        month = begins.month % 12 + 1
        ends = begins.replace(year=begins.year + (month == 1), month=month)
        return int(begins.timestamp()) * 1000, int(ends.timestamp()) * 1000
    size = {"minute": 1, "hour": 60, "day": 1440}[window]
    begins_at = minute // size * size * _MINUTE
    return begins_at, begins_at + size * _MINUTE
