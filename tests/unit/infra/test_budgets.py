"""What was leased of budgets, by many at once."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from asepsis.core.errors import Unavailable
from asepsis.infra import database
from asepsis.infra.budgets import BudgetRows
from asepsis.infra.records import Purse

ONE = Purse("t", "b", "ann", 0, 100)


@pytest.fixture
def rows(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    engine = database.connect(url)
    yield BudgetRows(engine)
    engine.dispose()


def test_no_more_is_leased_than_there_is(rows):
    assert [rows.lease(ONE, 4, most=10) for _ in range(4)] == [4, 4, 2, 0]
    assert rows.lease(msgspec.structs.replace(ONE, begins=100, ends=200), 4, most=10) == 4
    assert rows.lease(msgspec.structs.replace(ONE, holder="bob"), 4, most=10) == 4
    assert rows.lease(msgspec.structs.replace(ONE, holder="eve"), 15, most=10, least=11, instead=2) == 2


def test_what_is_given_back_can_be_leased_again_and_a_debt_cannot(rows):
    rows.lease(ONE, 8, most=10)
    rows.give_back(ONE, 3)
    assert rows.lease(ONE, 10, most=10) == 5
    rows.give_back(ONE, 10)
    rows.give_back(ONE, -7)
    assert rows.lease(ONE, 10, most=10) == 3


def test_less_may_be_there_than_was_leased(rows):
    rows.lease(ONE, 8, most=10)
    assert rows.lease(ONE, 8, most=5) == 0


def test_of_many_at_once_none_gets_what_another_got(rows):
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: rows.lease(ONE, 3, most=100), range(60)))
    assert sum(given) == 100


def test_a_member_is_counted_once(rows):
    rows.lease(ONE, 3, most=3)
    assert rows.count(ONE, ["m1", "m2"]) == 0
    assert rows.count(ONE, ["m2", "m3"]) == 1
    assert rows.members(ONE) == {"m1", "m2", "m3"}
    assert rows.members(msgspec.structs.replace(ONE, begins=1)) == frozenset()


def test_windows_that_are_over_are_forgotten(rows):
    later = msgspec.structs.replace(ONE, begins=100, ends=200)
    for purse in (ONE, later):
        rows.lease(purse, 3, most=3)
        rows.count(purse, ["m"])
    assert [(row.purse, row.leased) for row in rows.rows(50, tenant="t")] == [(ONE, 3), (later, 3)]
    assert rows.sweep(100, tenant="t") == 1
    assert [row.purse for row in rows.rows(50, tenant="t")] == [later]
    assert (rows.members(ONE), rows.members(later)) == (frozenset(), {"m"})


def test_without_a_database_nobody_can_say(tmp_path):
    rows = BudgetRows(database.connect(f"sqlite:///{tmp_path}/none/c.db"))
    with pytest.raises(Unavailable):
        rows.lease(ONE, 1, most=1)
