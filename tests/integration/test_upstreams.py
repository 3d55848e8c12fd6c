"""Several upstreams over real sockets: who is asked when one fails, and whom TLS trusts."""

import asyncio
import contextlib
import socket
import ssl

import msgspec
import pytest

from asepsis.gateway import GatewayConfig, Upstream
from asepsis.gateway.retry import Rest, Retry
from asepsis.infra import tls
from asepsis.infra.http import HttpTransport
from asepsis.testing.certificates import Authority
from asepsis.testing.upstream import ScriptedUpstream, head, whole

CHAT = {"model": "m", "messages": [{"role": "user", "content": "SSN 123-45-6789"}]}
SAID = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"hello"}}],"usage":{"prompt_tokens":1}}'
FAST = Retry(attempts=2, backoff_ms=1)
PATH = "/v1/chat/completions"


async def good(exchange):
    await exchange.send(whole(SAID))


def answering(status, *headers):
    async def script(exchange):
        await exchange.send(head(status, ("content-length", "0"), *headers))

    return script


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def pair(guard):
    """Returns a context manager that runs a gateway before `one`, which falls back to `two`, both scripted."""

    @contextlib.asynccontextmanager
    async def run(first, second=good, **settings):
        async with ScriptedUpstream(second).running() as two, guard(first) as guarded:
            one = Upstream("one", guarded.upstream.url, fallbacks=("two",), **{"retry": FAST, **settings})
            guarded.with_upstreams(one, Upstream("two", two.url, retry=FAST))
            yield guarded, two

    return run


async def test_a_busy_upstream_is_asked_again_and_the_event_says_so(pair):
    answers = [answering(503), good]

    async def script(exchange):
        await answers.pop(0)(exchange)

    async with pair(script) as (guarded, two):
        assert (await guarded.post(PATH, CHAT))[0] == 200
        assert (len(guarded.upstream.received), len(two.received)) == (2, 0)
        assert (guarded.closed().upstream, guarded.closed().attempts) == ("one", 2)


async def test_a_dead_upstream_is_replaced_by_its_fallback_and_then_left_alone(pair):
    async with pair(good, rest=Rest(failures=2, seconds=60)) as (guarded, two):
        dead = f"http://127.0.0.1:{free_port()}/v1"
        (one, other) = guarded.gateway.live.config.upstreams
        guarded.with_upstreams(msgspec.structs.replace(one, base_url=dead), other)
        for _ in range(2):
            status, _, body = await guarded.post(PATH, CHAT)
            assert (status, b"hello" in body) == (200, True)
        closed = guarded.ledger.payloads("gateway.call.closed")
        assert [(one.upstream, one.attempts) for one in closed] == [("two", 3), ("two", 1)]
        assert all(b"[SSN]" in one.body and b"6789" not in one.body for one in two.received)


