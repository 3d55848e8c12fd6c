"""What the console remembers."""

import asyncio

import msgspec
import pytest

from asepsis.console.board import Board, revision, shown
from asepsis.core.events import ApprovalAsked, ConfigActivated, Mode, Outcome, build
from asepsis.core.ports import Entry
from asepsis.core.types import Count, Kind, Verdict
from asepsis.infra.telemetry.calls import payload
from asepsis.infra.telemetry.tail import Read
from asepsis.testing.calls import Calls

SSN = (Count(Kind.SSN, 2),)


@pytest.fixture
def calls():
    return Calls()


def fill(board, *events):
    start = board.revision + 1
    for index, event in enumerate(events, start):
        board.take(Read(Entry(index, event.encode()), event, payload(event)))


def test_a_call_is_opened_and_then_closed(calls):
    board = Board(limit=5)
    opened = calls.opened(found=SSN)
    fill(board, opened)
    call = board.call(opened.id)
    assert (call.closed, revision(call)) == (None, 0)
    fill(board, calls.closed(opened, found=SSN))
    call = board.call(opened.id)
    assert (call.closed.outcome, revision(call)) == (Outcome.COMPLETED, 1)
    assert board.summary().findings == 4


def test_totals_count_each_call_once(calls):
    board = Board(limit=2)
    for verdict in (Verdict.ALLOW, Verdict.TRANSFORM, Verdict.DENY, Verdict.DENY):
        opened = calls.opened(verdict=verdict)
        fill(board, opened, calls.closed(opened), calls.closed(opened))
    summary = board.summary()
    assert (summary.calls, summary.masked, summary.denied, summary.unclosed) == (4, 1, 2, 0)


def test_the_strongest_verdict_of_both_directions_counts(calls):
    board = Board(limit=5)
    opened = calls.opened()
    fill(board, opened, calls.closed(opened, outcome=Outcome.CUT, verdict=Verdict.DENY))
    assert board.call(opened.id).verdict is Verdict.DENY
    assert board.summary().denied == 1


def test_what_was_only_observed_is_told_apart(calls):
    board = Board(limit=5)
    for mode in Mode:
        opened = calls.opened(verdict=Verdict.DENY, mode=mode)
        fill(board, opened, calls.closed(opened, verdict=Verdict.DENY))
    assert (board.summary().denied, board.summary().observed) == (2, 1)


def test_incidents_count_also_for_calls_older_than_the_board(calls):
    board = Board(limit=5)
    opened = calls.opened()
    fill(board, calls.unclosed(calls.opened()), opened, calls.unclosed(opened))
    assert board.summary().unclosed == 2
    assert board.call(opened.id).unclosed


def test_only_the_latest_are_kept(calls):
    board = Board(limit=3)
    opened = [calls.opened() for _ in range(5)]
    fill(board, *opened)
    assert board.call(opened[1].id) is None
    assert [call.id for call in board.latest("all", count=9)] == [one.id for one in reversed(opened[2:])]


def test_pages_go_back_by_place(calls):
    board = Board(limit=9)
    opened = [calls.opened() for _ in range(5)]
    fill(board, *opened)
    assert [call.index for call in board.latest("all", count=2, before=3)] == [2, 1]


@pytest.mark.parametrize(
    ("show", "verdict", "outcome", "expected"),
    [
        ("all", Verdict.ALLOW, Outcome.COMPLETED, True),
        ("denied", Verdict.DENY, Outcome.DENIED, True),
        ("denied", Verdict.TRANSFORM, Outcome.COMPLETED, False),
        ("masked", Verdict.TRANSFORM, Outcome.COMPLETED, True),
        ("incidents", Verdict.ALLOW, Outcome.FAILED, True),
        ("incidents", Verdict.ALLOW, Outcome.CUT, True),
        ("incidents", Verdict.DENY, Outcome.DENIED, False),
    ],
)
def test_selections(calls, show, verdict, outcome, expected):
    board = Board(limit=5)
    opened = calls.opened(verdict=verdict)
    fill(board, opened, calls.closed(opened, outcome=outcome, verdict=verdict))
    assert shown(board.call(opened.id), show) is expected


def test_changes_are_those_after_a_revision_newest_first(calls):
    board = Board(limit=9)
    opened = [calls.opened() for _ in range(3)]
    fill(board, *opened, calls.closed(opened[0]))
    changed, now = board.changes(1)
    assert [call.id for call in changed] == [opened[2].id, opened[0].id]
    assert now == 3
    assert board.changes(now).calls == ()


def test_what_is_no_call_and_no_event_moves_the_revision_only(calls):
    board = Board(limit=5)
    fill(board, build(ConfigActivated("0"), id=calls.opened().id, time=5, tenant="local"))
    board.take(Read(Entry(1, b"{}"), None, None))
    assert (board.revision, board.summary().calls, board.summary().since) == (1, 0, 5)


async def test_waiting_ends_with_a_change_and_with_a_fault(calls):
    board = Board(limit=5)
    for change in (lambda: fill(board, calls.opened()), lambda: board.report("broken")):
        waiting = asyncio.ensure_future(board.wait(board.revision, seconds=30))
        await asyncio.sleep(0)
        change()
        await asyncio.wait_for(waiting, 5)
    await board.wait(-1, seconds=30)
    await board.wait(board.revision, seconds=0.01)


def test_calls_of_tools_are_calls_that_may_be_asked_about(calls):
    board = Board(limit=5)
    asked = build(ApprovalAsked("c", "a", "why", ("p",), 1), id="x", time=0, tenant="local")
    tool = msgspec.structs.replace(calls.opened(), kind="tool.call.opened")
    fill(board, tool, asked, tool)
    assert board.asks() == (1, 2)
    assert board.latest("all", count=5) == ()


def test_asks_are_counted_in_the_last_two_hundred_calls(calls):
    board = Board(limit=5)
    asked = build(ApprovalAsked("c", "a", "why", ("p",), 1), id="x", time=0, tenant="local")
    fill(board, asked, calls.opened(), calls.opened(), asked, asked)
    assert board.asks() == (2, 2)
    fill(board, *(calls.opened() for _ in range(199)))
    assert board.asks() == (2, 200)
    fill(board, calls.opened())
    assert board.asks() == (0, 200)
