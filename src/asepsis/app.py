"""The composition root: configuration to adapters to rooms to processes. The one file that wires everybody.

A running system is one supervisor (`asepsis.cli` starts it) and its children, each a process of its own:

- `writer` writes the ledger and is the only one that does;
- `gateway` forks the workers, which are the data plane;
- `control` is the console, the exporters and the watch over configuration and kill switches;
- `lab` is the synthetic model server, where one is wanted.

The control process publishes a read-only snapshot; the workers look for a new one twice a second and swap it whole.
What only one process needs is imported by that process alone, so that a worker stays small and all start fast.
"""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from asepsis import __version__
from asepsis.core.errors import ConfigError, Error, Unavailable
from asepsis.core.events import ConfigActivated, ConfigRejected, PolicyActivated, ProcessStarted, ProcessStopped
from asepsis.gateway import parts
from asepsis.infra import config, keys, logs, plugins, probe, snapshot, state
from asepsis.infra.clock import SystemClock, today
from asepsis.infra.ids import SystemIds
from asepsis.infra.randomness import SystemRandomness
from asepsis.infra.state import Paths
from asepsis.infra.supervisor import Child, Supervisor, leave_with_parent
from asepsis.scan.config import ScanConfig
from asepsis.settings import Settings, Snapshot, Start, load, publish, read_snapshot, wanted

if TYPE_CHECKING:
    import asyncio

    from asepsis.core.ports import Policy, Resolver
    from asepsis.core.types import Decision, DecisionInput
    from asepsis.deid.late import LateVault
    from asepsis.deid.vault import Vault
    from asepsis.gateway import Gateway, Live
    from asepsis.gateway.report.commands import Source
    from asepsis.gateway.worker import Worker
    from asepsis.infra.approvals import ApprovalRows
    from asepsis.infra.database import KillSwitches
    from asepsis.infra.desk import KillDesk
    from asepsis.infra.outbox import Outbox
    from asepsis.infra.telemetry import Telemetry
    from asepsis.ledger.client import SocketLedger
    from asepsis.ledger.config import LedgerConfig
    from asepsis.policy.approvals import Approvals
    from asepsis.policy.approving import Desk

__all__ = [
    "PROCESSES",
    "Paths",
    "Settings",
    "Snapshot",
    "Start",
    "approval_desk",
    "kill_store",
    "live",
    "load",
    "make_gateway",
    "prepare",
    "read_snapshot",
    "report_source",
    "reveal_policy",
    "run_process",
    "supervise",
    "worker",
]

_LOOK_SECONDS: Final = 0.5
_SWEEP_SECONDS: Final = 60.0
_FETCH_SECONDS: Final = 5.0
_WITNESS_SECONDS: Final = 5.0


# The gateway


def live(current: Snapshot, paths: Paths, *, known: "Resolver | None" = None) -> "Live":
    """Builds all that a gateway works with, but for a roster that is `known` already; raises ConfigError."""
    from asepsis.gateway import Kill, Live  # noqa: PLC0415 only a gateway guards
    from asepsis.identity import CallerIdentifier  # noqa: PLC0415 as above
    from asepsis.scan.topics import Topics, read_topics  # noqa: PLC0415 as above

    settings = current.settings
    around = parts.Around(keys.HmacDigester(keys.FileKeys(paths.master_key)), settings.tenant, paths.cache)
    made = parts.build(wanted(settings), plugins.discover(settings.plugins), around)
    return Live(
        config=settings.gateway,
        identifier=CallerIdentifier(settings.identity, tenant=settings.tenant, clock=SystemClock(), keys=current.keys),
        policy=_policy(current, paths),
        scanner=made.scanner,
        transformer=made.transformer,
        providers=made.providers,
        kills=frozenset(Kill(*one) for one in current.kills),
        transports=made.transports,
        vault=_vault(current, paths),
        resolver=known or _resolver(settings.scan),
        labeller=Topics(read_topics(), cache=paths.cache),
        approvals=_approvals(settings, paths) if settings.policy.approvers else None,
    )


