"""When an upstream is asked again, and when it rests."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.gateway.retry import Breaker, Rest, Retry, again_after, reason_of, status_reason

SECOND = 1_000_000_000
NOW = 1_700_000_000_000


def test_by_default_nothing_that_may_have_been_processed_is_asked_again():
    assert set(Retry().on) == {"connect", "429", "503"}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("upstream.connect", "connect"),
        ("upstream.timeout", "connect"),
        ("upstream.tls", "connect"),
        ("upstream.idle", "timeout"),
        ("upstream.broken", "broken"),
        ("upstream.garbled", None),
        ("client.gone", None),
    ],
)
def test_failures_have_reasons(code, reason):
    assert reason_of(code) == reason


@pytest.mark.parametrize(("status", "reason"), [(429, "429"), (503, "503"), (500, None), (200, None), (400, None)])
def test_statuses_have_reasons(status, reason):
    assert status_reason(status) == reason


def test_the_pause_doubles_up_to_a_limit():
    retry = Retry(backoff_ms=100, backoff_max_ms=350)
    assert [again_after(retry, attempt, b"\0\0") for attempt in (1, 2, 3, 9)] == [0.1, 0.2, 0.35, 0.35]


@given(st.binary(min_size=2, max_size=4), st.integers(1, 8))
def test_a_random_half_of_it_is_taken_off(drawn, attempt):
    whole = again_after(Retry(), attempt, b"\0\0")
    assert whole / 2 <= again_after(Retry(), attempt, drawn) <= whole


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("5", 5.0),
        ("6", None),
        ("999999999999", None),
        (format_datetime(datetime.fromtimestamp(NOW / 1000 + 2, UTC), usegmt=True), 2.0),
        (format_datetime(datetime.fromtimestamp(NOW / 1000 - 60, UTC), usegmt=True), 0.0),
        (format_datetime(datetime.fromtimestamp(NOW / 1000 + 60, UTC), usegmt=True), None),
    ],
)
def test_what_the_server_asks_for_is_waited_for_up_to_a_limit(header, pause):
    assert again_after(Retry(after_seconds=5), 1, b"\0\0", header=header, now=NOW) == pause


@pytest.mark.parametrize("header", ["soon", "-1", "1.5", "", "Mon, 99 Foo", "٣"])
def test_what_is_no_time_is_not_heard(header):
    assert again_after(Retry(), 1, b"\0\0", header=header, now=NOW) in (0.1, 3.0)


def test_failures_in_a_row_let_it_rest_and_then_one_tries():
    breaker = Breaker(Rest(failures=3, seconds=10))
    for _ in range(2):
        breaker.failed(0)
        assert breaker.allows(0)
    breaker.failed(0)
    assert not breaker.allows(9 * SECOND)
    assert breaker.allows(10 * SECOND)
    assert not breaker.allows(11 * SECOND)
    breaker.failed(12 * SECOND)
    assert not breaker.allows(21 * SECOND)
    assert breaker.allows(22 * SECOND)
    breaker.answered()
    assert breaker.allows(22 * SECOND)
    assert breaker.allows(22 * SECOND)


def test_an_answer_in_between_begins_the_count_anew():
    breaker = Breaker(Rest(failures=2, seconds=10))
    for _ in range(5):
        breaker.failed(0)
        breaker.answered()
    assert breaker.allows(0)


def test_without_a_number_of_failures_nothing_rests():
    breaker = Breaker(Rest(failures=0))
    for _ in range(100):
        breaker.failed(0)
    assert breaker.allows(0)
