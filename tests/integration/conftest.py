"""The gateway on a real port, over a real scanner and a scripted upstream, its Events kept in memory."""

import asyncio
import contextlib
import hashlib
import io
from collections.abc import AsyncIterator, Sequence

import aiohttp
import msgspec
import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.events import Event, read_payload
from asepsis.core.ports import Scanner, Sealer
from asepsis.core.types import Purpose
from asepsis.deid import Masker
from asepsis.gateway import Gateway, GatewayConfig, Live, Tools, Upstream
from asepsis.gateway.http1 import Connection
from asepsis.gateway.listener import Listener
from asepsis.gateway.pseudonyms import Vaults
from asepsis.identity import Caller, CallerIdentifier, IdentityConfig
from asepsis.infra.clock import SystemClock
from asepsis.infra.http import HttpTransport
from asepsis.infra.ids import SystemIds
from asepsis.policy import ApplicationRules, PolicyConfig, StaticPolicy
from asepsis.scan import ScanConfig, build
from asepsis.testing.clock import ManualClock
from asepsis.testing.providers import providers
from asepsis.testing.randomness import SeededRandomness
from asepsis.testing.upstream import Script, ScriptedUpstream

SCANNER = build(ScanConfig())
ANN = Caller(hashlib.sha256(b"sk-ann").hexdigest(), "demo", "ann", purpose=Purpose.TREATMENT)


class MemoryLedger:
    """Keeps Events; `broken` makes it fail as a full disk would."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.broken = False

    def submit(self, events: Sequence[Event]) -> "asyncio.Future[None]":
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.broken:
            done.set_exception(Unavailable("the disk is full"))
        else:
            self.events += events
            done.set_result(None)
        return done

    note = submit

    def hasten(self) -> None:
        """Nothing waits here."""

    def payloads(self, kind: str) -> list:
        return [read_payload(event) for event in self.events if event.kind == kind]


class PlainDigester:
    def digest(self, kind: str, value: str, /, *, tenant: str) -> str:
        return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()[:32]


class Guarded:
    """A running gateway with what stands around it."""

    def __init__(self, gateway: Gateway, ledger: MemoryLedger, upstream: ScriptedUpstream, port: int) -> None:
        self.gateway = gateway
        self.ledger = ledger
        self.upstream = upstream
        self.url = f"http://127.0.0.1:{port}"

    def with_upstreams(self, *upstreams: Upstream, transports=None) -> None:
        """Puts other upstreams in force."""
        live = self.gateway.live
        config = msgspec.structs.replace(live.config, upstreams=upstreams)
        made = providers(upstreams)
        self.gateway.live = msgspec.structs.replace(live, config=config, providers=made, transports=transports or {})

    async def post(self, path: str, document: object, **headers: str) -> tuple[int, dict[str, str], bytes]:
        body = document if isinstance(document, bytes) else msgspec.json.encode(document)
        async with aiohttp.ClientSession() as session:
            named = {"content-type": "application/json", **headers}
            async with session.post(self.url + path, data=io.BytesIO(body), headers=named) as answer:
                return answer.status, dict(answer.headers), await answer.read()

    async def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        async with aiohttp.ClientSession() as session, session.get(self.url + path, headers=headers) as answer:
            return answer.status, dict(answer.headers), await answer.read()

    def closed(self):
        (payload,) = self.ledger.payloads("gateway.call.closed")
        return payload

    def opened(self):
        (payload,) = self.ledger.payloads("gateway.call.opened")
        return payload


@pytest.fixture
def scanner():
    """The scanner that a gateway runs with."""
    return SCANNER


@pytest.fixture
def guard():
    """Returns a context manager that runs a gateway before a script."""

    @contextlib.asynccontextmanager
    async def run(
        script: Script,
        *,
        rules: ApplicationRules | None = None,
        scanner: Scanner = SCANNER,
        config: GatewayConfig | None = None,
        purpose: Purpose = Purpose.UNSTATED,
        vault: Vaults | None = None,
        sealer: Sealer | None = None,
    ) -> AsyncIterator[Guarded]:
        upstream = ScriptedUpstream(script)
        async with upstream.running():
            upstreams = (Upstream("openai", upstream.url), Upstream("anthropic", upstream.url, family="anthropic"))
            settings = msgspec.structs.replace(config or GatewayConfig(), upstreams=upstreams)
            policy = PolicyConfig(applications=(rules or ApplicationRules("demo", admit=("vector", "signature")),))
            live = Live(
                config=settings,
                identifier=CallerIdentifier(
                    IdentityConfig("demo", (ANN,), purpose), tenant="local", clock=ManualClock()
                ),
                policy=StaticPolicy(policy),
                scanner=scanner,
                transformer=Masker(),
                providers=providers(settings.upstreams),
                vault=vault,
            )
            clock = SystemClock()
            ledger = MemoryLedger()
            transport = HttpTransport(connect=2, idle=settings.call.idle_seconds)
            tools = Tools(clock, SystemIds(clock), PlainDigester(), "local", SeededRandomness(), sealer)
            gateway = Gateway(live, tools, ledger=ledger, transport=transport)
            async with _served(gateway) as port:
                yield Guarded(gateway, ledger, upstream, port)
            await transport.close()

    return run


@contextlib.asynccontextmanager
async def _served(gateway: Gateway) -> AsyncIterator[int]:
    limits = gateway.live.config.call
    listener = Listener(
        gateway.handle,
        connections=1000,
        head_bytes=limits.header_bytes,
        seconds=limits.receive_seconds,
        clock=SystemClock(),
    )
    server = await asyncio.get_running_loop().create_server(lambda: Connection(listener), "127.0.0.1", 0)
    looking = asyncio.ensure_future(listener.look())
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await listener.drain(2)
        looking.cancel()
