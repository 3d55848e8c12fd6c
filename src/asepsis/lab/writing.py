"""Writing the assistant's turn as each model API does, whole or as a stream of server-sent events.

A stream comes in pieces of a few characters, as a model's tokens would. Ids and times are fixed: the lab is
deterministic.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from asepsis.lab.assistant import Json, ToolCall, Turn

__all__ = [
    "chat",
    "chat_stream",
    "completion",
    "completion_stream",
    "message",
    "message_stream",
    "response",
    "response_stream",
]

Document = dict[str, Json]
_CREATED: Final = 1_764_000_000
_DONE: Final = b"data: [DONE]\n\n"


def chat(turn: Turn, model: str) -> Document:
    """Returns a chat completion."""
    said: Document = {"role": "assistant", "content": turn.text or None, "refusal": None}
    if turn.thinking:
        said["reasoning_content"] = turn.thinking
    if turn.calls:
        said["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": _arguments(call)}}
            for call in turn.calls
        ]
    choice: Document = {"index": 0, "message": said, "logprobs": None, "finish_reason": _finish(turn)}
    return {**_chat_head("chat.completion", model), "choices": [choice], "usage": _usage(turn)}


def chat_stream(turn: Turn, model: str, piece: int) -> Iterator[bytes]:
    """Yields the chunks of a chat completion."""
    head = _chat_head("chat.completion.chunk", model)

    def chunk(delta: Document, finish: str | None = None) -> bytes:
        return _data({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    yield chunk({"role": "assistant", "content": ""})
    for text in _pieces(turn.thinking, piece):
        yield chunk({"reasoning_content": text})
    for text in _pieces(turn.text, piece):
        yield chunk({"content": text})
    for number, call in enumerate(turn.calls):
        start: Json = {
            "index": number,
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": ""},
        }
        yield chunk({"tool_calls": [start]})
        for text in _pieces(_arguments(call), piece):
            yield chunk({"tool_calls": [{"index": number, "function": {"arguments": text}}]})
    yield chunk({}, _finish(turn))
    yield _data({**head, "choices": [], "usage": _usage(turn)})
    yield _DONE


def completion(turn: Turn, model: str) -> Document:
    """Returns a legacy completion."""
    choice: Document = {"index": 0, "text": turn.text, "logprobs": None, "finish_reason": "stop"}
    return {**_chat_head("text_completion", model), "choices": [choice], "usage": _usage(turn)}


def completion_stream(turn: Turn, model: str, piece: int) -> Iterator[bytes]:
    """Yields the chunks of a legacy completion."""
    head = _chat_head("text_completion", model)
    for text in _pieces(turn.text, piece):
        yield _data({**head, "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": None}]})
    yield _data({**head, "choices": [{"index": 0, "text": "", "logprobs": None, "finish_reason": "stop"}]})
    yield _DONE


def message(turn: Turn, model: str) -> Document:
    """Returns an Anthropic message."""
    return {
        **_message_head(model),
        "content": list(_blocks(turn)),
        "stop_reason": "tool_use" if turn.calls else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": _tokens(turn)},
    }


def message_stream(turn: Turn, model: str, piece: int) -> Iterator[bytes]:
    """Yields the events of an Anthropic message."""
    head = {**_message_head(model), "content": [], "stop_reason": None, "stop_sequence": None}
    yield _event("message_start", {"message": {**head, "usage": {"input_tokens": 10, "output_tokens": 1}}})
    yield _event("ping", {})
    for index, block in enumerate(_blocks(turn)):
        yield from _block_events(index, block, piece)
    stop: Document = {"stop_reason": "tool_use" if turn.calls else "end_turn", "stop_sequence": None}
    yield _event("message_delta", {"delta": stop, "usage": {"output_tokens": _tokens(turn)}})
    yield _event("message_stop", {})


def response(turn: Turn, model: str) -> Document:
    """Returns a response."""
    return {
        **_response_head(model),
        "status": "completed",
        "output": list(_items(turn)),
        "usage": {
            "input_tokens": 10,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": _tokens(turn),
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 10 + _tokens(turn),
        },
    }


def response_stream(turn: Turn, model: str, piece: int) -> Iterator[bytes]:
    """Yields the events of a response, numbered."""
    started: Document = {**_response_head(model), "status": "in_progress", "output": []}
    events: list[tuple[str, Document]] = [("response.created", {"response": started})]
    events.append(("response.in_progress", {"response": started}))
    for index, item in enumerate(_items(turn)):
        events += _item_events(index, item, piece)
    events.append(("response.completed", {"response": response(turn, model)}))
    for number, (name, body) in enumerate(events):
        yield _event(name, {**body, "sequence_number": number})


def _item_events(index: int, item: Document, piece: int) -> Iterator[tuple[str, Document]]:
    where: Document = {"item_id": item["id"], "output_index": index}
    bare: Document = {**item, "status": "in_progress"}
    if item["type"] == "function_call":
        yield "response.output_item.added", {"output_index": index, "item": {**bare, "arguments": ""}}
        arguments = str(item["arguments"])
        for text in _pieces(arguments, piece):
            yield "response.function_call_arguments.delta", {**where, "delta": text}
        yield "response.function_call_arguments.done", {**where, "arguments": arguments, "name": item["name"]}
    else:
        thinking = item["type"] == "reasoning"
        text_type, stem = (
            ("reasoning_text", "response.reasoning_text") if thinking else ("output_text", "response.output_text")
        )
        parts = item["content"]
        whole = str(parts[0]["text"]) if isinstance(parts, list) and isinstance(parts[0], dict) else ""
        yield "response.output_item.added", {"output_index": index, "item": {**bare, "content": []}}
        inside: Document = {**where, "content_index": 0}
        empty: Document = {"type": text_type, "text": "", **({} if thinking else {"annotations": [], "logprobs": []})}
        yield "response.content_part.added", {**inside, "part": empty}
        for text in _pieces(whole, piece):
            yield f"{stem}.delta", {**inside, "delta": text, **({} if thinking else {"logprobs": []})}
        yield f"{stem}.done", {**inside, "text": whole, **({} if thinking else {"logprobs": []})}
        yield "response.content_part.done", {**inside, "part": {**empty, "text": whole}}
    yield "response.output_item.done", {"output_index": index, "item": item}


def _items(turn: Turn) -> Iterator[Document]:
    if turn.thinking:
        text: Document = {"type": "reasoning_text", "text": turn.thinking}
        yield {"id": "rs_lab", "type": "reasoning", "summary": [], "content": [text], "status": "completed"}
    if turn.text:
        part: Document = {"type": "output_text", "text": turn.text, "annotations": [], "logprobs": []}
        yield {"id": "msg_lab", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    for call in turn.calls:
        yield {
            "id": f"fc_{call.id}",
            "type": "function_call",
            "call_id": call.id,
            "name": call.name,
            "arguments": _arguments(call),
            "status": "completed",
        }


def _blocks(turn: Turn) -> Iterator[Document]:
    if turn.thinking:
        yield {"type": "thinking", "thinking": turn.thinking, "signature": "c2lnbmF0dXJlIG9mIHRoZSBsYWI="}
    if turn.text:
        yield {"type": "text", "text": turn.text}
    for call in turn.calls:
        yield {"type": "tool_use", "id": f"toolu_{call.id}", "name": call.name, "input": call.arguments}


def _block_events(index: int, block: Document, piece: int) -> Iterator[bytes]:
    kind = block["type"]
    empty: Document = {**block, **({"input": {}} if kind == "tool_use" else {str(kind): ""})}
    if kind == "thinking":
        empty["signature"] = ""
    yield _event("content_block_start", {"index": index, "content_block": empty})
    whole = msgspec.json.encode(block["input"]).decode() if kind == "tool_use" else str(block[str(kind)])
    name, field = ("input_json_delta", "partial_json") if kind == "tool_use" else (f"{kind}_delta", str(kind))
    for text in _pieces(whole, piece):
        yield _event("content_block_delta", {"index": index, "delta": {"type": name, field: text}})
    if kind == "thinking":
        signed: Json = {"type": "signature_delta", "signature": block["signature"]}
        yield _event("content_block_delta", {"index": index, "delta": signed})
    yield _event("content_block_stop", {"index": index})


def _chat_head(kind: str, model: str) -> Document:
    return {"id": "chatcmpl-lab", "object": kind, "created": _CREATED, "model": model}


def _message_head(model: str) -> Document:
    return {"id": "msg_lab", "type": "message", "role": "assistant", "model": model}


def _response_head(model: str) -> Document:
    return {
        "id": "resp_lab",
        "object": "response",
        "created_at": _CREATED,
        "model": model,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "store": False,
    }


def _usage(turn: Turn) -> Document:
    return {"prompt_tokens": 10, "completion_tokens": _tokens(turn), "total_tokens": 10 + _tokens(turn)}


def _tokens(turn: Turn) -> int:
    return 1 + (len(turn.text) + len(turn.thinking) + sum(len(_arguments(call)) for call in turn.calls)) // 4


def _finish(turn: Turn) -> str:
    return "tool_calls" if turn.calls else "stop"


def _arguments(call: ToolCall) -> str:
    return msgspec.json.encode(call.arguments).decode()


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(0, len(text), size))


def _data(document: Document) -> bytes:
    return b"data: %b\n\n" % msgspec.json.encode(document)


def _event(name: str, body: Document) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode({"type": name, **body}))