def _approvals(settings: Settings, paths: Paths) -> "Approvals":
    """Returns what remembers approvals; the database is opened when the first is asked for."""
    from asepsis.policy.approvals import Approvals, Tools  # noqa: PLC0415 only who asks for approvals needs it

    def cases() -> "ApprovalRows":
        from asepsis.infra import database  # noqa: PLC0415 only who uses them needs SQLAlchemy here
        from asepsis.infra.approvals import ApprovalRows  # noqa: PLC0415 as above
        from asepsis.infra.outbox import Outbox  # noqa: PLC0415 as above

        engine = database.connect(paths.database_url)
        return ApprovalRows(engine, Outbox(engine, clock=clock, ids=SystemIds(clock)))

    clock = SystemClock()
    tools = Tools(clock, SystemIds(clock), keys.HmacDigester(keys.FileKeys(paths.master_key)))
    policy = settings.policy
    return Approvals(cases, policy.approvers, tools, minutes=policy.approval_minutes)


def _policy(current: Snapshot, paths: Paths) -> "Policy":
    """Returns what decides: the bundle in force, or the static policy; raises ConfigError."""
    if not current.bundle:
        from asepsis.policy import StaticPolicy  # noqa: PLC0415 only a gateway decides

        return StaticPolicy(current.settings.policy)
    from asepsis.policy.engine import CedarPolicy  # noqa: PLC0415 as above
    from asepsis.policy.kept import kept  # noqa: PLC0415 as above

    return CedarPolicy(kept(paths.policies, current.bundle))


def _accept(settings: Settings, paths: Paths, *, bundle: str = "") -> PolicyActivated | None:
    """Copies the settings' bundle into the state, and returns the Event that says so; raises ConfigError.

    With a digest it is the copy of that `bundle`. None where the settings name no bundle.
    """
    if not settings.policy.bundle:
        return None
    from asepsis.policy.kept import accepted, keep  # noqa: PLC0415 only who puts policies in force needs it

    folder = paths.policies / bundle if bundle else Path(settings.policy.bundle)
    one = accepted(folder, settings.policy, today=today(SystemClock().now()))
    try:
        digest = keep(one, paths.policies)
    except OSError as error:
        raise ConfigError("expected a folder that policies can be copied to", place=str(paths.policies)) from error
    keyed = partial(keys.HmacDigester(keys.FileKeys(paths.master_key)).digest, "principal", tenant=settings.tenant)
    author, approver = (keyed(name) if name else "" for name in one.signed)
    return PolicyActivated(digest, one.bundle.meta.name, one.bundle.meta.version, author, approver)


def _resolver(settings: ScanConfig) -> "Resolver | None":
    """Who tells whom data is about, None where there is no roster; raises ConfigError."""
    if not settings.subjects.roster:
        return None
    from asepsis.infra import rows  # noqa: PLC0415 only a gateway with a roster needs it
    from asepsis.scan.subjects import service  # noqa: PLC0415 as above

    return service.build(settings.subjects, SystemRandomness(), query=rows.rows)


def _vault(current: Snapshot, paths: Paths) -> "LateVault | None":
    """The vault of tokens, None where the static policy gives none to any application's requests."""
    from asepsis.deid.late import LateVault  # noqa: PLC0415 only a gateway and the control plane need it

    policy = current.settings.policy
    rules = [one.request or policy.request for one in policy.applications]
    return LateVault(lambda: open_vault(paths)) if current.bundle or any(one.token for one in rules) else None


def open_vault(paths: Paths) -> "Vault":
    """Opens the vault in the control database."""
    from asepsis.deid.vault import Tools, Vault  # noqa: PLC0415 as above
    from asepsis.infra import database  # noqa: PLC0415 only who uses the vault needs SQLAlchemy here
    from asepsis.infra.vault import VaultRows  # noqa: PLC0415 as above

    provider = keys.FileKeys(paths.master_key)
    tools = Tools(provider, keys.HmacDigester(provider), SystemClock(), SystemRandomness())
    return Vault(VaultRows(database.connect(paths.database_url)), tools)


def make_gateway(first: Snapshot, paths: Paths, *, ready: "Live | None" = None) -> "Gateway":
    """Returns a gateway for one worker, whichever shell it stands behind; `ready` is what was built for it already."""
    from asepsis.gateway import Gateway, Tools  # noqa: PLC0415 only a gateway guards
    from asepsis.infra.http import HttpTransport  # noqa: PLC0415 as above
    from asepsis.ledger.client import SocketLedger  # noqa: PLC0415 as above

    calls = first.settings.gateway.call
    clock = SystemClock()
    digester = keys.HmacDigester(keys.FileKeys(paths.master_key))
    tools = Tools(clock, SystemIds(clock), digester, first.settings.tenant, SystemRandomness())
    ledger = SocketLedger(paths.socket, timeout=first.settings.ledger.timeout_ms / 1000)
    return Gateway(
        ready or live(first, paths),
        tools,
        ledger=ledger,
        transport=HttpTransport(connect=calls.connect_seconds, idle=calls.idle_seconds),
        missing=lambda: "" if ledger.connected else "ledger",
    )


