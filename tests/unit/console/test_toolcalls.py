"""Calls of tools as lines of a table."""

import msgspec
import pytest

from asepsis.console.toolcalls import ToolCalls
from asepsis.core.events import Mode, Outcome, ToolCallClosed, ToolCallOpened, ToolCallUnseen, build
from asepsis.core.types import Action, Actor, Decision, DecisionInput, Purpose, Verdict

INPUT = DecisionInput(
    "t", Action.TOOL_CALL, "svc-agent", "agents", Purpose.UNSTATED, "mcp", on_behalf_of=(Actor("corp:ann"),)
)


def opened(id_="o1", verdict=Verdict.ASK, **changes):
    decision = Decision(verdict, "why it is", ("flow.destination",), "b")
    said = ToolCallOpened("s", "agents", "plan", "send_email", Mode.ENFORCE, decision, INPUT, "digest", **changes)
    return build(said, id=id_, time=1_700_000_000_123, tenant="t", principal="svc-agent", verdict=verdict)


def closed(of="o1", outcome=Outcome.DENIED, rule="flow.destination"):
    said = ToolCallClosed(of, outcome, rule, 0, 1_500)
    return build(said, id=f"c-{of}", time=1_700_000_000_125, tenant="t", principal="svc-agent", verdict=Verdict.ASK)


def rows(*events):
    calls = ToolCalls()
    for event in events:
        calls.take(event)
    return calls.latest()


def test_a_call_is_a_line_that_says_who_what_and_why():
    (row,) = rows(opened(doubts=("argument `recipient` comes from a fax",), untrusted=True), closed())
    assert (row.principal, row.behalf, row.tool) == ("svc-agent", ("corp:ann",), "send_email")
    assert (row.verdict, row.verdict_text, row.doubts) == ("ask", "Held", ("argument `recipient` comes from a fax",))
    assert (row.outcome, row.rule, row.latency, row.untrusted) == ("denied", "flow.destination", "1.5 ms", True)


def test_a_call_that_runs_says_so_and_what_is_allowed_needs_no_reason():
    (row,) = rows(opened(verdict=Verdict.ALLOW))
    assert (row.outcome_text, row.reason, row.policies, row.latency) == ("running", "", (), "")


def test_a_rule_that_a_doubt_names_is_named_once():
    assert [row.policies for row in rows(opened(doubts=("it is from a fax (flow.destination)",)))] == [()]
    assert [row.policies for row in rows(opened(doubts=("it is from a fax (flow.object)",)))] == [("flow.destination",)]


def test_what_decides_beside_doubts_is_said_too_and_doubts_are_said_once():
    doubt = "the call is nothing that the user's words ask for (flow.intent)"
    decided = {doubt: "", "`amount`: expected a number": "`amount`: expected a number"}
    decided[f"{doubt}; the user did not say yes"] = "the user did not say yes"
    for reason, beside in decided.items():
        event = opened(doubts=(doubt,))
        said = msgspec.json.decode(event.payload)
        said["decision"]["reason"] = reason
        (row,) = rows(msgspec.structs.replace(event, payload=msgspec.Raw(msgspec.json.encode(said))))
        assert (row.reason, row.doubts) == (beside, (doubt,))


def test_what_is_only_observed_would_be_held():
    event = opened()
    said = msgspec.json.decode(event.payload)
    said["mode"] = "observe"
    (row,) = rows(msgspec.structs.replace(event, payload=msgspec.Raw(msgspec.json.encode(said))))
    assert (row.observed, row.verdict_text) == (True, "Would hold")


def test_the_newest_stands_first_and_the_oldest_is_forgotten():
    found = rows(*(opened(f"o{number}") for number in range(201)), closed("o0"), closed("o200"))
    assert (len(found), found[0].id, found[-1].id) == (200, "o200", "o1")
    assert found[0].outcome == "denied"


@pytest.mark.parametrize("event", [closed("unknown"), msgspec.structs.replace(opened(), payload=msgspec.Raw(b"{}"))])
def test_what_tells_of_no_known_call_is_no_line(event):
    assert rows(event) == ()


def test_a_call_of_what_no_agent_sees_is_a_line_that_says_why_and_names_what_people_confirmed():
    drifted = ToolCallUnseen("agents", "plan", "send_email", "drifted")
    unknown = ToolCallUnseen("agents", "", "", "unknown")
    first, second = reversed(
        rows(*(build(one, id=one.why, time=1, tenant="t", principal="p") for one in (drifted, unknown)))
    )
    assert (first.server, first.tool, first.rule, first.outcome) == ("plan", "send_email", "tools.kept", "denied")
    assert "(drifted)" in first.reason
    assert (second.server, second.rule) == ("no server", "tools.unknown")
