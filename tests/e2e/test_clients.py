"""The official clients before the running system: whatever they can do, they can do through the gateway."""

import re
from concurrent.futures import ThreadPoolExecutor

import anthropic
import openai
import pydantic
import pytest

MODEL = "lab-assistant"
SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}


class Visit(pydantic.BaseModel):
    reason: str
    days: int
    urgent: bool


@pytest.fixture(scope="module")
def system(make_system):
    system = make_system()
    system.start()
    return system


@pytest.fixture
def one(system):
    with system.openai() as client:
        yield client


@pytest.fixture
def two(system):
    with system.anthropic() as client:
        yield client


def user(text):
    return [{"role": "user", "content": text}]


def function(name):
    return {"type": "function", "function": {"name": name, "parameters": SCHEMA}}


def is_masked(text):
    return SSN.search(text) is None and "[SSN]" in text


# Chat completions


def test_chat_sends_no_ssn_and_shows_what_it_sent(one):
    said = one.chat.completions.create(model=MODEL, messages=user("hi, my ssn is 123-45-6789, bye"))
    assert said.choices[0].message.content == "You wrote: hi, my ssn is [SSN], bye"
    assert said.choices[0].finish_reason == "stop"
    assert said.usage.total_tokens > 0


def test_chat_takes_a_members_identifiers_out_of_the_answer(one):
    text = one.chat.completions.create(model=MODEL, messages=user("leak")).choices[0].message.content
    assert is_masked(text)
    for mask in ("[HEALTH_PLAN_ID]", "[MRN]", "[DATE]", "[PHONE]", "[EMAIL]"):
        assert mask in text


def test_a_chat_stream_says_what_the_whole_says(one):
    whole = one.chat.completions.create(model=MODEL, messages=user("leak")).choices[0].message.content
    chunks = list(one.chat.completions.create(model=MODEL, messages=user("leak"), stream=True))
    deltas = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert "".join(choice.delta.content or "" for choice in deltas) == whole
    assert deltas[-1].finish_reason == "stop"
    assert is_masked(whole)


def test_a_chat_stream_through_the_clients_own_helper(one):
    with one.chat.completions.stream(model=MODEL, messages=user("please leak")) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert "content.delta" in kinds
    assert is_masked(final.choices[0].message.content)


@pytest.mark.parametrize("stream", [False, True])
def test_chat_calls_a_tool_with_nothing_in_its_arguments(one, stream):
    asked = {"model": MODEL, "messages": user("leak by tool"), "tools": [function("look_up")]}
    if stream:
        with one.chat.completions.stream(**asked) as events:
            said = events.get_final_completion()
    else:
        said = one.chat.completions.create(**asked)
    (call,) = said.choices[0].message.tool_calls
    assert (call.function.name, said.choices[0].finish_reason) == ("look_up", "tool_calls")
    assert is_masked(call.function.arguments)


def test_chat_calls_tools_at_once_and_takes_their_results(one):
    tools = [function("first"), function("second")]
    history = user("call both")
    said = one.chat.completions.create(model=MODEL, messages=history, tools=tools).choices[0].message
    assert [call.function.name for call in said.tool_calls] == ["first", "second"]
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": f"ssn 123-45-678{number}"}
        for number, call in enumerate(said.tool_calls)
    ]
    history += [said.model_dump(exclude_none=True), *results]
    text = one.chat.completions.create(model=MODEL, messages=history, tools=tools).choices[0].message.content
    assert text == "The tool says: ssn [SSN] | ssn [SSN]"


def test_a_tool_that_is_denied_is_not_called(one):
    asked = {"model": MODEL, "messages": user("use the tool"), "tools": [function("transfer_money")]}
    with pytest.raises(openai.PermissionDeniedError) as told:
        one.chat.completions.create(**asked)
    assert told.value.code == "asepsis_denied"


def test_a_schema_is_filled_and_read_by_the_clients_own_helper(one):
    said = one.chat.completions.parse(model=MODEL, messages=user("a visit"), response_format=Visit)
    assert said.choices[0].message.parsed == Visit(reason="sample", days=42, urgent=True)