def _successor(before: "Live", old: Snapshot, new: Snapshot, paths: Paths) -> "Live":
    """The next state of things: kill switches and keys of issuers alone need nothing else rebuilt."""
    from asepsis.gateway import Kill  # noqa: PLC0415 only a gateway guards
    from asepsis.identity import CallerIdentifier  # noqa: PLC0415 as above

    if (new.settings, new.bundle) == (old.settings, old.bundle):
        identity, tenant = new.settings.identity, new.settings.tenant
        known = before.identifier
        if new.keys != old.keys:
            known = CallerIdentifier(identity, tenant=tenant, clock=SystemClock(), keys=new.keys)
        return msgspec.structs.replace(before, kills=frozenset(Kill(*one) for one in new.kills), identifier=known)
    same = new.settings.scan.subjects == old.settings.scan.subjects
    return live(new, paths, known=before.resolver if same else None)


def worker(start: Start) -> "Worker[Snapshot]":
    """Returns a gateway worker; raises ConfigError for a snapshot that can't run.

    What it works with is built here, before the server forks: a fault ends the start, and the workers share it.
    """
    from asepsis.gateway.worker import Maker, Worker  # noqa: PLC0415 only a gateway guards

    paths = start.paths
    built = read_snapshot(paths)
    ready = live(built, paths)

    def first(current: Snapshot) -> "Gateway":
        return make_gateway(current, paths, ready=_successor(ready, built, current, paths))

    watcher = snapshot.Watcher(paths.snapshot, msgspec.json.Decoder(Snapshot).decode)
    successor = lambda before, old, new: _successor(before, old, new, paths)  # noqa: E731 it binds the paths
    return Worker(watcher, Maker(first, successor, lambda current: current.draining))


def run_gateway(start: Start) -> None:
    """Runs the gateway's server with the configured workers until it is told to stop."""
    from asepsis.gateway import server  # noqa: PLC0415 only this process serves calls

    server.serve(read_snapshot(start.paths).settings.gateway, worker(start))


# The other processes


def run_writer(start: Start) -> None:
    """Runs the ledger's writer until it is told to stop."""
    from asepsis.infra.supervisor import until_signal  # noqa: PLC0415 asyncio is for processes that have a loop
    from asepsis.ledger import writer  # noqa: PLC0415 only this process writes

    paths, clock, settings = start.paths, SystemClock(), read_snapshot(start.paths).settings.ledger

    async def main(stop: "asyncio.Event") -> None:
        """Serves until told to stop."""
        await writer.run(
            paths.ledger,
            paths.socket,
            clock=clock,
            ids=SystemIds(clock),
            stop=stop,
            keys=keys.FileKeys(paths.master_key),
            config=settings,
        )

    until_signal(main)


def run_lab(start: Start) -> None:
    """Runs the lab's model server."""
    from asepsis.lab import server  # noqa: PLC0415 only this process serves it

    server.serve(read_snapshot(start.paths).settings.lab, start.paths.cache / "weights")


def run_control(start: Start) -> None:
    """Runs the control plane: the console, the exporters, and the watch over configuration and kill switches."""
    from asepsis.infra.supervisor import until_signal  # noqa: PLC0415 asyncio is for processes that have a loop

    until_signal(lambda stop: _control(start, stop))


