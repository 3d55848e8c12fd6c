# ruff: noqa: E501 one channel stands on one line
"""Every channel of every surface × every way to write an identifier, both ways, whole and streamed: nothing leaks."""

import base64
import re
from collections.abc import Callable

import msgspec
import pytest

from asepsis.testing.upstream import Exchange, sse, whole

SSN = "123-45-6789"
FORMS = {
    "plain": SSN,
    "zero-width": "\u200b".join(SSN),
    "full-width": "".join(chr(ord(one) + 0xFEE0) if one.isdigit() else one for one in SSN),
    "non-breaking hyphen": SSN.replace("-", "\u2011"),
    "spaced digits": " ".join(SSN),
    "base64": base64.b64encode(f"SSN {SSN}".encode()).decode(),
    "base64 bare": base64.b64encode(SSN.encode()).decode(),
    "json-escaped": "".join(f"\\u{ord(one):04x}" for one in SSN),
}
DIGITS = SSN.replace("-", "")


def leaks(text: str, form: str) -> bool:
    """Whether the identifier can be read in a text, as it was written or any other way this test knows."""
    folded = "".join(str(int(one)) if one.isdecimal() else one for one in text)
    return form in text or (DIGITS in re.sub(r"[^0-9]", "", re.sub(r"[0-9]{10,}", "", folded)) and SSN[:3] in folded)


# Requests

