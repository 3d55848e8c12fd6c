"""Where text for the reader stands."""

import pytest

from asepsis.gateway.readable import readable

TEXT = {"type": "text", "text": "said"}
PART = {"type": "output_text", "text": "said"}


def said(document):
    return [holder[at] for holder, at in readable(document)]


@pytest.mark.parametrize(
    "document",
    [
        {"choices": [{"message": {"role": "assistant", "content": "said"}}]},
        {"choices": [{"message": {"content": [TEXT]}}]},
        {"choices": [{"message": {"audio": {"transcript": "said"}}}]},
        {"choices": [{"text": "said"}]},
        {"role": "assistant", "content": [TEXT]},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "said"}]},
        {"output": [{"type": "message", "content": [PART]}]},
        {"output": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "said"}]}]},
        {"type": "response.output_item.done", "item": {"type": "message", "content": [PART]}},
        {"type": "response.content_part.done", "part": PART},
        {"type": "response.output_text.done", "text": "said"},
        {"type": "response.completed", "response": {"output": [{"type": "message", "content": [PART]}]}},
    ],
)
def test_text_for_the_reader_is_found(document):
    assert said(document) == ["said"]


@pytest.mark.parametrize(
    "document",
    [
        {"choices": [{"message": {"role": "tool", "content": "x"}}]},
        {"choices": [{"message": {"tool_calls": [{"custom": {"text": "x", "content": "x"}}]}}]},
        {"choices": [{"message": {"annotations": [{"url_citation": {"text": "x"}}]}}]},
        {"role": "assistant", "content": [{"type": "mcp_tool_result", "content": [TEXT]}]},
        {"role": "assistant", "content": [{"type": "tool_result", "content": "x", "text": "x"}]},
        {"role": "user", "content": [TEXT]},
        {"output": [{"type": "computer_call", "action": {"type": "type", "text": "x"}}]},
        {"output": [{"type": "shell_call", "action": {"content": "x"}}]},
        {"output": [{"type": "custom_tool_call_output", "content": [PART]}]},
        {"type": "response.function_call_arguments.done", "text": "x", "arguments": "x"},
        {"error": {"message": "x", "text": "x"}},
    ],
)
def test_what_a_tool_gets_or_has_fetched_is_not_for_the_reader(document):
    assert said(document) == []
