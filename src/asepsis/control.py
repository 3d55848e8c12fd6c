"""The control process: the console, the exporters, and the watch over settings, policies, keys and kill switches."""

import asyncio
import contextlib
import gc
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from starlette.routing import Route

from asepsis import __version__
from asepsis.building import accept, approvable, approvals, custody, identifier, keep_manifests, live, open_vault
from asepsis.console import service
from asepsis.console.oauth import oauth_routes
from asepsis.console.service import Entrance
from asepsis.console.toolservers import ToolServers
from asepsis.core.errors import ConfigError, Unavailable
from asepsis.core.events import ConfigActivated, ConfigRejected, ProcessStarted, ProcessStopped
from asepsis.core.ports import Clock, Transport
from asepsis.entrance import Rows, entrance, webhooks
from asepsis.identity import exchange
from asepsis.identity.config import ListenTls
from asepsis.identity.refresh import KeyRefresh
from asepsis.infra import config, database, keys, probe, secrets
from asepsis.infra.budgets import BudgetRows
from asepsis.infra.clock import SystemClock
from asepsis.infra.database import KillSwitches
from asepsis.infra.delegations import DelegationRows
from asepsis.infra.delivery import Delivery
from asepsis.infra.elevations import ElevationRows
from asepsis.infra.fetch import fetched
from asepsis.infra.grants import GrantRows
from asepsis.infra.http import HttpTransport
from asepsis.infra.ids import SystemIds
from asepsis.infra.notices import Notices
from asepsis.infra.outbox import Outbox
from asepsis.infra.randomness import SystemRandomness
from asepsis.infra.replays import Replays
from asepsis.infra.serving import Server, listen
from asepsis.infra.sessions import SessionRows
from asepsis.infra.spent import Spent
from asepsis.infra.state import Paths
from asepsis.infra.telemetry import Telemetry
from asepsis.infra.telemetry.tail import Tails
from asepsis.infra.timestamps import read_roots
from asepsis.infra.watch import FileWatch, repeat
from asepsis.ledger.anchor import Anchoring, read_policy
from asepsis.ledger.client import SocketLedger
from asepsis.ledger.config import LedgerConfig
from asepsis.ledger.reader import LogReader, tenants
from asepsis.ledger.sealing import retention
from asepsis.ledger.stamping import Authority, Stamping
from asepsis.listening import Renewed
from asepsis.settings import Settings, Start, publish, read_snapshot

__all__ = ["Watch", "control"]

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.5
_GRACE_SECONDS: Final = 2
_SWEEP_SECONDS: Final = 60.0
_OVERDUE_SECONDS: Final = 2.0
_FETCH_SECONDS: Final = 5.0
_WITNESS_SECONDS: Final = 5.0
_STAMP_SECONDS: Final = 5.0
_DAY: Final = 86_400_000