# Responses


def test_a_response_whole(one):
    said = one.responses.create(model=MODEL, input="my ssn is 123-45-6789")
    assert (said.status, said.output_text) == ("completed", "You wrote: my ssn is [SSN]")


def test_a_response_stream_through_the_clients_own_helper(one):
    with one.responses.stream(model=MODEL, input="think and leak") as stream:
        texts = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(texts) == final.output_text
    assert is_masked(final.output_text)
    assert [item.type for item in final.output] == ["reasoning", "message"]


def test_a_response_calls_tools_and_takes_their_results(one):
    tools = [{"type": "function", "name": "look_up", "parameters": SCHEMA}]
    (call,) = one.responses.create(model=MODEL, input="leak by tool", tools=tools).output
    assert (call.type, call.name) == ("function_call", "look_up")
    assert is_masked(call.arguments)
    items = [
        *user("leak by tool"),
        {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": "{}"},
        {"type": "function_call_output", "call_id": call.call_id, "output": "ssn 123-45-6789"},
    ]
    assert one.responses.create(model=MODEL, input=items, tools=tools).output_text == "The tool says: ssn [SSN]"


def test_a_response_fills_a_schema(one):
    said = one.responses.parse(model=MODEL, input="a visit", text_format=Visit)
    assert said.output_parsed == Visit(reason="sample", days=42, urgent=True)


def test_input_tokens_are_counted(one):
    assert one.responses.input_tokens.count(model=MODEL, input="hello").input_tokens > 0


# What else speaks OpenAI


def test_texts_are_embedded(one):
    data = one.embeddings.create(model="lab-embedding", input=["a", "b"]).data
    assert len(data) == 2
    assert data[0].embedding != data[1].embedding


def test_an_embedding_is_of_the_masked_text(one):
    texts = ["ssn 123-45-6789", "ssn [SSN]"]
    first, second = one.embeddings.create(model="lab-embedding", input=texts).data
    assert first.embedding == second.embedding


def test_models_are_listed_for_both_clients(one, two):
    assert MODEL in [model.id for model in one.models.list()]
    assert MODEL in [model.id for model in two.models.list()]


@pytest.mark.parametrize("stream", [False, True])
def test_a_legacy_completion(one, stream):
    said = one.completions.create(model=MODEL, prompt="leak", stream=stream)
    assert is_masked("".join(chunk.choices[0].text for chunk in said) if stream else said.choices[0].text)


# Messages


def test_a_message_whole(two):
    said = two.messages.create(model=MODEL, max_tokens=100, messages=user("my ssn is 123-45-6789"))
    assert (said.content[0].text, said.stop_reason) == ("You wrote: my ssn is [SSN]", "end_turn")


def test_a_message_stream_through_the_clients_own_helper(two):
    with two.messages.stream(model=MODEL, max_tokens=100, messages=user("leak")) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert final.content[0].text == text
    assert is_masked(text)


def test_a_message_thinks_and_its_thinking_is_guarded_too(two):
    asked = {
        "model": MODEL,
        "max_tokens": 4096,
        "messages": user("my ssn is 123-45-6789"),
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    whole = two.messages.create(**asked)
    with two.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()
    for said in (whole, streamed):
        assert [block.type for block in said.content] == ["thinking", "text"]
        assert is_masked(said.content[0].thinking)
        assert said.content[0].signature


@pytest.mark.parametrize("stream", [False, True])
def test_a_message_uses_a_tool(two, stream):
    tools = [{"name": "look_up", "input_schema": SCHEMA}]
    asked = {"model": MODEL, "max_tokens": 100, "messages": user("leak by tool"), "tools": tools}
    if stream:
        with two.messages.stream(**asked) as events:
            said = events.get_final_message()
    else:
        said = two.messages.create(**asked)
    (block,) = said.content
    assert (block.type, block.name, said.stop_reason) == ("tool_use", "look_up", "tool_use")
    assert is_masked(block.input["q"])


def test_a_tools_result_is_masked_on_its_way_to_the_model(two):
    history = [
        *user("by tool"),
        {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "ssn 123-45-6789"}]},
    ]
    said = two.messages.create(model=MODEL, max_tokens=100, messages=history)
    assert said.content[0].text == "The tool says: ssn [SSN]"


