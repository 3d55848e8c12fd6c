"""What observed calls would have met, counted from Events."""

import msgspec
import pytest

from asepsis.core.events import Mode, ToolDecision, read_payload
from asepsis.core.types import Count, Coverage, Decision, Kind, Obligation, ObligationKind, Verdict
from asepsis.gateway.report import tally as room
from asepsis.gateway.report.tally import Cell, Direction, Effect, Range, Rule, Tally
from asepsis.testing.calls import Calls

SSN = (Count(Kind.SSN, 2),)


def taken(*events, within=None):
    tally = Tally(within)
    for event in events:
        tally.take(event.encode())
    return tally


def changed(event, **fields):
    payload = msgspec.structs.replace(read_payload(event), **fields)
    return msgspec.structs.replace(event, payload=msgspec.Raw(msgspec.json.encode(payload)))


@pytest.fixture
def calls():
    return Calls(seed=4)


def observed(calls, **how):
    return calls.opened(mode=Mode.OBSERVE, **how)


def cell(direction, kind, effect):
    return Cell("care-notes", "openai.chat", direction, kind, effect)


def test_what_would_have_been_masked_is_counted_on_both_sides(calls):
    opened = observed(calls, verdict=Verdict.TRANSFORM, found=SSN)
    tally = taken(opened, calls.closed(opened, found=(Count(Kind.SSN, 1), Count(Kind.URL, 1))))
    assert tally.cells == {
        cell(Direction.REQUEST, Kind.SSN, Effect.MASK): 2,
        cell(Direction.ANSWER, Kind.SSN, Effect.MASK): 1,
        cell(Direction.ANSWER, Kind.URL, Effect.PASS): 1,
    }
    assert tally.calls == {("care-notes", Verdict.TRANSFORM): 1}
    assert (tally.guard.count, tally.total.count) == (1, 1)


def test_what_an_answer_hands_over_to_tools_counts_with_the_tool_calls(calls):
    opened = observed(calls, verdict=Verdict.TRANSFORM, found=())
    closed = changed(calls.closed(opened, found=(Count(Kind.SSN, 3), Count(Kind.MRN, 1))), found_tools=SSN)
    assert taken(opened, closed).cells == {
        cell(Direction.ANSWER, Kind.SSN, Effect.MASK): 1,
        cell(Direction.ANSWER, Kind.MRN, Effect.MASK): 1,
        cell(Direction.TOOL, Kind.SSN, Effect.MASK): 2,
    }


def test_findings_of_a_call_that_would_have_been_denied_count_as_denied(calls):
    opened = observed(calls, verdict=Verdict.DENY, found=SSN)
    tally = taken(opened, calls.closed(opened, found=SSN))
    assert {one.effect for one in tally.cells} == {Effect.DENY}
    assert tally.calls == {("care-notes", Verdict.DENY): 1}
    assert tally.rules == {Rule("secrets.deny", "a secret is in the request", Direction.REQUEST): 1}


def test_an_answer_that_would_have_been_denied_denies_the_call(calls):
    opened = observed(calls)
    tally = taken(opened, calls.closed(opened, verdict=Verdict.DENY))
    assert tally.calls == {("care-notes", Verdict.DENY): 1}
    assert [rule.direction for rule in tally.rules] == [Direction.ANSWER]


def test_a_tool_call_that_would_have_been_denied_denies_the_call(calls):
    opened = observed(calls)
    tools = (
        ToolDecision("pay", Decision(Verdict.DENY, "the tool is denied", ("static.tool",))),
        ToolDecision("find", Decision(Verdict.ALLOW, "fine")),
    )
    tally = taken(opened, calls.closed(opened, tools=tools))
    assert tally.tools == {
        ("care-notes", "openai.chat", "pay", Effect.DENY): 1,
        ("care-notes", "openai.chat", "find", Effect.PASS): 1,
    }
    assert tally.asked["openai.chat", Direction.TOOL] == 2
    assert tally.calls == {("care-notes", Verdict.DENY): 1}
    assert [(rule.name, rule.direction) for rule in tally.rules] == [("static.tool", Direction.TOOL)]


def test_calls_under_enforcement_are_left_out_and_told(calls):
    opened = calls.opened(found=SSN, verdict=Verdict.TRANSFORM)
    tally = taken(opened, calls.closed(opened, found=SSN))
    assert (tally.enforced, tally.total_calls, tally.cells) == (1, 0, {})


@pytest.mark.parametrize(
    ("within", "counted"),
    [
        (Range(since=1_700_000_000_000), 1),
        (Range(since=1_700_000_000_001), 0),
        (Range(until=1_700_000_000_000), 0),
        (Range(until=1_700_000_000_001), 1),
        (Range(applications=frozenset({"care-notes"})), 1),
        (Range(applications=frozenset({"other"})), 0),
    ],
)
def test_only_calls_of_the_range_count(calls, within, counted):
    opened = observed(calls)
    assert taken(opened, calls.closed(opened), within=within).total_calls == counted


def test_calls_that_never_closed_and_calls_that_run_are_told_apart(calls):
    broken, running = observed(calls), observed(calls)
    tally = taken(broken, running, calls.unclosed(broken))
    assert (tally.unclosed, tally.running, tally.total_calls) == (1, 1, 2)


def test_memory_for_open_calls_is_bounded(calls, monkeypatch):
    monkeypatch.setattr(room, "OPEN_CALLS", 3)
    tally = taken(*(observed(calls) for _ in range(10)))
    assert len(tally._open) == 3
    assert tally.running == 10


def test_coverage_adds_up_by_direction(calls):
    opened = changed(observed(calls), coverage=Coverage(5, 100, 4, 0, ("image",)))
    closed = changed(calls.closed(opened), coverage=Coverage(2, 30, 2, 1))
    tally = taken(opened, closed)
    asked, said = tally.reach[Direction.REQUEST], tally.reach[Direction.ANSWER]
    assert (asked.parts, asked.characters, asked.scanned, asked.opaque) == (5, 100, 4, {"image": 1})
    assert (said.parts, said.channels) == (2, 1)


@pytest.mark.parametrize("entry", [b"", b"{}", b'{"kind":"gateway.call.opened"', b'"gateway.call.'])
def test_what_is_no_event_counts_for_nothing(entry):
    tally = Tally()
    tally.take(entry)
    assert tally.total_calls == 0


def test_a_close_without_an_opening_counts_for_nothing(calls):
    assert taken(calls.closed(observed(calls))).total_calls == 0


@pytest.mark.parametrize("do", list(ObligationKind))
def test_whatever_a_decision_obliges_to_has_an_effect(calls, do):
    opened = observed(calls, verdict=Verdict.TRANSFORM, found=SSN)
    payload = read_payload(opened)
    due = (Obligation(do, Kind.SSN),)
    changed_decision = msgspec.structs.replace(payload.decision, obligations=due)
    tally = taken(changed(opened, decision=changed_decision))
    assert tally.cells.total() == 2
    assert Effect.PASS not in {one.effect for one in tally.cells}