async def control(start: Start, stop: asyncio.Event) -> None:
    """Runs the control plane until `stop` is set; raises ConfigError for settings that it cannot run by."""
    paths, clock = start.paths, SystemClock()
    settings = read_snapshot(paths).settings
    engine = database.make_ready(paths.database, paths.database_url)
    outbox = Outbox(engine, clock=clock, ids=SystemIds(clock))
    ledger = SocketLedger(paths.socket)
    watch = Watch(start, database.KillSwitches(engine, clock=clock, outbox=outbox), outbox)
    transport = HttpTransport(connect=_FETCH_SECONDS, idle=_FETCH_SECONDS)
    refresh = _refresh(paths, transport, watch, clock=clock)
    digester = keys.HmacDigester(keys.FileKeys(paths.master_key))
    delivery = Delivery(outbox, ledger, lambda tenant: LogReader(paths.ledger, tenant), digester)
    tails = Tails(lambda tenant: LogReader(paths.ledger, tenant))
    telemetry = Telemetry(
        settings.telemetry,
        tails,
        lambda: tenants(paths.ledger),
        cursors=database.Cursors(engine),
        more=webhooks(settings, paths, clock=clock) if settings.telemetry.webhooks else (),
        asks_budget=settings.policy.asks_budget,
    )
    gateway = settings.gateway
    grants = GrantRows(engine, outbox)
    handed = DelegationRows(engine, outbox)
    inside = entrance(
        settings,
        paths,
        Rows(SessionRows(engine, outbox), ElevationRows(engine, outbox), handed),
        transport,
        clock=clock,
    )
    application = service.create(
        settings.console,
        paths.ledger,
        settings.tenant,
        tails=tails,
        checks={
            "writer": lambda: _connected(ledger),
            "gateway": lambda: probe.answers(gateway.host, gateway.port, "/readyz", tls=bool(gateway.tls.certificate)),
            "database": lambda: asyncio.to_thread(database.holds, paths.database_url),
            "config": watch.file.holds,
            "issuers": refresh.holds,
        },
        metrics=telemetry.prometheus,
        stop=stop,
        gateway=gateway.address,
        tools=f"{settings.tools.at}/mcp" if settings.tools.servers else "",
        servers=ToolServers([(one.name, one.manifests) for one in settings.tools.servers], Notices(paths.servers).read),
        more=_oauth(paths, grants, outbox) if settings.identity.grants.issuer else (),
        entrance=inside,
    )
    renewed = Renewed(_tls, read_snapshot(paths))
    # Whoever reaches a console that nobody signs in to may look, so that one stays on this machine whatever it speaks.
    closed = renewed.tls is not None and settings.console.sign_in is not None
    listener = listen("console", settings.console.host, settings.console.port, tls=closed)
    server = Server(application, grace=_GRACE_SECONDS, lifespan="on", tls=renewed.tls)
    sweep = _sweep(paths, (grants, handed), BudgetRows(engine), outbox, inside)
    outbox.put(settings.tenant, ProcessStarted("control", __version__, read_snapshot(paths).digest))
    if (policies := accept(settings, paths, bundle=read_snapshot(paths).bundle)) is not None:
        outbox.put(settings.tenant, policies)
    # What is here now stays, and what comes makes no cycles: the collector need not look often.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    async with asyncio.TaskGroup() as group:
        looks = (
            lambda: asyncio.to_thread(watch.switches),
            watch.file.look,
            refresh.look,
            lambda: _elevated(inside, watch),
            lambda: _renewed(renewed, server, paths),
            lambda: _made_anew(settings, paths, stop),
        )
        group.create_task(repeat(looks, stop, seconds=_LOOK_SECONDS))
        group.create_task(repeat([delivery.deliver], stop, seconds=_LOOK_SECONDS))
        group.create_task(repeat([lambda: asyncio.to_thread(sweep)], stop, seconds=_SWEEP_SECONDS))
        if approvable(settings):
            asked = approvals(settings, paths)
            denied = lambda: asyncio.to_thread(asked.look, tenant=settings.tenant)  # noqa: E731 it binds the tenant
            group.create_task(repeat([denied], stop, seconds=_OVERDUE_SECONDS))
        group.create_task(telemetry.run(stop))
        if settings.ledger.policy:
            asking = _anchoring(settings.ledger, paths, outbox, telemetry)
            group.create_task(repeat(asking, stop, seconds=settings.ledger.anchor_seconds))
        if settings.ledger.timestamps.url:
            stamping = _stamping(settings.ledger, paths, transport, outbox, telemetry)
            group.create_task(repeat(stamping, stop, seconds=_STAMP_SECONDS))
        group.create_task(server.serve(listener, stop))
    outbox.put(settings.tenant, ProcessStopped("control"))
    with contextlib.suppress(Unavailable):
        await delivery.deliver()
    await ledger.close()
    await transport.close()