async def _control(start: Start, stop: "asyncio.Event") -> None:
    import asyncio  # noqa: PLC0415 only this process needs all of this
    import gc  # noqa: PLC0415 as above

    from asepsis.console import server, service  # noqa: PLC0415 as above
    from asepsis.identity.refresh import KeyRefresh  # noqa: PLC0415 as above
    from asepsis.infra import database  # noqa: PLC0415 as above
    from asepsis.infra.delivery import Delivery  # noqa: PLC0415 as above
    from asepsis.infra.fetch import fetched  # noqa: PLC0415 as above
    from asepsis.infra.http import HttpTransport  # noqa: PLC0415 as above
    from asepsis.infra.outbox import Outbox  # noqa: PLC0415 as above
    from asepsis.infra.telemetry import Telemetry  # noqa: PLC0415 as above
    from asepsis.infra.watch import repeat  # noqa: PLC0415 as above
    from asepsis.ledger.client import SocketLedger  # noqa: PLC0415 as above
    from asepsis.ledger.reader import LogReader, tenants  # noqa: PLC0415 as above

    paths, clock = start.paths, SystemClock()
    settings = read_snapshot(paths).settings
    engine = database.make_ready(paths.database, paths.database_url)
    outbox = Outbox(engine, clock=clock, ids=SystemIds(clock))
    ledger = SocketLedger(paths.socket)
    watch = Watch(start, database.KillSwitches(engine, clock=clock, outbox=outbox), outbox)
    transport = HttpTransport(connect=_FETCH_SECONDS, idle=_FETCH_SECONDS)
    refresh = KeyRefresh(
        lambda: read_snapshot(paths).settings.identity,
        lambda address, most: fetched(address, transport, most=most),
        watch.keys,
        clock=clock,
        known=read_snapshot(paths).keys,
    )
    digester = keys.HmacDigester(keys.FileKeys(paths.master_key))
    delivery = Delivery(outbox, ledger, lambda tenant: LogReader(paths.ledger, tenant), digester)
    telemetry = Telemetry(
        settings.telemetry,
        lambda tenant: LogReader(paths.ledger, tenant),
        lambda: tenants(paths.ledger),
        cursors=database.Cursors(engine),
    )
    gateway = settings.gateway
    application = service.create(
        settings.console,
        paths.ledger,
        settings.tenant,
        checks={
            "writer": lambda: _connected(ledger),
            "gateway": lambda: probe.answers(gateway.host, gateway.port, "/readyz"),
            "database": lambda: asyncio.to_thread(database.holds, paths.database_url),
            "config": watch.file.holds,
            "issuers": refresh.holds,
        },
        metrics=telemetry.prometheus,
        stop=stop,
        gateway=f"http://{gateway.host}:{gateway.port}",
    )
    vault = open_vault(paths)

    def sweep() -> None:
        """Erases the scopes of tokens whose time is up, and has it told."""
        for erased in vault.expire(settings.tenant):
            outbox.put(settings.tenant, erased)

    outbox.put(settings.tenant, ProcessStarted("control", __version__, read_snapshot(paths).digest))
    if (policies := _accept(settings, paths, bundle=read_snapshot(paths).bundle)) is not None:
        outbox.put(settings.tenant, policies)
    # What is here now stays, and what comes makes no cycles: the collector need not look often.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    async with asyncio.TaskGroup() as group:
        looks = (lambda: asyncio.to_thread(watch.switches), watch.file.look, refresh.look)
        group.create_task(repeat(looks, stop, seconds=_LOOK_SECONDS))
        group.create_task(repeat([delivery.deliver], stop, seconds=_LOOK_SECONDS))
        group.create_task(repeat([lambda: asyncio.to_thread(sweep)], stop, seconds=_SWEEP_SECONDS))
        group.create_task(telemetry.run(stop))
        if settings.ledger.policy:
            asking = _anchoring(settings.ledger, paths, outbox, telemetry)
            group.create_task(repeat(asking, stop, seconds=settings.ledger.anchor_seconds))
        group.create_task(server.serve(application, settings.console, stop))
    outbox.put(settings.tenant, ProcessStopped("control"))
    with contextlib.suppress(Unavailable):
        await delivery.deliver()
    await ledger.close()
    await transport.close()


def _anchoring(
    settings: "LedgerConfig", paths: Paths, outbox: "Outbox", telemetry: "Telemetry"
) -> tuple[Callable[[], Awaitable[object]], ...]:
    """Returns what has the ledger witnessed and says how long ago that was; raises ConfigError for the policy."""
    from asepsis.infra.http import HttpTransport  # noqa: PLC0415 only the control process asks witnesses
    from asepsis.ledger.anchor import Anchoring, read_policy  # noqa: PLC0415 as above

    transport = HttpTransport(connect=_WITNESS_SECONDS, idle=_WITNESS_SECONDS)
    policy = read_policy(Path(settings.policy))
    asking = Anchoring(paths.ledger, policy, transport=transport, clock=SystemClock(), dispute=outbox.put)

    async def measure() -> None:
        for tenant, seconds in asking.ages().items():
            telemetry.meters.anchored(tenant, seconds)

    return asking.look, measure


