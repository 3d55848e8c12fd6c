"""Whatever comes in: an identifier never passes, and nothing but a denial is ever raised."""

import base64
import contextlib
import json
import re
import unicodedata

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.events import read_payload
from asepsis.core.ports import Request
from asepsis.core.types import Kind, Obligation, ObligationKind, Principal, Verdict
from asepsis.deid import Masker
from asepsis.gateway.account import Tools
from asepsis.gateway.call import Call
from asepsis.gateway.config import GatewayConfig, Upstream
from asepsis.gateway.errors import Denied
from asepsis.gateway.live import Live
from asepsis.gateway.plan import Plan
from asepsis.gateway.stream import StreamGuard, StreamLimits
from asepsis.gateway.surfaces.routes import find
from asepsis.gateway.types import Head, Reply
from asepsis.gateway.walk import Limits
from asepsis.identity import CallerIdentifier, IdentityConfig
from asepsis.policy import ApplicationRules, PolicyConfig, StaticPolicy
from asepsis.scan import ScanConfig, build
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.providers import providers
from asepsis.testing.randomness import SeededRandomness

SSN = "123-45-6789"
CARD = "4111 1111 1111 1111"
MAIL = "uma.haddad@example.org"
PLANTED = (re.compile(r"(?<!\d)123-?45-?6789(?!\d)"), re.compile(r"4111 ?1111 ?1111 ?1111"), re.compile("uma.haddad@"))


class NoDigester:
    def digest(self, kind, value, /, *, tenant):
        return "0" * 32


SCANNER = build(ScanConfig())
UPSTREAMS = (Upstream("one", "http://one/v1"), Upstream("two", "http://two", family="anthropic"))
LIVE = Live(
    config=GatewayConfig(upstreams=UPSTREAMS),
    identifier=CallerIdentifier(IdentityConfig(anonymous="demo"), tenant="local", clock=ManualClock()),
    policy=StaticPolicy(
        PolicyConfig(applications=(ApplicationRules("demo", admit=("vector", "tokens"), state=("store", "container")),))
    ),
    scanner=SCANNER,
    transformer=Masker(),
    providers=providers(UPSTREAMS),
)
ROUTES = ("/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages")
JSON = (("content-type", "application/json"),)


def a_call(path):
    tools = Tools(ManualClock(), SequentialIds(), NoDigester(), "local", SeededRandomness())
    return Call(find("POST", path, {}), Principal("local", "ann", "demo"), LIVE, tools)