def _sweep(
    paths: Paths,
    rows: tuple[GrantRows, DelegationRows],
    purses: BudgetRows,
    outbox: Outbox,
    inside: service.Entrance,
) -> Callable[[], None]:
    """Returns what forgets all whose time is up, and has it told where somebody has to know."""
    clock, tenant = SystemClock(), read_snapshot(paths).settings.tenant
    (grants, handed), vault, kept = rows, open_vault(paths), custody(paths)

    def sweep() -> None:
        """Erases tokens and keys of bodies, ends sessions, and forgets old rows."""
        grants.sweep(clock.now() - _DAY, tenant=tenant)
        handed.sweep(clock.now(), tenant=tenant)
        purses.sweep(clock.now(), tenant=tenant)
        for erased in vault.expire(tenant):
            outbox.put(tenant, erased)
        days = read_snapshot(paths).settings.ledger.sealing.days
        retention.sweep(kept, paths.bodies, tenant, days=days, clock=clock)
        if inside.visitors.sessions is not None:
            inside.visitors.sessions.sweep()
        Spent(paths.spent).forget(clock.now())

    return sweep


def _oauth(paths: Paths, rows: GrantRows, outbox: Outbox) -> list[Route]:
    """Returns the routes where tokens are exchanged for grants, by the callers and issuers in force at the time."""
    clock, provider, settings = SystemClock(), keys.FileKeys(paths.master_key), read_snapshot(paths).settings
    tools = exchange.Tools(
        clock,
        SystemIds(clock),
        SystemRandomness(),
        provider,
        keys.HmacDigester(provider),
        Replays(paths.replays, clock=clock),
        outbox.put,
    )
    config, roster = settings.identity.grants, bool(settings.scan.subjects.roster)
    current = lambda: identifier(read_snapshot(paths), paths, of=_tls)  # noqa: E731 it binds the paths
    made = exchange.Exchange(config, rows, current, tools, tenant=settings.tenant, roster=roster)
    return oauth_routes(made, config.issuer, certified=settings.console.tls.required)


def _refresh(paths: Paths, transport: Transport, watch: "Watch", *, clock: Clock) -> KeyRefresh:
    """Returns what fetches the keys of issuers and puts them in force."""
    return KeyRefresh(
        lambda: read_snapshot(paths).settings.identity,
        lambda address, most: fetched(address, transport, most=most),
        watch.keys,
        clock=clock,
        known=read_snapshot(paths).keys,
    )


def _anchoring(
    settings: LedgerConfig, paths: Paths, outbox: Outbox, telemetry: Telemetry
) -> tuple[Callable[[], Awaitable[object]], ...]:
    """Returns what has the ledger witnessed and says how long ago that was; raises ConfigError for the policy."""
    transport = HttpTransport(connect=_WITNESS_SECONDS, idle=_WITNESS_SECONDS)
    policy = read_policy(Path(settings.policy))
    asking = Anchoring(paths.ledger, policy, transport=transport, clock=SystemClock(), dispute=outbox.put)

    async def measure() -> None:
        for tenant, seconds in asking.ages().items():
            telemetry.meters.anchored(tenant, seconds)

    return asking.look, measure


def _stamping(
    settings: LedgerConfig, paths: Paths, transport: Transport, outbox: Outbox, telemetry: Telemetry
) -> tuple[Callable[[], Awaitable[object]], ...]:
    """Returns what has the ledger stamped and says how long that has been missing; raises ConfigError for the roots."""
    asked = settings.timestamps
    authority = Authority(asked.url, read_roots(Path(asked.roots)), asked.seconds, asked.overdue_seconds)
    stamping = Stamping(
        paths.ledger,
        authority,
        transport=transport,
        clock=SystemClock(),
        overdue=outbox.put,
        anchored=bool(settings.policy),
    )

    async def measure() -> None:
        for tenant, seconds in stamping.ages().items():
            telemetry.meters.unstamped(tenant, seconds)

    return stamping.look, measure