Build = Callable[[str], dict]
REQUESTS: dict[str, tuple[str, Build]] = {
    "chat content": ("/v1/chat/completions", lambda text: chat([{"role": "user", "content": text}])),
    "chat text part": ("/v1/chat/completions", lambda text: chat([{"role": "user", "content": [{"type": "text", "text": text}]}])),
    "chat system": ("/v1/chat/completions", lambda text: chat([{"role": "system", "content": text}])),
    "chat developer": ("/v1/chat/completions", lambda text: chat([{"role": "developer", "content": text}])),
    "chat assistant": ("/v1/chat/completions", lambda text: chat([{"role": "assistant", "content": text}])),
    "chat refusal": ("/v1/chat/completions", lambda text: chat([{"role": "assistant", "refusal": text}])),
    "chat name": ("/v1/chat/completions", lambda text: chat([{"role": "user", "content": "x", "name": text}])),
    "chat tool result": ("/v1/chat/completions", lambda text: chat([{"role": "tool", "tool_call_id": "c", "content": text}])),
    "chat tool arguments": ("/v1/chat/completions", lambda text: chat([{"role": "assistant", "tool_calls": [
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": msgspec.json.encode({"q": text}).decode()}}]}])),
    "chat tool description": ("/v1/chat/completions", lambda text: chat([], tools=[
        {"type": "function", "function": {"name": "f", "description": text, "parameters": {}}}])),
    "chat schema description": ("/v1/chat/completions", lambda text: chat([], tools=[
        {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string", "description": text, "enum": [text], "default": text}}}}}])),
    "chat response format": ("/v1/chat/completions", lambda text: chat([], response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": {"description": text}}})),
    "chat prediction": ("/v1/chat/completions", lambda text: chat([], prediction={"type": "content", "content": text})),
    "chat stop": ("/v1/chat/completions", lambda text: chat([], stop=[text])),
    "chat metadata": ("/v1/chat/completions", lambda text: chat([], metadata={"note": text})),
    "chat user": ("/v1/chat/completions", lambda text: chat([], user=text)),
    "chat safety identifier": ("/v1/chat/completions", lambda text: chat([], safety_identifier=text)),
    "chat unknown field": ("/v1/chat/completions", lambda text: chat([], brand_new={"deep": [{"er": text}]})),
    "chat key": ("/v1/chat/completions", lambda text: chat([], metadata={f"k {text}": "v"})),
    "chat file of text": ("/v1/chat/completions", lambda text: chat([{"role": "user", "content": [{"type": "file", "file": {
        "filename": "a.txt", "file_data": "data:text/plain;base64," + base64.b64encode(text.encode()).decode()}}]}])),
    "responses input": ("/v1/responses", lambda text: {"model": "m", "input": text}),
    "responses item": ("/v1/responses", lambda text: {"model": "m", "input": [{"role": "user", "content": [{"type": "input_text", "text": text}]}]}),
    "responses instructions": ("/v1/responses", lambda text: {"model": "m", "input": "x", "instructions": text}),
    "responses call output": ("/v1/responses", lambda text: {"model": "m", "input": [{"type": "function_call_output", "call_id": "c", "output": text}]}),
    "responses arguments": ("/v1/responses", lambda text: {"model": "m", "input": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": msgspec.json.encode({"q": text}).decode()}]}),
    "input tokens": ("/v1/responses/input_tokens", lambda text: {"model": "m", "input": text}),
    "completions prompt": ("/v1/completions", lambda text: {"model": "m", "prompt": text, "suffix": text}),
    "embeddings": ("/v1/embeddings", lambda text: {"model": "m", "input": [text]}),
    "messages content": ("/v1/messages", lambda text: messages([{"role": "user", "content": text}])),
    "messages block": ("/v1/messages", lambda text: messages([{"role": "user", "content": [{"type": "text", "text": text}]}])),
    "messages system": ("/v1/messages", lambda text: messages([], system=[{"type": "text", "text": text}])),
    "messages tool use": ("/v1/messages", lambda text: messages([{"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"q": text}}]}])),
    "messages tool result": ("/v1/messages", lambda text: messages([{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": text}]}]}])),
    "messages document": ("/v1/messages", lambda text: messages([{"role": "user", "content": [{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": text}}]}])),
    "messages document base64": ("/v1/messages", lambda text: messages([{"role": "user", "content": [{"type": "document", "source": {"type": "base64", "media_type": "text/plain", "data": base64.b64encode(text.encode()).decode()}}]}])),
    "messages search result": ("/v1/messages", lambda text: messages([{"role": "user", "content": [{"type": "search_result", "title": text, "source": text, "content": [{"type": "text", "text": text}]}]}])),
    "messages tool": ("/v1/messages", lambda text: messages([], tools=[{"name": "f", "description": text, "input_schema": {"description": text}}])),
    "messages user id": ("/v1/messages", lambda text: messages([], metadata={"user_id": text})),
    "count tokens": ("/v1/messages/count_tokens", lambda text: messages([{"role": "user", "content": text}])),
}  # fmt: skip


def chat(turns: list, **more: object) -> dict:
    return {"model": "m", "messages": turns or [{"role": "user", "content": "hello"}], **more}


def messages(turns: list, **more: object) -> dict:
    return {"model": "m", "max_tokens": 9, "messages": turns or [{"role": "user", "content": "hello"}], **more}


def strings(value: object) -> list[str]:
    """All strings of a document, keys too, and those inside base64."""
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    if not isinstance(value, str):
        return []
    packed = value.rpartition(",")[2]
    try:
        return [value, base64.b64decode(packed, validate=True).decode()]
    except ValueError:
        return [value]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("channel", REQUESTS)
async def test_request(guard, channel, form):
    path, make = REQUESTS[channel]

    async def script(exchange: Exchange) -> None:
        await exchange.send(whole(b'{"object":"list","data":[]}'))

    async with guard(script) as guarded:
        status, _, body = await guarded.post(path, make(f"it is {FORMS[form]} ok"))
        if status == 403:
            assert b"asepsis_denied" in body
            assert not guarded.upstream.received
        else:
            (received,) = guarded.upstream.received
            assert not any(leaks(text, FORMS[form]) for text in strings(msgspec.json.decode(received.body)))
            assert guarded.opened().found, "nothing was found"


# Answers

ANSWERS: dict[str, tuple[str, dict, Build]] = {
    "chat content": ("/v1/chat/completions", chat([]), lambda text: choice({"role": "assistant", "content": text})),
    "chat refusal": ("/v1/chat/completions", chat([]), lambda text: choice({"role": "assistant", "refusal": text})),
    "chat reasoning": ("/v1/chat/completions", chat([]), lambda text: choice({"role": "assistant", "content": "x", "reasoning_content": text, "reasoning": text})),
    "chat second choice": ("/v1/chat/completions", chat([]), lambda text: {"choices": [{"index": 0, "message": {"content": "x"}}, {"index": 1, "message": {"content": text}}]}),
    "chat tool arguments": ("/v1/chat/completions", chat([]), lambda text: choice({"tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": msgspec.json.encode({"q": text}).decode()}}]})),
    "chat function call": ("/v1/chat/completions", chat([]), lambda text: choice({"function_call": {"name": "f", "arguments": msgspec.json.encode({"q": text}).decode()}})),
    "chat annotations": ("/v1/chat/completions", chat([]), lambda text: choice({"content": "x", "annotations": [{"type": "url_citation", "url_citation": {"title": text}}]})),
    "chat logprobs": ("/v1/chat/completions", chat([]), lambda text: {"choices": [{"index": 0, "message": {"content": "x"}, "logprobs": {"content": [{"token": one, "bytes": [1]} for one in text]}}]}),
    "chat unknown": ("/v1/chat/completions", chat([]), lambda text: {**choice({"content": "x"}), "brand_new": {"a": [text]}}),
    "responses text": ("/v1/responses", {"model": "m", "input": "x"}, lambda text: {"output": [{"type": "message", "content": [{"type": "output_text", "text": text}]}]}),
    "responses arguments": ("/v1/responses", {"model": "m", "input": "x"}, lambda text: {"output": [{"type": "function_call", "name": "f", "arguments": msgspec.json.encode({"q": text}).decode()}]}),
    "responses reasoning": ("/v1/responses", {"model": "m", "input": "x"}, lambda text: {"output": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": text}]}]}),
    "completions": ("/v1/completions", {"model": "m", "prompt": "x"}, lambda text: {"choices": [{"index": 0, "text": text}]}),
    "messages text": ("/v1/messages", messages([]), lambda text: {"content": [{"type": "text", "text": text}]}),
    "messages thinking": ("/v1/messages", messages([]), lambda text: {"content": [{"type": "thinking", "thinking": text, "signature": "x"}]}),
    "messages tool use": ("/v1/messages", messages([]), lambda text: {"content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"q": text}}]}),
    "messages citation": ("/v1/messages", messages([]), lambda text: {"content": [{"type": "text", "text": "x", "citations": [{"cited_text": text}]}]}),
    "error": ("/v1/chat/completions", chat([]), lambda text: {"error": {"message": text}}),
}  # fmt: skip


def choice(message: dict) -> dict:
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("channel", ANSWERS)
async def test_answer(guard, channel, form):
    path, request, make = ANSWERS[channel]
    document = make(f"it is {FORMS[form]} ok")

    async def script(exchange: Exchange) -> None:
        await exchange.send(whole(msgspec.json.encode(document), status=500 if channel == "error" else 200))

    async with guard(script) as guarded:
        _, _, body = await guarded.post(path, request)
        assert not any(leaks(text, FORMS[form]) for text in strings(msgspec.json.decode(body)))
        if channel == "chat logprobs":
            assert msgspec.json.decode(body)["choices"][0]["logprobs"] is None
        else:
            assert guarded.closed().found, "nothing was found"


# Streams


def data(document: dict, name: str = "") -> bytes:
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + msgspec.json.encode(document) + b"\n\n"


def chat_stream(delta: Callable[[str], dict], start: dict | None = None) -> Callable[[list[str]], list[bytes]]:
    def chunk(index: int, part: dict, finish: str | None = None) -> bytes:
        head = {"id": "c", "object": "chat.completion.chunk", "created": 1764000000, "model": "m"}
        return data({**head, "choices": [{"index": index, "delta": part, "finish_reason": finish}]})

    def events(pieces: list[str]) -> list[bytes]:
        first = [chunk(0, {"role": "assistant", "content": ""})]
        first += [chunk(0, start)] if start else []
        return [*first, *(chunk(0, delta(one)) for one in pieces), chunk(0, {}, "stop"), b"data: [DONE]\n\n"]

    return events


def block_stream(kind: str, field: str, block: dict) -> Callable[[list[str]], list[bytes]]:
    def event(name: str, **body: object) -> bytes:
        return data({"type": name, **body}, name)

    def events(pieces: list[str]) -> list[bytes]:
        message = {
            "id": "m",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [],
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
        deltas = [event("content_block_delta", index=0, delta={"type": kind, field: one}) for one in pieces]
        ending = event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 3})
        return [
            event("message_start", message=message), event("content_block_start", index=0, content_block=block), *deltas,
            event("content_block_stop", index=0), ending, event("message_stop"),
        ]  # fmt: skip

    return events


def response_stream(stem: str, field: str, item: Callable[[str], dict]) -> Callable[[list[str]], list[bytes]]:
    def events(pieces: list[str]) -> list[bytes]:
        text = "".join(pieces)
        where = {"item_id": "i", "output_index": 0, "content_index": 0}
        bodies = [{"type": "response.created", "response": {"id": "r", "output": []}}]
        bodies += [{"type": f"{stem}.delta", **where, "delta": one} for one in pieces]
        bodies += [{"type": f"{stem}.done", **where, field: text}]
        bodies += [{"type": "response.output_item.done", "output_index": 0, "item": item(text)}]
        bodies += [
            {
                "type": "response.completed",
                "response": {"id": "r", "output": [item(text)], "usage": {"input_tokens": 1, "output_tokens": 2}},
            }
        ]
        return [data({**body, "sequence_number": number}, body["type"]) for number, body in enumerate(bodies)]

    return events


def content_item(text: str) -> dict:
    return {"type": "message", "id": "i", "content": [{"type": "output_text", "text": text}]}


def call_item(text: str) -> dict:
    return {"type": "function_call", "id": "i", "name": "f", "arguments": text}


STREAMS: dict[str, tuple[str, dict, Callable[[list[str]], list[bytes]], bool]] = {
    "chat content": ("/v1/chat/completions", chat([]), chat_stream(lambda text: {"content": text}), False),
    "chat refusal": ("/v1/chat/completions", chat([]), chat_stream(lambda text: {"refusal": text}), False),
    "chat reasoning": ("/v1/chat/completions", chat([]), chat_stream(lambda text: {"reasoning_content": text}), False),
    "chat unknown delta": ("/v1/chat/completions", chat([]), chat_stream(lambda text: {"brand_new": {"deep": text}}), False),
    "chat audio transcript": ("/v1/chat/completions", chat([]), chat_stream(lambda text: {"audio": {"id": "a", "transcript": text}}), False),
    "chat tool arguments": ("/v1/chat/completions", chat([]), chat_stream(
        lambda text: {"tool_calls": [{"index": 0, "function": {"arguments": text}}]},
        {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}]}), True),
    "chat function call": ("/v1/chat/completions", chat([]), chat_stream(lambda text: {"function_call": {"arguments": text}}, {"function_call": {"name": "f", "arguments": ""}}), True),
    "completions": ("/v1/completions", {"model": "m", "prompt": "x"}, lambda pieces: [
        *(data({"id": "c", "choices": [{"index": 0, "text": one, "finish_reason": None}]}) for one in pieces),
        data({"id": "c", "choices": [{"index": 0, "text": "", "finish_reason": "stop"}]}), b"data: [DONE]\n\n"], False),
    "messages text": ("/v1/messages", messages([]), block_stream("text_delta", "text", {"type": "text", "text": ""}), False),
    "messages thinking": ("/v1/messages", messages([]), block_stream("thinking_delta", "thinking", {"type": "thinking", "thinking": "", "signature": ""}), False),
    "messages tool input": ("/v1/messages", messages([]), block_stream("input_json_delta", "partial_json", {"type": "tool_use", "id": "t", "name": "f", "input": {}}), True),
    "messages unknown delta": ("/v1/messages", messages([]), block_stream("new_delta", "brand_new", {"type": "new"}), False),
    "responses text": ("/v1/responses", {"model": "m", "input": "x"}, response_stream("response.output_text", "text", content_item), False),
    "responses refusal": ("/v1/responses", {"model": "m", "input": "x"}, response_stream("response.refusal", "refusal", content_item), False),
    "responses reasoning": ("/v1/responses", {"model": "m", "input": "x"}, response_stream("response.reasoning_text", "text", content_item), False),
    "responses arguments": ("/v1/responses", {"model": "m", "input": "x"}, response_stream("response.function_call_arguments", "arguments", call_item), True),
    "responses custom input": ("/v1/responses", {"model": "m", "input": "x"}, response_stream("response.custom_tool_call_input", "input", content_item), False),
    "responses unknown delta": ("/v1/responses", {"model": "m", "input": "x"}, response_stream("response.brand_new", "text", content_item), False),
}  # fmt: skip

_SKIPPED = {"id", "type", "object", "model", "role", "item_id", "finish_reason", "stop_reason", "name", "status"}


def streamed(body: bytes) -> tuple[str, list[str]]:
    """The texts of a stream's deltas joined, and every string of every event."""
    deltas, every = [], []
    for block in body.replace(b"\r\n", b"\n").split(b"\n\n"):
        for line in block.split(b"\n"):
            if line.startswith(b"data: ") and line != b"data: [DONE]":
                document = msgspec.json.decode(line[6:])
                every += strings(document)
                deltas += _texts(document.get("delta")) if not document.get("choices") else []
                for one in document.get("choices", []):
                    deltas += _texts({"delta": one.get("delta"), "text": one.get("text")})
    return "".join(deltas), every


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, item in value.items() if key not in _SKIPPED for text in _texts(item)]
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("size", [1, 4, 1000])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("channel", STREAMS)
async def test_stream(guard, channel, form, size):
    path, request, make, in_json = STREAMS[channel]
    text = f"it is {FORMS[form]} ok"
    if in_json:
        text = msgspec.json.encode({"q": text, "n": 5}).decode()
    events = make([text[at : at + size] for at in range(0, len(text), size)])

    async def script(exchange: Exchange) -> None:
        await exchange.send(sse(events))

    async with guard(script) as guarded:
        status, _, body = await guarded.post(path, {**request, "stream": True})
        joined, every = streamed(body)
        assert status == 200
        assert not leaks(joined, FORMS[form])
        assert not any(leaks(one, FORMS[form]) for one in every)
        assert guarded.closed().found, "nothing was found"
        assert guarded.closed().outcome == "completed"
        if in_json:
            assert msgspec.json.decode(joined)["n"] == 5
        else:
            assert joined.startswith("it is ")
            assert joined.endswith(" ok")