def readable(value):
    """All that can be read in a document: keys, texts, numbers, and what base64 holds."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from readable(key)
            yield from readable(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from readable(inner)
    elif isinstance(value, str):
        yield value
        with contextlib.suppress(ValueError):
            yield base64.b64decode(value.rpartition(",")[2], validate=True).decode()
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            return
        if not isinstance(inner, str) or inner != value:
            yield from readable(inner)


def leaks(body):
    texts = [unicodedata.normalize("NFKC", text).replace("\u200b", "") for text in readable(msgspec.json.decode(body))]
    return [text for text in texts for one in PLANTED if one.search(text)]


def packed(text):
    return base64.b64encode(text.encode()).decode()


FRAGMENTS = st.sampled_from([SSN, CARD, MAIL, f"it is {SSN} ok", "\u200b".join(SSN), f'{{"q": "{SSN}"}}',
    f'{{"ssn": 123456789, "a": ["{MAIL}"], "a": 1}}', f'{{"{SSN}": 1, "{SSN}": 2}}',
    json.dumps({"a": json.dumps({"b": SSN})}),
    "data:text/plain;base64," + packed(SSN), packed(f"SSN {SSN}"), "data:text/plain," + SSN, "１２３-４５-６７８９",
    f"Bearer {MAIL}", "m", "user", "text", "", "{", '{"a"'])  # fmt: skip
KNOWN = st.sampled_from(
    ["content", "messages", "role", "type", "text", "arguments", "input", "metadata", "tools", "function", "name", "id",
     "url", "image_url", "data", "file_data", "media_type", "source", "system", "model", "ssn", "created", "choices",
     "delta", "message", "index", "tool_calls", "output", "signature", "embedding", "usage", "stop", "logprobs",
     "container", "store", "finish_reason", "response", "item", "annotations"]
)  # fmt: skip
TEXTS = st.one_of(FRAGMENTS, KNOWN, st.text(max_size=8))
KEYS = st.one_of(KNOWN, FRAGMENTS, st.text(max_size=5))
NUMBERS = st.one_of(
    st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False), st.just(4111111111111111)
)
LEAVES = st.one_of(TEXTS, TEXTS, NUMBERS, st.booleans(), st.none())
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=14,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=6)


def encoded(value):
    return json.dumps(value, ensure_ascii=True).encode()


@settings(max_examples=100)
@given(document=OBJECTS, path=st.sampled_from(ROUTES), plain=st.booleans())
def test_a_request_passes_without_its_identifiers_or_not_at_all(document, path, plain):
    body = encoded({**document, "model": "m"} if plain else document)
    request, event = a_call(path).open(Head("POST", path, "", JSON), body)
    payload = read_payload(event)
    assert not leaks(event.encode())
    if request is None:
        assert payload.decision.verdict is Verdict.DENY
        assert payload.decision.policies != ("gateway.guard",), payload.decision.reason
    else:
        assert isinstance(request, Request)
        assert not leaks(request.body)


@settings(max_examples=100)
@given(document=OBJECTS, path=st.sampled_from(ROUTES), status=st.sampled_from([200, 400, 500]))
def test_an_answer_passes_without_its_identifiers_or_is_denied(document, path, status):
    call = a_call(path)
    call.open(Head("POST", path, "", JSON), encoded({"model": "m", "input": "x"}))
    try:
        got = call.document(status, (), encoded(document))
    except Denied as denied:
        got = denied
    if isinstance(got, Reply):
        assert not leaks(got.body)
    else:
        assert not [one for one in PLANTED if one.search(str(got))]


@settings(max_examples=60)
@given(body=st.one_of(st.binary(max_size=40), OBJECTS.map(encoded).map(lambda body: body[:-1]), VALUES.map(encoded)))
def test_any_bytes_as_an_answer_give_a_reply_or_a_denial(body):
    call = a_call("/v1/chat/completions")
    call.open(Head("POST", "/v1/chat/completions", "", JSON), encoded({"model": "m"}))
    try:
        reply = call.document(200, (), body)
    except Denied:
        return
    assert not leaks(reply.body)


def admit(kinds):
    if not {"vector", "tokens"}.issuperset(kinds):
        raise Denied("static.opaque", "content that cannot be read is not admitted")


def guard(path):
    return StreamGuard(
        find("POST", path, {}).surface.dialect(), SCANNER,
        Plan([Obligation(ObligationKind.MASK, kind) for kind in Kind], Masker(), enforced=True),
        tool=lambda name: None, admit=admit, limits=Limits(), stream_limits=StreamLimits(),
    )  # fmt: skip


TYPES = st.sampled_from(
    ["content_block_delta", "content_block_start", "content_block_stop", "message_start", "message_stop", "ping",
    "response.output_text.delta", "response.output_text.done", "response.completed", "response.new.delta"]
)  # fmt: skip
CHUNKS = st.builds(
    lambda index, delta, finish: {"choices": [{"index": index, "delta": delta, "finish_reason": finish}]},
    st.sampled_from([0, 1, -1, None, "x"]),
    st.dictionaries(KEYS, VALUES, max_size=3),
    st.sampled_from([None, None, "stop"]),
)
TYPED = st.builds(
    lambda kind, delta, more: {**more, "type": kind, "delta": delta, "index": 0, "output_index": 0},
    TYPES,
    st.one_of(TEXTS, st.dictionaries(KEYS, VALUES, max_size=3)),
    st.dictionaries(KEYS, VALUES, max_size=2),
)
EVENTS = st.one_of(
    st.one_of(CHUNKS, TYPED, OBJECTS).map(lambda document: b"data: " + encoded(document) + b"\n\n"),
    st.binary(max_size=12),
    st.sampled_from([b"data: [DONE]\n\n", b"event: x\n", b"\r\n\r\n", b": c\n\n"]),
)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages"])
@settings(max_examples=50)
@given(chunks=st.lists(EVENTS, max_size=6))
def test_any_bytes_of_a_stream_give_bytes_or_a_denial(path, chunks):
    one = guard(path)
    out = b""
    try:
        for chunk in chunks:
            out += one.feed(chunk)
    except Denied:
        out += one.cut("m")
    else:
        out += one.fail("asepsis_upstream", "broke off")
    assert isinstance(out, bytes)
    for block in out.split(b"\n\n"):
        data = block.rpartition(b"data: ")[2]
        if data and data != b"[DONE]":
            assert not leaks(data)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/messages"])
@settings(max_examples=50)
@given(body=st.lists(EVENTS, max_size=4).map(b"".join), size=st.integers(1, 30))
def test_however_a_stream_is_cut_the_client_gets_the_same(path, body, size):
    def through(pieces):
        one, out = guard(path), b""
        try:
            for piece in pieces:
                out += one.feed(piece)
        except Denied as denied:
            return denied.code
        return out

    assert through([body[at : at + size] for at in range(0, len(body), size)]) == through([body])


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/v1/chat/completions", {"id": SSN, "image_url": "http://h/x", "choices": []}),
        ("/v1/responses", {"type": "response.created", "response": {"id": SSN, "image_url": "http://h/x"}}),
    ],
)
def test_an_event_that_is_denied_gives_nothing_to_the_ending(path, event):
    one = guard(path)
    with pytest.raises(Denied):
        one.feed(b"data: " + encoded(event) + b"\n\n")
    assert SSN.encode() not in one.cut("m")
