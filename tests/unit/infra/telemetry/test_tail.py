"""The end of a log, read once for all who follow it."""

from itertools import islice

import pytest

from asepsis.core.errors import NotTrusted
from asepsis.core.events import CallClosed, CallOpened, ConfigActivated, build
from asepsis.infra.telemetry.tail import Tail, Tails


class Counting:
    """A log that counts what is read of it."""

    def __init__(self, log):
        self.log, self.count = log, 0

    def size(self):
        return self.log.size()

    def entries(self, start):
        for entry in self.log.entries(start):
            self.count += 1
            yield entry


@pytest.fixture
def counting(log, calls):
    for _ in range(10):
        opened = calls.opened()
        log.write(opened, calls.closed(opened))
    return Counting(log)


def indexes(reads):
    return [one.entry.index for one in reads]


def test_what_two_follow_is_read_and_decoded_once(counting, log, calls):
    tail = Tail(counting)
    first = list(tail.reads(0))
    assert indexes(first) == list(range(20))
    second = list(tail.reads(0))
    assert all(one is other for one, other in zip(first, second, strict=True))
    log.write(calls.opened())
    assert indexes(tail.reads(20)) == indexes(tail.reads(20)) == [20]
    assert counting.count == 21


def test_each_goes_on_where_it_stood_however_little_it_takes(counting):
    tail = Tail(counting)
    assert indexes(islice(tail.reads(4), 3)) == [4, 5, 6]
    assert indexes(islice(tail.reads(5), 4)) == [5, 6, 7, 8]
    assert indexes(tail.reads(7)) == list(range(7, 20))
    assert counting.count == 16


def test_who_asks_for_what_is_not_kept_has_it_read_anew(counting):
    tail = Tail(counting)
    assert indexes(tail.reads(10)) == list(range(10, 20))
    assert indexes(tail.reads(3)) == list(range(3, 20))
    assert indexes(tail.reads(25)) == []
    assert indexes(tail.reads(12)) == list(range(12, 20))


def test_what_is_kept_is_bounded(log, calls):
    tail = Tail(log)
    for _ in range(2_500):
        opened = calls.opened()
        log.write(opened, calls.closed(opened))
    assert indexes(tail.reads(0)) == list(range(5_000))
    assert len(tail._kept) == 4_096
    assert indexes(tail.reads(0)) == list(range(5_000))


def test_only_the_payloads_of_calls_are_read(log, calls):
    opened = calls.opened()
    log.write(opened, calls.closed(opened), build(ConfigActivated("0"), id="x", time=1, tenant="local"), b"nothing")
    reads = list(Tail(log).reads(0))
    assert [type(one.what) for one in reads] == [CallOpened, CallClosed, type(None), type(None)]
    assert [one.event is None for one in reads] == [False, False, False, True]


def test_what_does_not_hold_is_said_to_all_and_later_tried_again(counting, log):
    tail = Tail(counting)
    log.damaged = True
    for _ in range(2):
        with pytest.raises(NotTrusted):
            list(tail.reads(0))
    log.damaged = False
    assert indexes(tail.reads(0)) == list(range(20))


def test_the_end_is_shared_and_others_are_alone(log):
    tails = Tails(lambda _: log)
    assert tails.shared("a") is tails.shared("a")
    assert tails.shared("a") is not tails.shared("b")
    assert tails.alone("a") is not tails.shared("a")
    assert (tails.shared("a").size(), tails.shared("a").tail_start(5)) == (0, 0)