async def _made_anew(made: Settings, paths: Paths, stop: asyncio.Event) -> None:
    """Ends this process where settings changed that it was made of: who may answer, what is told; it is started anew.

    What it does not hold in itself, as keys, bundles and switches, it takes from the snapshot each time.
    """
    if _made_of(read_snapshot(paths).settings) != _made_of(made):
        _LOG.info("the control plane starts anew, by the settings that are in force now")
        stop.set()


def _made_of(settings: Settings) -> tuple[object, ...]:
    policy = msgspec.structs.replace(settings.policy, bundle="", unsigned=False, signers=())
    return (
        settings.console,
        policy,
        settings.telemetry,
        settings.ledger,
        settings.identity,
        settings.tools,
        settings.scan,
    )


async def _connected(ledger: SocketLedger) -> bool:
    return ledger.connected


async def _elevated(inside: Entrance, watch: "Watch") -> None:
    """Ends access whose time is up, and puts in force what is left."""
    office = inside.access
    if office is not None:
        await asyncio.to_thread(office.elevations.look)
        watch.elevated(await asyncio.to_thread(office.elevations.open_now))


def _tls(settings: Settings) -> ListenTls:
    return settings.console.tls


async def _renewed(renewed: Renewed, server: Server, paths: Paths) -> None:
    """Puts other certificates in force; those that can't be used leave the ones before."""
    try:
        renewed.look(read_snapshot(paths), server)
    except ConfigError as error:
        _LOG.error("the console's certificates stay: %s", error.code)


class Watch:
    """Publishes a new snapshot when the configuration's file or a kill switch changes, and records each change."""

    def __init__(self, start: Start, kills: KillSwitches, outbox: Outbox) -> None:

        self._paths = start.paths
        self._kills = kills
        self._outbox = outbox
        digest = lambda: read_snapshot(start.paths).digest  # noqa: E731 it binds the paths
        self.file = FileWatch(
            start.file,
            beside=self._manifests,
            load=start.load,
            in_force=digest,
            activate=self._activate,
            refuse=self._refuse,
        )

    def _manifests(self) -> list[Path]:
        return [Path(one.manifests) for one in read_snapshot(self._paths).settings.tools.servers]

    def switches(self) -> None:
        """Looks once at what is switched off, and whether a file with a secret was replaced."""
        current = read_snapshot(self._paths)
        after = msgspec.structs.replace(current, kills=self._kills.thrown(), secrets=secrets.sign(current.settings))
        if after != current:
            publish(self._paths, after)

    def elevated(self, found: Sequence[tuple[str, str, str, str, int]]) -> None:
        """Puts access for a time in force."""
        current = read_snapshot(self._paths)
        if tuple(found) != current.elevations:
            publish(self._paths, msgspec.structs.replace(current, elevations=tuple(found)))

    def keys(self, found: Mapping[str, str]) -> None:
        """Puts the key sets of issuers in force."""
        publish(self._paths, msgspec.structs.replace(read_snapshot(self._paths), keys=dict(found)))

    def _activate(self, loaded: config.Loaded[Settings]) -> None:
        before = read_snapshot(self._paths)
        policies = accept(loaded.value, self._paths)
        bundle = policies.bundle if policies is not None else ""
        after = msgspec.structs.replace(
            before,
            settings=loaded.value,
            digest=loaded.digest,
            bundle=bundle,
            secrets=secrets.sign(loaded.value),
            manifests=keep_manifests(loaded.beside, self._paths),
        )
        live(after, self._paths)
        publish(self._paths, after)
        self._outbox.put(after.settings.tenant, ConfigActivated(loaded.digest))
        if policies is not None and bundle != before.bundle:
            self._outbox.put(after.settings.tenant, policies)

    def _refuse(self, error: ConfigError) -> None:
        current = read_snapshot(self._paths)
        self._outbox.put(current.settings.tenant, ConfigRejected(current.digest, error.code))