async def _connected(ledger: "SocketLedger") -> bool:
    return ledger.connected


class Watch:
    """Publishes a new snapshot when the configuration's file or a kill switch changes, and records each change."""

    def __init__(self, start: Start, kills: "KillSwitches", outbox: "Outbox") -> None:
        from asepsis.infra.watch import FileWatch  # noqa: PLC0415 only the control process watches

        self._paths = start.paths
        self._kills = kills
        self._outbox = outbox
        digest = lambda: read_snapshot(start.paths).digest  # noqa: E731 it binds the paths
        self.file = FileWatch(
            start.file, load=start.load, in_force=digest, activate=self._activate, refuse=self._refuse
        )

    def switches(self) -> None:
        """Looks once at what is switched off."""
        current = read_snapshot(self._paths)
        kills = self._kills.thrown()
        if kills != current.kills:
            publish(self._paths, msgspec.structs.replace(current, kills=kills))

    def keys(self, found: Mapping[str, str]) -> None:
        """Puts the key sets of issuers in force."""
        publish(self._paths, msgspec.structs.replace(read_snapshot(self._paths), keys=dict(found)))

    def _activate(self, loaded: config.Loaded[Settings]) -> None:
        before = read_snapshot(self._paths)
        policies = _accept(loaded.value, self._paths)
        bundle = policies.bundle if policies is not None else ""
        after = msgspec.structs.replace(before, settings=loaded.value, digest=loaded.digest, bundle=bundle)
        live(after, self._paths)
        publish(self._paths, after)
        self._outbox.put(after.settings.tenant, ConfigActivated(loaded.digest))
        if policies is not None and bundle != before.bundle:
            self._outbox.put(after.settings.tenant, policies)

    def _refuse(self, error: ConfigError) -> None:
        current = read_snapshot(self._paths)
        self._outbox.put(current.settings.tenant, ConfigRejected(current.digest, error.code))


PROCESSES: Final[dict[str, Callable[[Start], None]]] = {
    "control": run_control,
    "gateway": run_gateway,
    "lab": run_lab,
    "writer": run_writer,
}


def run_process(name: str, start: Start) -> None:
    """Runs one process of the system; ends with its supervisor."""
    logs.set_up(level=read_snapshot(start.paths).settings.log)
    leave_with_parent()
    PROCESSES[name](start)


# The whole


def supervise(start: Start, loaded: config.Loaded[Settings], *, lab: bool, say: Callable[[str], None]) -> None:
    """Sets the state up, runs all processes, and returns once they have ended; raises ConfigError or Unavailable."""
    settings = loaded.value
    logs.set_up(level=settings.log)
    _check_ports(settings, lab=lab)
    prepare(start, loaded)
    supervisor = Supervisor(_children(start, settings, lab=lab))
    supervisor.catch_signals()
    try:
        _begin(supervisor, start.paths)
        say(_banner(settings, lab=lab))
        supervisor.watch()
    finally:
        with contextlib.suppress(Error):
            publish(start.paths, msgspec.structs.replace(read_snapshot(start.paths), draining=True))
        supervisor.shut_down()


def _begin(supervisor: Supervisor, paths: Paths) -> None:
    """Starts everything; where that fails for what only a gateway finds in the settings, that is what is raised."""
    try:
        supervisor.start()
    except Unavailable:
        live(read_snapshot(paths), paths)
        raise


def prepare(start: Start, loaded: config.Loaded[Settings]) -> None:
    """Makes the state folder ready: key and snapshot. A database of another schema is refused."""
    kills = state.set_up(start.paths, SystemRandomness())
    policies = _accept(loaded.value, start.paths)
    bundle = policies.bundle if policies is not None else ""
    publish(start.paths, Snapshot(loaded.value, loaded.digest, kills, bundle=bundle, keys=_known_keys(start.paths)))


def _known_keys(paths: Paths) -> dict[str, str]:
    """Returns the issuers' keys as they were known last, so that a provider that is away locks nobody out."""
    try:
        return read_snapshot(paths).keys
    except ConfigError:
        return {}


