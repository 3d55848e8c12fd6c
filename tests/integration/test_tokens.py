"""Tokens end to end: the model sees them, the reader who may see the values gets the values, and nobody else does."""

import json
import re

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.types import Count, Kind, Purpose
from asepsis.deid.stores import MemoryStore
from asepsis.deid.vault import Tools, Vault
from asepsis.infra.keys import FileKeys, HmacDigester
from asepsis.policy import ApplicationRules, KindRules
from asepsis.scan import ScanConfig
from asepsis.scan.engine import BOTH, build
from asepsis.testing.clock import ManualClock
from asepsis.testing.randomness import SeededRandomness

SSN, MRN = "123-45-6789", "7122250"
SAID = f"SSN {SSN}, MRN {MRN}, and again SSN {SSN}"
TOKEN = re.compile(r"\[(?:SSN|MRN)_[a-z]+\]")
RULES = ApplicationRules("demo", reveal=True, request=KindRules(token=(Kind.SSN, Kind.MRN)))
CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"


@pytest.fixture
def vault(tmp_path):
    path = tmp_path / "master.key"
    path.write_bytes(bytes(range(32)))
    path.chmod(0o600)
    keys = FileKeys(path)
    return Vault(MemoryStore(), Tools(keys, HmacDigester(keys), ManualClock(), SeededRandomness()))


def named(session: str) -> dict[str, str]:
    return {"x-asepsis-session": session, "authorization": "Bearer sk-ann"}


def head(kind: str, size: int | None = None) -> bytes:
    length = "" if size is None else f"content-length: {size}\r\n"
    return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{length}connection: close\r\n\r\n".encode()


def asked(exchange) -> str:
    """What the model was told: the last text of the request."""
    body = json.loads(exchange.request.body)
    if "input" in body:
        return body["input"]
    return body["messages"][-1]["content"]


def answering(shape):
    """Echoes what it was told in the shape of an answer."""

    async def script(exchange):
        body = json.dumps(shape(asked(exchange))).encode()
        await exchange.send(head("application/json", len(body)) + body)

    return script


def streaming(shape, size):
    """Echoes what it was told `size` characters at a time."""

    async def script(exchange):
        text = asked(exchange)
        await exchange.send(head("text/event-stream"))
        for event in shape([text[at : at + size] for at in range(0, len(text), size)]):
            await exchange.send(event)

    return script


def chat(text):
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}


def messages(text):
    return {"type": "message", "role": "assistant", "content": [{"type": "text", "text": text}]}


def responses(text):
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"object": "response", "output": [{"type": "message", "role": "assistant", "content": [part]}]}


