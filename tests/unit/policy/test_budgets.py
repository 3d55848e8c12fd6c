"""What a worker spends of its leases."""

import threading
import time

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Spending
from asepsis.core.types import Principal
from asepsis.policy.budgets import Leases
from asepsis.policy.config import Budget, PolicyConfig, Price
from asepsis.testing.clock import ManualClock

ANN = Principal("t", "ann", "chat")


class Rows:
    """A database in memory, shared by workers; `asked` counts how often it was asked for a lease."""

    def __init__(self):
        self.leased, self.counted, self.asked, self.fails = {}, {}, 0, False
        self.lock = threading.Lock()

    def lease(self, purse, ask, /, *, most, least=0, instead=0):
        if self.fails:
            raise Unavailable("gone")
        with self.lock:
            self.asked += 1
            left = most - self.leased.get(purse, 0)
            given = max(0, min(ask if left >= least else instead, left))
            self.leased[purse] = self.leased.get(purse, 0) + given
            return given

    def give_back(self, purse, spare, /):
        with self.lock:
            self.leased[purse] = max(0, self.leased[purse] - spare)

    def members(self, purse, /):
        return frozenset(self.counted.get(purse, ()))

    def count(self, purse, members, /):
        with self.lock:
            known = self.counted.setdefault(purse, set())
            again = len(known.intersection(members))
            known.update(members)
            return again


@pytest.fixture
def rows():
    return Rows()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def worker(rows, clock):
    made = []

    def make(*budgets, prices=(), **changes):
        made.append(Leases(PolicyConfig(budgets=budgets, prices=prices, **changes), lambda: rows, clock=clock))
        return made[-1]

    yield make
    for one in made:
        one.close()


def spending(*members, tokens=10, out=5, who=ANN):
    return Spending(who, "m", frozenset(members), tokens, out)


def quiet(leases):
    """Waits until what was begun in the background is done."""
    leases._pool.submit(lambda: None).result(5)


def spend(leases, times, **more):
    return [leases.reserve(spending(**more)).exhausted for _ in range(times)]


def test_calls_are_let_through_until_there_is_nothing_left(worker):
    leases = worker(Budget("few", "requests", 3))
    assert spend(leases, 5) == ["", "", "", "few", "few"]


def test_a_call_costs_no_lease_while_a_block_lasts(worker, rows):
    leases = worker(Budget("many", "requests", 10_000))
    spend(leases, 100)
    quiet(leases)
    assert rows.asked <= 2
    assert leases.ready(spending())


def test_who_asks_first_has_to_wait_and_then_it_is_known(worker, clock):
    leases = worker(Budget("few", "requests", 1))
    assert not leases.ready(spending())
    spend(leases, 2)
    assert leases.ready(spending())
    clock.advance(milliseconds=1_000)
    assert not leases.ready(spending())


def test_what_a_call_did_not_take_is_there_for_the_next(worker):
    leases = worker(Budget("tokens", "tokens", 100))
    one = leases.reserve(spending(tokens=50, out=50))
    assert leases.reserve(spending()).exhausted == "tokens"
    leases.settle(one, 20, 10, made=True)
    assert leases.reserve(spending(tokens=40, out=30)).exhausted == ""


def test_a_call_that_was_not_made_took_nothing_and_one_that_says_nothing_took_all(worker):
    leases = worker(Budget("tokens", "tokens", 100), Budget("few", "requests", 2))
    leases.settle(leases.reserve(spending(tokens=60, out=40)), 0, 0, made=False)
    leases.settle(leases.reserve(spending(tokens=60, out=40)), 0, 0, made=True)
    assert leases.reserve(spending(tokens=1, out=0))[::3] == ("tokens", "tokens")


def test_what_was_taken_beyond_what_was_set_aside_is_paid_by_the_next_lease(worker, rows):
    leases = worker(Budget("tokens", "tokens", 1000))
    leases.settle(leases.reserve(spending(tokens=10, out=10)), 10, 500, made=True)
    assert leases.reserve(spending(tokens=400, out=80)).exhausted == ""
    assert sum(rows.leased.values()) >= 990
    assert leases.reserve(spending(tokens=40, out=0)).exhausted == "tokens"


