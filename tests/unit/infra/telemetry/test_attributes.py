"""Calls and Events in OpenTelemetry's words."""

import pytest

from asepsis.core.events import Outcome, ToolDecision
from asepsis.core.types import Count, Decision, Kind, Verdict
from asepsis.infra.telemetry.attributes import error_type, event_attributes, operation, provider, span_attributes


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ("openai.chat", ("chat", "openai")),
        ("openai.responses", ("chat", "openai")),
        ("openai.completions", ("text_completion", "openai")),
        ("openai.embeddings", ("embeddings", "openai")),
        ("anthropic.messages", ("chat", "anthropic")),
        ("anthropic.models", ("models", "anthropic")),
    ],
)
def test_surfaces_have_their_conventional_names(surface, expected):
    assert (operation(surface), provider(surface)) == expected


def test_a_span_says_what_the_conventions_ask_for(calls, items):
    opened = calls.opened(verdict=Verdict.TRANSFORM, found=(Count(Kind.SSN, 2),))
    (_, item) = items(opened, calls.closed(opened, found=(Count(Kind.NAME, 3),)))
    said = span_attributes(item.call)
    assert said["gen_ai.operation.name"] == "chat"
    assert said["gen_ai.provider.name"] == "openai"
    assert said["gen_ai.request.model"] == "gpt-5.2"
    assert said["gen_ai.usage.input_tokens"] == item.call.closed.tokens_in
    assert said["gen_ai.usage.output_tokens"] == item.call.closed.tokens_out
    assert said["asepsis.verdict"] == "transform"
    assert said["asepsis.policies"] == ["phi.mask"]
    assert said["asepsis.findings.request.ssn"] == 2
    assert said["asepsis.findings.answer.name"] == 3
    assert said["asepsis.coverage.request.parts"] == item.call.opened.coverage.parts
    assert said["http.response.status_code"] == 200
    assert "error.type" not in said


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.COMPLETED])
def test_what_went_wrong_has_a_type(calls, items, outcome):
    opened = calls.opened()
    (_, item) = items(opened, calls.closed(opened, outcome=outcome))
    assert error_type(item.call) == span_attributes(item.call)["error.type"] == outcome.value


def test_a_call_that_never_closed_is_an_error_a_running_one_is_not(calls, items):
    opened = calls.opened()
    first, second = items(opened, calls.unclosed(opened))
    assert (error_type(first.call), error_type(second.call)) == ("", "unclosed")


def test_an_event_is_told_with_dotted_names(calls, items):
    tools = (ToolDecision("lookup", Decision(Verdict.DENY, "off", ("kill",))),)
    opened = calls.opened(found=(Count(Kind.SSN, 2),))
    first, second = items(opened, calls.closed(opened, tools=tools))
    said = event_attributes(first.event, index=4)
    assert said["asepsis.event.index"] == 4
    assert said["asepsis.found.ssn"] == 2
    assert said["asepsis.input.found.ssn"] == 2
    assert said["asepsis.decision.policies"] == ["default"]
    assert said["asepsis.mode"] == "enforce"
    later = event_attributes(second.event, index=5)
    assert later["asepsis.tools.0.tool"] == "lookup"
    assert later["asepsis.tools.0.decision.verdict"] == 3
    assert later["asepsis.opened"] == opened.id


def test_there_are_no_floats_and_nothing_empty(calls):
    for index, event in enumerate(calls.story(100)):
        for value in event_attributes(event, index=index).values():
            assert isinstance(value, str | int | list)
            assert value not in ("", [])