def chat_events(pieces):
    for piece in pieces:
        yield sse({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
    yield sse({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}) + b"data: [DONE]\n\n"


def messages_events(pieces):
    yield sse({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    for piece in pieces:
        yield sse({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}})
    yield sse({"type": "content_block_stop", "index": 0}) + sse({"type": "message_stop"})


def responses_events(pieces):
    place = {"item_id": "i", "output_index": 0, "content_index": 0}
    for piece in pieces:
        yield sse({"type": "response.output_text.delta", **place, "delta": piece})
    yield sse({"type": "response.output_text.done", **place, "text": "".join(pieces)})
    yield sse({"type": "response.completed", "response": responses("".join(pieces))})


def sse(document) -> bytes:
    name = f"event: {document['type']}\n" if "type" in document else ""
    return f"{name}data: {json.dumps(document)}\n\n".encode()


def question(path, text=SAID, **more):
    if path == RESPONSES:
        return {"model": "m", "input": text, **more}
    return {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": text}], **more}


WHOLE = {CHAT: chat, MESSAGES: messages, RESPONSES: responses}
EVENTS = {CHAT: chat_events, MESSAGES: messages_events, RESPONSES: responses_events}


@pytest.mark.parametrize("path", WHOLE)
async def test_the_model_sees_tokens_and_the_reader_the_values(guard, path):
    async with guard(answering(WHOLE[path]), rules=RULES, purpose=Purpose.TREATMENT) as guarded:
        status, _, body = await guarded.post(path, question(path))
        told = guarded.upstream.received[0].body.decode()
    assert status == 200
    assert SSN not in told
    assert MRN not in told
    first, mrn, again = TOKEN.findall(told)
    assert first == again != mrn
    assert SAID in json.dumps(json.loads(body))


@pytest.mark.parametrize("size", [1, 3, 200])
@pytest.mark.parametrize("path", EVENTS)
async def test_streams_give_the_values_back_whatever_the_cuts(guard, path, size):
    async with guard(streaming(EVENTS[path], size), rules=RULES, purpose=Purpose.TREATMENT) as guarded:
        _, _, body = await guarded.post(path, question(path, stream=True))
    text = "".join(_texts(body.decode()))
    assert text == SAID
    assert not TOKEN.search(body.decode())
    if path == RESPONSES:
        assert body.decode().count(SAID) == 2


def _texts(stream):
    for line in stream.splitlines():
        if line.startswith("data: {"):
            event = json.loads(line[6:])
            for choice in event.get("choices", ()):
                yield choice["delta"].get("content", "")
            delta = event.get("delta", "")
            yield delta.get("text", "") if isinstance(delta, dict) else delta


@pytest.mark.parametrize(
    ("rules", "purpose"),
    [
        (RULES, Purpose.UNSTATED),
        (ApplicationRules("demo", request=KindRules(token=(Kind.SSN, Kind.MRN))), Purpose.TREATMENT),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_reader_who_may_not_see_the_values_gets_tokens(guard, rules, purpose, stream):
    script = streaming(chat_events, 7) if stream else answering(chat)
    async with guard(script, rules=rules, purpose=purpose) as guarded:
        _, _, body = await guarded.post(CHAT, question(CHAT, stream=stream))
        shown = guarded.ledger.payloads("vault.revealed")
    assert SSN.encode() not in body
    assert b"SSN_" in body
    assert shown == []


async def test_what_is_shown_again_is_counted_in_an_event_that_holds_none_of_it(guard):
    async with guard(streaming(chat_events, 5), rules=RULES, purpose=Purpose.PAYMENT) as guarded:
        await guarded.post(CHAT, question(CHAT, stream=True))
        (shown,) = guarded.ledger.payloads("vault.revealed")
        kinds = [event.kind for event in guarded.ledger.events]
        stored = b"".join(event.encode() for event in guarded.ledger.events)
    assert shown.revealed == (Count(Kind.MRN, 1), Count(Kind.SSN, 2))
    assert shown.purpose is Purpose.PAYMENT
    assert kinds == ["gateway.call.opened", "vault.revealed", "gateway.call.closed"]
    assert SSN.encode() not in stored
    assert not TOKEN.search(stored.decode())


async def test_arguments_of_tools_and_addresses_keep_their_tokens(guard):
    def shape(text):
        (token, *_) = TOKEN.findall(text)
        call = {"id": "c", "type": "function", "function": {"name": "look", "arguments": json.dumps({"text": token})}}
        message = {"role": "assistant", "content": f"see https://x.test/?q={token} now", "tool_calls": [call]}
        return {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}

    rules = ApplicationRules("demo", reveal=True, request=RULES.request, answer=KindRules(allow=(Kind.URL,)))
    async with guard(answering(shape), rules=rules, purpose=Purpose.TREATMENT) as guarded:
        status, _, body = await guarded.post(CHAT, question(CHAT))
    assert status == 200
    assert SSN.encode() not in body
    assert len(TOKEN.findall(body.decode())) == 2


async def test_structured_output_stays_json(guard):
    odd = 'SSN 123-45-6789 of "O\\u0027Neil"'

    def shape(text):
        return chat(json.dumps({"quote": text}))

    async with guard(answering(shape), rules=RULES, purpose=Purpose.TREATMENT) as guarded:
        _, _, body = await guarded.post(CHAT, question(CHAT, odd))
    inside = json.loads(json.loads(body)["choices"][0]["message"]["content"])
    assert inside == {"quote": odd}


async def test_a_session_keeps_its_tokens_and_another_has_others(guard, vault):
    async with guard(answering(chat), rules=RULES, purpose=Purpose.TREATMENT, vault=vault) as guarded:
        for session in ("one", "one", "two"):
            _, _, body = await guarded.post(CHAT, question(CHAT), **named(session))
            assert SAID.encode() in body
        tokens = [TOKEN.findall(one.body.decode())[0] for one in guarded.upstream.received]
        assert tokens[0] == tokens[1] != tokens[2]
        stolen = f"tell me who {tokens[0]} is"
        _, _, body = await guarded.post(CHAT, question(CHAT, stolen), **named("two"))
        assert stolen.encode() in body
        _, _, body = await guarded.post(CHAT, question(CHAT, stolen), **named("one"))
        assert f"tell me who {SSN} is".encode() in body


async def test_callers_without_a_key_share_no_session(guard, vault):
    async with guard(answering(chat), rules=RULES, purpose=Purpose.TREATMENT, vault=vault) as guarded:
        for text in (SAID, "who is [SSN_bcdfg]"):
            await guarded.post(CHAT, question(CHAT, text), **{"x-asepsis-session": "one"})
        token = TOKEN.findall(guarded.upstream.received[0].body.decode())[0]
        _, _, body = await guarded.post(CHAT, question(CHAT, f"who is {token}"), **{"x-asepsis-session": "one"})
    assert SSN.encode() not in body


async def test_a_vault_that_fails_closes_the_call_by_name(guard, vault, monkeypatch):
    def full(memory):
        raise Unavailable("the disk is full")

    monkeypatch.setattr(vault, "keep", full)
    async with guard(answering(chat), rules=RULES, purpose=Purpose.TREATMENT, vault=vault) as guarded:
        status, _, body = await guarded.post(CHAT, question(CHAT), **named("one"))
        assert status == 403
        assert b"gateway.vault" in body
        assert guarded.upstream.received == []


@pytest.mark.parametrize("stream", [False, True])
async def test_names_go_out_as_tokens_and_come_back(guard, stream):
    said = "Maria Gonzalez (MRN 7122250) saw Dr. Fairweather in Tulsa. Maria feels well; Gonzalez sleeps."
    tokens = KindRules(token=(Kind.NAME, Kind.GEO, Kind.MRN))
    rules = ApplicationRules("demo", reveal=True, request=tokens)
    scanner = build(ScanConfig(scanners=BOTH))
    script = streaming(chat_events, 6) if stream else answering(chat)
    async with guard(script, rules=rules, purpose=Purpose.TREATMENT, scanner=scanner) as guarded:
        _, _, body = await guarded.post(CHAT, question(CHAT, said, stream=stream))
        told = guarded.upstream.received[0].body.decode()
    assert not re.search("Maria|Gonzalez|Fairweather|Tulsa|7122250", told)
    text = "".join(_texts(body.decode())) if stream else json.loads(body)["choices"][0]["message"]["content"]
    assert text == said


async def shown(guard, path, answer, *, value=SSN, stream=False):
    """Returns what a reader gets of an answer in which `@` is a token."""

    async def script(exchange):
        (token, *_) = TOKEN.findall(asked(exchange))
        body = json.dumps(answer).replace("@", token)
        if stream:
            events = b"".join(sse(event) for event in json.loads(body))
            await exchange.send(head("text/event-stream") + events + b"data: [DONE]\n\n")
        else:
            await exchange.send(head("application/json", len(body)) + body.encode())

    async with guard(script, rules=RULES, purpose=Purpose.TREATMENT) as guarded:
        _, _, body = await guarded.post(path, question(path, f"SSN {value} x", stream=stream))
    return body.decode()


async def test_a_text_that_is_repeated_in_arguments_gets_no_value_there(guard):
    text = json.dumps({"q": "@"})
    place = {"item_id": "a", "output_index": 0, "content_index": 0}
    call = {"id": "f", "type": "function_call", "name": "send", "call_id": "c", "arguments": text}
    events = [
        {"type": "response.output_text.delta", **place, "delta": text},
        {"type": "response.output_text.done", **place, "text": text},
        {"type": "response.output_item.done", "output_index": 1, "item": call},
        {"type": "response.completed", "response": {"output": [call]}},
    ]
    body = await shown(guard, RESPONSES, events, stream=True)
    read = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: {")]
    assert SSN in json.dumps(next(one for one in read if one["type"] == "response.output_text.done"))
    assert SSN not in json.dumps(read[-2:])


@pytest.mark.parametrize(
    "item",
    [
        {"type": "computer_call", "id": "c", "call_id": "k", "action": {"type": "type", "text": "@"}},
        {"type": "shell_call", "id": "c", "call_id": "k", "action": {"commands": ["@"], "content": "@"}},
        {"type": "message", "content": [{"type": "output_text", "text": "", "annotations": [{"text": "@"}]}]},
    ],
    ids=lambda item: item["type"],
)  # fmt: skip
async def test_what_is_not_for_the_reader_gets_no_value(guard, item):
    assert SSN not in await shown(guard, RESPONSES, {"object": "response", "output": [item]})


@pytest.mark.parametrize("kind", ["mcp_tool_result", "tool_result"])
async def test_what_was_fetched_gets_no_value(guard, kind):
    block = {"type": kind, "tool_use_id": "t", "content": [{"type": "text", "text": "@"}]}
    assert SSN not in await shown(guard, MESSAGES, {"type": "message", "role": "assistant", "content": [block]})


async def test_a_streamed_tool_call_gets_no_value_whatever_its_field_is_called(guard):
    call = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "look", "content": "@", "text": "@"}}
    events = [{"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}]}]
    assert SSN not in await shown(guard, CHAT, events, stream=True)


@pytest.mark.parametrize("value", ["１２３-４５-６７８９", "123-45-\n6789"])
async def test_text_that_begins_with_a_token_is_no_json(guard, value):
    events = list(chat_events(["@ is", " it"]))
    body = await shown(guard, CHAT, [json.loads(one.partition(b"data: ")[2].partition(b"\n")[0]) for one in events],
                       value=value, stream=True)  # fmt: skip
    assert "".join(_texts(body)) == f"{value} is it"


@pytest.mark.parametrize("text", ['```json\n{"a": "@"}\n```', json.dumps({"outer": json.dumps({"inner": "@"})})])
async def test_json_in_a_fence_and_json_in_json_stay_json(guard, text):
    value = "123-45-\n6789"
    body = json.loads(await shown(guard, CHAT, chat(text), value=value))
    said = body["choices"][0]["message"]["content"].removeprefix("```json\n").removesuffix("\n```")
    (inside,) = json.loads(said).values()
    assert value in (inside, *json.loads(inside if inside.startswith("{") else "{}").values())
