"""What the assistant reads out of the requests of the model APIs."""

import pytest

from asepsis.lab import reading
from asepsis.lab.assistant import Asked

SCHEMA = {"type": "object", "properties": {}}
FUNCTION = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}


def test_chat_is_read_to_its_last_question():
    request = {
        "messages": [
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": "answer"},
            {"role": "user", "content": [{"type": "text", "text": "second"}, {"type": "text", "text": "half"}]},
        ],
        "tools": [FUNCTION],
        "reasoning_effort": "low",
    }
    assert reading.chat(request) == Asked("second half", [("f", SCHEMA)], thinks=True, results=[])


def test_tool_results_count_when_they_come_last():
    results = [{"role": "tool", "content": "one"}, {"role": "tool", "content": [{"type": "text", "text": "two"}]}]
    history = [{"role": "user", "content": "q"}, {"role": "assistant", "content": None}]
    assert reading.chat({"messages": [*history, *results]}).results == ["one", "two"]
    assert reading.chat({"messages": [*results, *history]}).results == []


@pytest.mark.parametrize(
    ("read", "request_"),
    [
        (reading.chat, {"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}}),
        (reading.responses, {"text": {"format": {"type": "json_schema", "schema": SCHEMA}}}),
        (reading.messages, {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}),
        (reading.messages, {"output_format": {"type": "json_schema", "schema": SCHEMA}}),
    ],
)
def test_each_api_has_its_place_for_a_schema(read, request_):
    assert read(request_).schema == SCHEMA


@pytest.mark.parametrize(
    "given", ["hello", [{"role": "user", "content": "hello"}], [{"role": "user", "content": [{"text": "hello"}]}]]
)
def test_responses_takes_text_or_items(given):
    assert reading.responses({"input": given}).text == "hello"


def test_responses_reads_tools_results_and_reasoning():
    items = [{"role": "user", "content": "q"}, {"type": "function_call_output", "call_id": "c", "output": "r"}]
    tools = [{"type": "function", "name": "f", "parameters": SCHEMA}]
    read = reading.responses({"input": items, "tools": tools, "reasoning": {"effort": "low"}})
    assert read == Asked("q", [("f", SCHEMA)], ["r"], thinks=True)


def test_messages_reads_text_tools_results_and_thinking():
    blocks = [{"type": "tool_result", "tool_use_id": "t", "content": "r"}, {"type": "text", "text": "q"}]
    request = {
        "messages": [{"role": "user", "content": blocks}],
        "tools": [{"name": "f", "input_schema": SCHEMA}],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    assert reading.messages(request) == Asked("q", [("f", SCHEMA)], ["r"], thinks=True)


@pytest.mark.parametrize(("given", "text"), [("a", "a"), (["a", "b"], "a b"), (None, "")])
def test_a_prompt_is_text_or_a_list_of_texts(given, text):
    assert reading.prompt({"prompt": given}) == Asked(text)


@pytest.mark.parametrize("read", [reading.chat, reading.responses, reading.messages, reading.prompt])
@pytest.mark.parametrize("name", ["messages", "input", "tools", "prompt", "text", "response_format"])
@pytest.mark.parametrize("value", [None, 1, {}, [], [1], [[{}]]])
def test_nonsense_asks_nothing(read, name, value):
    assert read({name: value}).text in ("", "1")