@pytest.mark.parametrize("much", [990, 1_000_000])
def test_a_call_that_asks_for_too_much_leaves_the_rest_to_the_others(worker, clock, much):
    one, two = (worker(Budget("tokens", "tokens", 1000, of="all")) for _ in range(2))
    assert spend(two, 1, tokens=15, out=0) == [""]
    for _ in range(30):
        assert spend(one, 2, tokens=much, out=0) == ["tokens"] * 2
        clock.advance(milliseconds=1_000)
    assert spend(two, 1, tokens=400, out=0) == [""]
    assert spend(one, 1, tokens=300, out=0) == [""]
    assert spend(one, 1, tokens=300, out=0) == spend(two, 1, tokens=300, out=0) == ["tokens"]


def test_of_all_budgets_or_of_none(worker, rows):
    leases = worker(Budget("tokens", "tokens", 1000), Budget("few", "requests", 1))
    assert spend(leases, 2, tokens=100, out=0) == ["", "few"]
    (tokens,) = [held for purse, held in leases._held.items() if purse.name == "tokens"]
    quiet(leases)
    assert sum(count for purse, count in rows.leased.items() if purse.name == "tokens") - tokens.left == 100


def test_an_answer_of_unstated_length_takes_what_the_settings_say(worker):
    leases = worker(Budget("tokens", "tokens", 100), unstated_tokens=91)
    assert leases.reserve(spending(tokens=10, out=None)).exhausted == "tokens"
    assert leases.reserve(spending(tokens=9, out=None)).exhausted == ""


def test_a_model_without_a_price_has_no_budget_of_money(worker):
    leases = worker(Budget("money", "microdollars", 100), prices=(Price("other", 1, 1),))
    assert leases.reserve(spending()).exhausted == "money"
    assert leases.ready(spending())


def test_a_member_counts_once_in_a_window(worker, clock):
    leases = worker(Budget("few", "members", 2))
    assert [leases.reserve(spending(*who)).exhausted for who in (["a"], ["a"], ["a", "b"], ["c"], ["b"])] == [
        "", "", "", "few", "",
    ]  # fmt: skip
    clock.advance(milliseconds=86_400_000)
    assert leases.reserve(spending("c")).exhausted == ""


def test_a_member_counts_once_for_all_workers_and_after_a_restart(worker, rows):
    budget = Budget("few", "members", 2)
    one, two = worker(budget), worker(budget)
    assert one.reserve(spending("a", "b")).exhausted == ""
    quiet(one)
    assert two.reserve(spending("a", "b")).exhausted == ""
    assert two.reserve(spending("c")).exhausted == "few"


def test_a_place_that_another_worker_had_counted_is_given_back(worker, rows):
    one, two = worker(Budget("few", "members", 3)), worker(Budget("few", "members", 3))
    one.reserve(spending("x"))
    two.reserve(spending("y"))
    one.reserve(spending("a"))
    quiet(one)
    assert two.reserve(spending("a")).exhausted == ""
    quiet(two)
    assert rows.counted[next(iter(rows.counted))] == {"x", "y", "a"}
    assert two.reserve(spending("b")).exhausted == "few"


def test_many_workers_at_once_never_spend_more_than_there_is(worker, rows):
    workers = [worker(Budget("few", "requests", 500)) for _ in range(4)]
    passed = []

    def run(leases):
        passed.append(sum(leases.reserve(spending()).exhausted == "" for _ in range(300)))

    threads = [threading.Thread(target=run, args=(one,)) for one in workers for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 400 <= sum(passed) <= 500
    for one in workers:
        one.close()
    deadline = time.monotonic() + 5
    while sum(rows.leased.values()) != sum(passed) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sum(rows.leased.values()) == sum(passed)


def test_what_nobody_needs_is_given_back_after_a_while(worker, rows, clock):
    one, two = worker(Budget("few", "requests", 20)), worker(Budget("few", "requests", 20))
    spend(one, 1)
    assert spend(two, 20).count("") == 18
    clock.advance(milliseconds=10_001)
    one._return(lambda held: clock.monotonic() - held.used > 10_000_000_000)
    assert spend(two, 2) == ["", "few"]


def test_a_long_call_settles_with_what_was_given_back_meanwhile(worker, rows, clock):
    leases = worker(Budget("tokens", "tokens", 100))
    one = leases.reserve(spending(tokens=50, out=50))
    leases._return(lambda _: True)
    leases.settle(one, 10, 10, made=True)
    assert leases.reserve(spending(tokens=80, out=0)).exhausted == ""


def test_where_nobody_can_say_what_is_left_it_is_unavailable(worker, rows):
    rows.fails = True
    with pytest.raises(Unavailable):
        worker(Budget("few", "requests", 3)).reserve(spending())