def _children(start: Start, settings: Settings, *, lab: bool) -> list[Child]:
    gateway, console = settings.gateway, settings.console
    wanted = [("writer", start.paths.socket.exists)]
    if lab:
        wanted.append(("lab", lambda: probe.healthy(settings.lab.host, settings.lab.port)))
    wanted.append(("gateway", lambda: probe.healthy(gateway.host, gateway.port, "/healthz")))
    wanted.append(("control", lambda: probe.listens(console.host, console.port)))
    stop = {"gateway": gateway.drain_seconds + 5.0}
    return [Child(name, start.argv(name), ready, stop_seconds=stop.get(name, 15.0)) for name, ready in wanted]


def _check_ports(settings: Settings, *, lab: bool) -> None:
    """Raises ConfigError for a port that somebody else listens on already."""
    wanted = [("gateway", settings.gateway.host, settings.gateway.port)]
    wanted.append(("console", settings.console.host, settings.console.port))
    probe.require_free(wanted)
    if lab and probe.listens(settings.lab.host, settings.lab.port):
        raise ConfigError(
            f"port {settings.lab.port} is taken; choose another with `--set lab.port=…`, and name it in the `base_url`"
            " of the upstreams that are the lab",
            place="lab.port",
        )


def _banner(settings: Settings, *, lab: bool) -> str:
    gateway, console = settings.gateway, settings.console
    lines = [
        "asepsis is up",
        f"  gateway        http://{gateway.host}:{gateway.port}/v1    for OpenAI clients",
        f"                 http://{gateway.host}:{gateway.port}       for Anthropic clients",
        f"  control plane  http://{console.host}:{console.port}",
    ]
    if lab:
        lines.append(f"  lab model      http://{settings.lab.host}:{settings.lab.port}/v1    (behind the gateway)")
    return "\n".join([*lines, "  Ctrl-C stops it; running answers are finished first"])


# What commands work on


def kill_store(file: Path | None, overrides: tuple[str, ...]) -> "KillDesk":
    """Opens the kill switches of a configuration; raises ConfigError when its database is not there."""
    from asepsis.infra.desk import open_desk  # noqa: PLC0415 only the control plane needs SQLAlchemy

    settings = config.load(Settings, file=file, overrides=overrides).value
    paths = Paths(Path(settings.state))
    if not paths.database.exists():
        place = str(paths.database)
        raise ConfigError(
            "expected the control database of a server; name its `--config`, or `--set state=`", place=place
        )
    clock = SystemClock()
    return open_desk(paths.database_url, settings.tenant, clock=clock, ids=SystemIds(clock))


def approval_desk(file: Path | None, overrides: tuple[str, ...]) -> "Desk":
    """Opens the approvals of a configuration; raises ConfigError when its database is not there."""
    from asepsis.infra import database  # noqa: PLC0415 only the control plane needs SQLAlchemy
    from asepsis.policy.approving import Desk  # noqa: PLC0415 as above

    settings = config.load(Settings, file=file, overrides=overrides).value
    paths = Paths(Path(settings.state))
    if not paths.database.exists():
        raise ConfigError("expected the control database of a server", place=str(paths.database))
    database.check(paths.database_url)
    return Desk(_approvals(settings, paths), settings.tenant)


def reveal_policy(file: Path | None, overrides: tuple[str, ...]) -> "Callable[[DecisionInput], Decision]":
    """Returns what decides on showing values again; secrets and plugins need not be there for it."""
    from asepsis.policy import StaticPolicy  # noqa: PLC0415 a worker imports it by itself

    settings = config.load(Settings, file=file, overrides=overrides).value
    if settings.policy.bundle:
        from asepsis.policy.engine import CedarPolicy  # noqa: PLC0415 as above
        from asepsis.policy.kept import accepted  # noqa: PLC0415 as above

        one = accepted(Path(settings.policy.bundle), settings.policy, today=today(SystemClock().now()))
        return CedarPolicy(one.bundle).decide
    return StaticPolicy(settings.policy).decide


def report_source(file: Path | None, overrides: tuple[str, ...]) -> "Source":
    """Returns the ledger of a configuration for reports on it; secrets and plugins need not be there to read it."""
    from asepsis.gateway.report.commands import Source  # noqa: PLC0415 only the command line makes reports
    from asepsis.ledger.reader import LogReader, tenants  # noqa: PLC0415 as above

    settings = config.load(Settings, file=file, overrides=overrides).value
    root = Paths(Path(settings.state)).ledger
    return Source(tenants(root), settings.tenant, root, lambda tenant: LogReader(root, tenant), SystemClock())
