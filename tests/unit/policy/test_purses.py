"""Whose purse a call takes from, and how much."""

from datetime import UTC, datetime

import pytest

from asepsis.core.ports import Spending
from asepsis.core.types import Principal
from asepsis.policy.config import Budget, Price
from asepsis.policy.purses import cost, wants

ANN = Principal("t", "corp:ann", "portal")
AGENT = Principal("t", "svc", "agents", (("budget", "g1 tokens 500 9000"), ("role", "x")), ANN)
NOW = int(datetime(2026, 12, 31, 23, 59, 30, tzinfo=UTC).timestamp()) * 1000
PRICES = [Price("gpt-*", 2_500_000, 10_000_000), Price("*", 1, 1)]


def spending(who=AGENT, **changes):
    return Spending(who, "gpt-5", frozenset({"m1"}), 1000, 200)._replace(**changes)


def only(budget, what=None):
    found = [one for one in wants(what or spending(), [budget], PRICES, NOW) if one.purse.name != "grant"]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("of", "holder"),
    [("all", ""), ("application", "agents"), ("model", "gpt-5"), ("principal", "svc"), ("user", "corp:ann")],
)
def test_a_purse_is_its_holders(of, holder):
    assert only(Budget("b", "requests", 5, of)).purse.holder == holder


@pytest.mark.parametrize(
    ("unit", "amount"), [("requests", 1), ("tokens", 1200), ("microdollars", 4500), ("members", 0)]
)
def test_so_much_is_taken_of_a_unit(unit, amount):
    want = only(Budget("b", unit, 5))
    assert (want.amount, want.members) == (amount, frozenset({"m1"}) if unit == "members" else frozenset())


def test_a_cost_is_rounded_up_and_unknown_without_a_price():
    assert cost("microdollars", 1, 0, "gpt-5", [Price("*", 1, 1)]) == 1
    assert cost("microdollars", 1, 0, "gpt-5", [Price("other", 1, 1)]) is None


@pytest.mark.parametrize(
    ("window", "begins", "ends"),
    [
        ("minute", (2026, 12, 31, 23, 59), (2027, 1, 1)),
        ("hour", (2026, 12, 31, 23), (2027, 1, 1)),
        ("day", (2026, 12, 31), (2027, 1, 1)),
        ("month", (2026, 12, 1), (2027, 1, 1)),
    ],
)
def test_a_window_begins_at_a_full_one(window, begins, ends):
    purse = only(Budget("b", "requests", 5, window=window)).purse
    assert (purse.begins, purse.ends) == tuple(
        int(datetime(*at, tzinfo=UTC).timestamp()) * 1000 for at in (begins, ends)
    )


def test_only_the_calls_of_some_applications_count():
    assert only(Budget("b", "requests", 5, application="agent*")) is not None
    assert only(Budget("b", "requests", 5, application="portal")) is None


@pytest.mark.parametrize(
    ("glob", "tool", "counts"),
    [
        ("", "", True),
        ("", "plan__pay", False),
        ("plan__*", "", False),
        ("plan__*", "plan__pay", True),
        ("a", "b", False),
    ],
)
def test_calls_of_tools_and_of_models_count_apart(glob, tool, counts):
    assert (only(Budget("b", "requests", 5, tool=glob), spending(tool=tool)) is not None) is counts


def test_each_tool_may_have_a_purse_of_its_own():
    assert only(Budget("b", "requests", 5, "tool", tool="*"), spending(tool="pay")).purse.holder == "pay"


def test_a_grants_own_budgets_count_too():
    (want,) = wants(spending(), [], PRICES, NOW)
    assert (want.purse.name, want.purse.holder, want.purse.ends) == ("grant", "g1 tokens", 9000)
    assert (want.most, want.amount) == (500, 1200)