async def test_a_fallback_streams_like_the_first(pair):
    async def script(exchange):
        chunk = msgspec.json.encode({"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]})
        body = b"data: %b\n\ndata: [DONE]\n\n" % chunk
        await exchange.send(whole(body, media="text/event-stream"))

    async with pair(answering(429), script) as (guarded, _):
        status, _, body = await guarded.post(PATH, {**CHAT, "stream": True})
        assert (status, b'"hi"' in body, body.endswith(b"data: [DONE]\n\n")) == (200, True, True)
        assert guarded.closed().upstream == "two"


async def test_an_answer_that_broke_off_is_never_asked_for_again(pair):
    async def script(exchange):
        await exchange.send(head(200, ("content-type", "text/event-stream"), ("content-length", "9999")) + b"data: {")
        await asyncio.sleep(0.05)
        exchange.reset()

    async with pair(script) as (guarded, two):
        await guarded.post(PATH, {**CHAT, "stream": True})
        assert (len(guarded.upstream.received), len(two.received)) == (1, 0)
        assert guarded.closed().outcome == "failed"


async def test_a_silent_upstream_may_be_at_work_and_is_not_asked_again(pair):
    async def script(exchange):
        await exchange.closed()

    config = GatewayConfig()
    async with pair(script) as (guarded, two):
        guarded.gateway._upstreams._transport = HttpTransport(connect=1, idle=0.2)
        assert (await guarded.post(PATH, CHAT))[0] == 502
        assert (len(guarded.upstream.received), len(two.received)) == (1, 0)
        assert guarded.closed().rule == "upstream.idle"
        assert config.upstreams == ()


async def test_the_client_gets_the_last_answer_and_its_retry_after(pair):
    async with pair(answering(503, ("retry-after", "120")), answering(429, ("retry-after", "77"))) as (guarded, two):
        status, headers, _ = await guarded.post(PATH, CHAT)
        assert (status, headers["Retry-After"]) == (429, "77")
        assert (len(guarded.upstream.received), len(two.received)) == (1, 1)


async def test_a_client_that_leaves_during_a_pause_ends_the_attempts(pair):
    async with pair(answering(503, ("retry-after", "4")), retry=Retry(attempts=9)) as (guarded, two):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(guarded.post(PATH, CHAT), 0.5)
        async with asyncio.timeout(3):
            while not guarded.ledger.payloads("gateway.call.closed"):  # noqa: ASYNC110 the ledger of tests tells nobody
                await asyncio.sleep(0.01)
        assert guarded.closed().outcome == "client_gone"
        assert (len(guarded.upstream.received), len(two.received)) == (1, 0)


# HTTPS


@contextlib.asynccontextmanager
async def secure(identity, folder, *, clients=None):
    """Runs an upstream behind TLS with this key and certificate; gives its port and what was served."""
    served = []

    async def serve(reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while request := await reader.readuntil(b"\r\n\r\n"):
                length = int(request.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
                served.append(await reader.readexactly(length))
                writer.write(whole(SAID))
                await writer.drain()
        writer.close()

    file = folder / "server.pem"
    file.write_bytes(identity)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=clients.decode())
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], served
    finally:
        server.close()


@pytest.fixture
def trusting(guard, tmp_path):
    """Returns a context manager that runs a gateway before a TLS upstream on a port, trusting an authority."""

    @contextlib.asynccontextmanager
    async def run(port, authority, *, host="127.0.0.1", identity=b""):
        (tmp_path / "ca.pem").write_bytes(authority.pem)
        async with guard(good) as guarded:
            one = Upstream("one", f"https://{host}:{port}/v1", retry=Retry(attempts=1))
            context = tls.context(ca_file=str(tmp_path / "ca.pem"), identity=identity.decode())
            transport = HttpTransport(connect=2, idle=5, tls=context)
            guarded.with_upstreams(one, transports={"one": transport})
            yield guarded
            await transport.close()

    return run


async def test_an_authority_of_ones_own_is_trusted(trusting, tmp_path):
    ours = Authority("Our Hospital")
    async with secure(ours.issue("127.0.0.1"), tmp_path) as (port, served), trusting(port, ours) as guarded:
        status, _, body = await guarded.post(PATH, CHAT)
        assert (status, b"hello" in body) == (200, True)
        assert b"[SSN]" in served[0]


@pytest.mark.parametrize("fault", ["host", "authority", "expired"])
async def test_a_server_that_can_not_show_who_it_is_gets_nothing(trusting, tmp_path, fault):
    ours = Authority("Our Hospital")
    issuer = Authority("Our Hospital") if fault == "authority" else ours
    identity = issuer.issue("one.example" if fault == "host" else "127.0.0.1", expired=fault == "expired")
    async with secure(identity, tmp_path) as (port, served), trusting(port, ours) as guarded:
        status, _, _ = await guarded.post(PATH, CHAT)
        assert (status, served) == (502, [])
        assert guarded.closed().rule == "upstream.tls"


async def test_a_client_shows_its_certificate_where_one_is_asked_for(trusting, tmp_path):
    ours = Authority("Our Hospital")
    server = secure(ours.issue("127.0.0.1"), tmp_path, clients=ours.pem)
    async with server as (port, served):
        async with trusting(port, ours, identity=ours.issue("gateway")) as guarded:
            assert (await guarded.post(PATH, CHAT))[0] == 200
        async with trusting(port, ours) as guarded:
            assert (await guarded.post(PATH, CHAT))[0] == 502
        assert len(served) == 1


async def test_upstreams_trust_different_authorities(trusting, tmp_path):
    ours, theirs = Authority("ours"), Authority("theirs")
    async with secure(theirs.issue("127.0.0.1"), tmp_path) as (port, _), trusting(port, ours) as guarded:
        (tmp_path / "theirs.pem").write_bytes(theirs.pem)
        (one,) = guarded.gateway.live.config.upstreams
        other = HttpTransport(connect=2, idle=5, tls=tls.context(ca_file=str(tmp_path / "theirs.pem")))
        two = Upstream("two", one.base_url, retry=FAST)
        transports = {**guarded.gateway.live.transports, "two": other}
        guarded.with_upstreams(msgspec.structs.replace(one, fallbacks=("two",)), two, transports=transports)
        assert (await guarded.post(PATH, CHAT))[0] == 200
        assert guarded.closed().upstream == "two"
        await other.close()


async def test_old_versions_of_tls_are_not_spoken():
    assert tls.context().minimum_version == ssl.TLSVersion.TLSv1_2