def test_a_messages_tokens_are_counted(two):
    assert two.messages.count_tokens(model=MODEL, messages=user("x")).input_tokens > 0


# Denials, Events, many at once


@pytest.mark.parametrize(
    "call",
    [
        lambda one: one.images.generate(prompt="x"),
        lambda one: one.embeddings.create(model="lab-embedding", input=[1, 2, 3]),
        lambda one: one.chat.completions.create(model="other", messages=user("x")),
        lambda one: one.chat.completions.create(model="other", messages=user("x"), stream=True),
        lambda one: one.responses.create(model=MODEL, input="x", previous_response_id="resp_1"),
        lambda one: one.chat.completions.create(
            model=MODEL,
            messages=user([{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]),
        ),
    ],
    ids=["route", "tokens", "model", "stream", "state", "image"],
)
def test_a_denial_is_the_openai_clients_own_error(one, call):
    with pytest.raises(openai.PermissionDeniedError) as told:
        call(one)
    assert (told.value.status_code, told.value.code) == (403, "asepsis_denied")
    assert told.value.response.headers["x-asepsis-event"] in str(told.value.body)


@pytest.mark.parametrize(
    "call",
    [
        lambda two: two.messages.create(model="other", max_tokens=9, messages=user("x")),
        lambda two: two.messages.batches.retrieve("batch_1"),
    ],
    ids=["model", "route"],
)
def test_a_denial_is_the_anthropic_clients_own_error(two, call):
    with pytest.raises(anthropic.PermissionDeniedError) as told:
        call(two)
    assert told.value.status_code == 403
    assert "x-asepsis-event" in told.value.response.headers


def test_each_answer_names_its_event_and_the_ledger_holds_it(system, one, eventually):
    raw = one.chat.completions.with_raw_response.create(model=MODEL, messages=user("my ssn is 123-45-6789"))
    name = raw.headers["x-asepsis-event"]
    (opened,) = [payload for id_, payload in system.events("gateway.call.opened") if id_ == name]
    assert (opened.application, opened.model, opened.surface) == ("demo", MODEL, "openai.chat")
    assert [(count.kind.value, count.count) for count in opened.found] == [("SSN", 1)]

    def closed():
        return [payload for _, payload in system.events("gateway.call.closed") if payload.opened == name]

    assert eventually(2, closed)[0].outcome == "completed"


def test_streams_at_once_do_not_mix(one):
    def ask(number):
        text = f"caller {number} " + f"word{number} " * 30 + "ssn 123-45-6789"
        chunks = one.chat.completions.create(model=MODEL, messages=user(text), stream=True)
        said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        return said == f"You wrote: {text}".replace("123-45-6789", "[SSN]")

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(ask, range(20)))


def test_a_stream_that_is_left_early_is_closed_as_such(system, one, eventually):
    with one.chat.completions.with_streaming_response.create(
        model=MODEL, messages=user("word " * 4000), stream=True
    ) as answer:
        name = answer.headers["x-asepsis-event"]
        next(answer.iter_lines())

    def closed():
        return [payload for _, payload in system.events("gateway.call.closed") if payload.opened == name]

    assert eventually(5, closed)[0].outcome == "client_gone"
    assert one.chat.completions.create(model=MODEL, messages=user("hi")).choices[0].message.content == "You wrote: hi"


def test_nothing_that_was_asked_lies_in_the_state_folder(system, one):
    one.chat.completions.create(model=MODEL, messages=user("zanzibarmarker 123-45-6789"))
    for path in system.state.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"123-45-6789" not in data, path
            assert b"zanzibarmarker" not in data, path
