"""The lab's model server, asked as a client would."""

import asyncio

import msgspec
import pytest

from asepsis.lab import LabConfig
from asepsis.lab.server import create

CONFIG = LabConfig(members=5, delay_ms=0)
CHAT = {"model": "lab-assistant", "messages": [{"role": "user", "content": "hello"}]}
TURNS = [
    ("/v1/chat/completions", CHAT),
    ("/v1/completions", {"model": "m", "prompt": "hello"}),
    ("/v1/responses", {"model": "m", "input": "hello"}),
    ("/v1/messages", {"model": "m", "messages": [{"role": "user", "content": "hello"}]}),
]


async def ask(path, document=None, *, method="POST", config=CONFIG):
    """Calls the application in this process; returns status, media type and the pieces of the body."""
    body = document if isinstance(document, bytes) else msgspec.json.encode(document)
    asked = [{"type": "http.request", "body": body, "more_body": False}]
    sent = []

    async def receive():
        if asked:
            return asked.pop()
        return await asyncio.get_running_loop().create_future()

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [], "http_version": "1.1", "scheme": "http", "server": ("h", 1), "root_path": "",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
    }  # fmt: skip
    await create(config)(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers.get("content-type", ""), [one["body"] for one in sent[1:] if one["body"]]


@pytest.mark.parametrize(("path", "document"), TURNS)
async def test_each_api_answers_whole_and_as_a_stream(path, document):
    status, media, pieces = await ask(path, document)
    assert (status, media) == (200, "application/json")
    assert b"You wrote: hello" in b"".join(pieces)
    status, media, pieces = await ask(path, {**document, "stream": True})
    assert (status, media.split(";")[0]) == (200, "text/event-stream")
    assert len(pieces) > 4


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
@pytest.mark.parametrize("path", [path for path, _ in TURNS])
async def test_what_is_no_object_is_the_callers_error(path, body):
    status, _, pieces = await ask(path, body)
    assert status == 400
    assert b"expected a JSON object" in b"".join(pieces)


async def test_texts_have_vectors_that_depend_on_them_alone():
    _, _, pieces = await ask("/v1/embeddings", {"model": "m", "input": ["a", "b", "a"]})
    vectors = [one["embedding"] for one in msgspec.json.decode(b"".join(pieces))["data"]]
    assert vectors[0] == vectors[2] != vectors[1]
    _, _, pieces = await ask("/v1/embeddings", {"model": "m", "input": "a"})
    assert len(msgspec.json.decode(b"".join(pieces))["data"]) == 1


async def test_models_are_listed_and_described():
    _, _, pieces = await ask("/v1/models", method="GET")
    names = [one["id"] for one in msgspec.json.decode(b"".join(pieces))["data"]]
    assert "lab-assistant" in names
    for name in names:
        assert (await ask(f"/v1/models/{name}", method="GET"))[0] == 200
    assert (await ask("/v1/models/other", method="GET"))[0] == 404


@pytest.mark.parametrize("path", ["/v1/messages/count_tokens", "/v1/responses/input_tokens"])
async def test_longer_requests_count_more(path):
    counts = []
    for size in (10, 1000):
        _, _, pieces = await ask(path, {"input": "x" * size})
        counts.append(msgspec.json.decode(b"".join(pieces))["input_tokens"])
    assert 0 < counts[0] < counts[1]


async def test_the_pace_is_as_set():
    document = {**CHAT, "stream": True}
    fine = await ask("/v1/chat/completions", document, config=msgspec.structs.replace(CONFIG, piece=1))
    coarse = await ask("/v1/chat/completions", document, config=msgspec.structs.replace(CONFIG, piece=50))
    assert len(fine[2]) > len(coarse[2])
    before = asyncio.get_running_loop().time()
    await ask("/v1/chat/completions", document, config=msgspec.structs.replace(CONFIG, piece=50, delay_ms=20))
    assert asyncio.get_running_loop().time() - before >= 0.06
