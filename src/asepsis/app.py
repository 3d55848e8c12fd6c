"""The composition root: configuration to adapters to rooms to processes. The one file that knows everybody.

A running system is one supervisor (`asepsis.cli` starts it) and its children, each a process of its own:

- `writer` writes the ledger and is the only one that does;
- `gateway` is granian with its workers, the data plane;
- `control` is the console, the exporters and the watch over configuration and kill switches;
- `lab` is the synthetic model server, where one is wanted.

The control process publishes a read-only snapshot; the workers look for a new one twice a second and swap it whole.
What only one process needs is imported by that process alone, so that a worker stays small and starts fast.
"""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import msgspec

from asepsis import __version__
from asepsis.console.config import ConsoleConfig
from asepsis.core.errors import ConfigError, Error, Unavailable
from asepsis.core.events import (
    ConfigActivated,
    ConfigRejected,
    KillCleared,
    KillSet,
    Payload,
    ProcessStarted,
    ProcessStopped,
    build,
)
from asepsis.deid import Masker
from asepsis.gateway import Gateway, GatewayConfig, Kill, Live, Tools, rsgi
from asepsis.identity import IdentityConfig, KeyIdentifier
from asepsis.infra import config, keys, logs, plugins, snapshot
from asepsis.infra.clock import SystemClock
from asepsis.infra.http import HttpTransport
from asepsis.infra.ids import SystemIds
from asepsis.infra.plugins import Pin
from asepsis.infra.randomness import SystemRandomness
from asepsis.infra.records import KillSwitch
from asepsis.infra.supervisor import Child, Supervisor, leave_with_parent
from asepsis.infra.telemetry_config import TelemetryConfig
from asepsis.lab import LabConfig
from asepsis.ledger.client import SocketLedger
from asepsis.ledger.config import LedgerConfig
from asepsis.ledger.reader import LogReader
from asepsis.policy import PolicyConfig, StaticPolicy
from asepsis.scan import ScanConfig
from asepsis.scan import build as build_scanner

if TYPE_CHECKING:
    from asepsis.gateway.report.commands import Source
    from asepsis.infra.database import KillSwitches

__all__ = [
    "PROCESSES",
    "Paths",
    "Settings",
    "Snapshot",
    "Start",
    "Worker",
    "kill_store",
    "live",
    "load",
    "make_gateway",
    "prepare",
    "read_snapshot",
    "report_source",
    "run_process",
    "supervise",
]

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.5


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole configuration, a table for each room. `state` is the folder of everything that lasts."""

    tenant: str = "local"
    state: str = "state"
    log: str = "info"
    gateway: GatewayConfig = GatewayConfig()
    identity: IdentityConfig = IdentityConfig()
    policy: PolicyConfig = PolicyConfig()
    scan: ScanConfig = ScanConfig()
    ledger: LedgerConfig = LedgerConfig()
    console: ConsoleConfig = ConsoleConfig()
    telemetry: TelemetryConfig = TelemetryConfig()
    plugins: tuple[Pin, ...] = ()
    lab: LabConfig = LabConfig()


class Snapshot(msgspec.Struct, frozen=True):
    """What the workers run on: the settings with their digest, and the kill switches that are thrown."""

    settings: Settings
    digest: str
    kills: tuple[Kill, ...] = ()
    draining: bool = False


class Paths(msgspec.Struct, frozen=True):
    """Where things lie in the state folder."""

    state: Path

    @property
    def ledger(self) -> Path:
        """The ledger's root; below it each tenant has a folder."""
        return self.state / "ledger"

    @property
    def socket(self) -> Path:
        """The writer's Unix socket."""
        return self.state / "ledger.sock"

    @property
    def snapshot(self) -> Path:
        """The workers' snapshot."""
        return self.state / "snapshot.json"

    @property
    def database(self) -> Path:
        """The control database."""
        return self.state / "control.db"

    @property
    def database_url(self) -> str:
        """The control database's URL."""
        return f"sqlite:///{self.database}"

    @property
    def master_key(self) -> Path:
        """The file key provider's key."""
        return self.state / "keys" / "master.key"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.state / "cache"


def load(file: Path | None, overrides: Sequence[str] = ()) -> config.Loaded[Settings]:
    """Reads the configuration and tries it: raises ConfigError for whatever could not run."""
    loaded = config.load(Settings, file=file, overrides=overrides)
    try_out(loaded.value)
    return loaded


def try_out(settings: Settings) -> None:
    """Raises ConfigError for settings that fit their types and yet can't run."""
    KeyIdentifier(settings.identity, tenant=settings.tenant)
    StaticPolicy(settings.policy)
    plugins.discover(settings.plugins)
    _credentials(settings)
    names = {rules.name for rules in settings.policy.applications}
    wanted = {settings.identity.anonymous, *(caller.application for caller in settings.identity.callers)} - {""}
    for name in sorted(wanted - names):
        raise ConfigError(f"expected `{name}` among policy.applications", place="identity")


def live(current: Snapshot, paths: Paths) -> Live:
    """Builds all that a gateway works with; raises ConfigError."""
    settings = current.settings
    digester = keys.HmacDigester(keys.FileKeys(paths.master_key))
    return Live(
        config=settings.gateway,
        identifier=KeyIdentifier(settings.identity, tenant=settings.tenant),
        policy=StaticPolicy(settings.policy),
        scanner=build_scanner(settings.scan, digester=digester, tenant=settings.tenant, cache=paths.cache),
        transformer=Masker(),
        credentials=_credentials(settings),
        kills=frozenset(current.kills),
    )


def _credentials(settings: Settings) -> dict[str, str]:
    upstreams = settings.gateway.upstreams
    return {one.name: config.secret(one.credential) for one in upstreams if one.credential}


class Worker:
    """A gateway worker under granian: builds itself in its own process, and swaps in each new snapshot."""

    def __init__(self, state: Path) -> None:
        self._paths = Paths(state)
        self._watcher = snapshot.Watcher(self._paths.snapshot, msgspec.json.Decoder(Snapshot).decode)
        self._gateway: Gateway | None = None
        self._running: Snapshot | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Granian calls this before the first request."""
        first = self._watcher.poll()
        if not isinstance(first, Snapshot):
            raise ConfigError("expected a snapshot to run on", place=str(self._paths.snapshot))
        self._gateway = make_gateway(first, self._paths)
        # What lives now lives as long as the worker, and calls make no cycles: the collector need not look often.
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        self._running = first
        loop.call_later(_LOOK_SECONDS, self._look, loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Granian calls this after the last."""

    async def __rsgi__(self, scope: rsgi.Scope, protocol: rsgi.HttpProtocol) -> None:
        """Serves one request."""
        if self._gateway is not None:
            await rsgi.serve(self._gateway, scope, protocol)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Swaps in a new snapshot whole; one that can't run leaves the old one in force."""
        loop.call_later(_LOOK_SECONDS, self._look, loop)
        current = self._watcher.poll()
        gateway, running = self._gateway, self._running
        if isinstance(current, snapshot.Fault):
            _LOG.error("the snapshot can't be read, the old one stays: %s", current)
        if not isinstance(current, Snapshot) or gateway is None or running is None:
            return
        try:
            gateway.live = _successor(gateway.live, running, current, self._paths)
        except Error as error:
            _LOG.error("a new snapshot can't run, the old one stays: %s", error.code)
            return
        gateway.draining = current.draining
        self._running = current


def make_gateway(first: Snapshot, paths: Paths) -> Gateway:
    """Returns a gateway for one worker, whichever shell it stands behind."""
    calls = first.settings.gateway.call
    clock = SystemClock()
    tools = Tools(clock, SystemIds(clock), keys.HmacDigester(keys.FileKeys(paths.master_key)), first.settings.tenant)
    return Gateway(
        live(first, paths),
        tools,
        ledger=SocketLedger(paths.socket, timeout=first.settings.ledger.timeout_ms / 1000),
        transport=HttpTransport(connect=calls.connect_seconds, idle=calls.idle_seconds),
    )


def _successor(before: Live, old: Snapshot, new: Snapshot, paths: Paths) -> Live:
    """The next state of things: kill switches alone need nothing rebuilt."""
    if new.settings == old.settings:
        return msgspec.structs.replace(before, kills=frozenset(new.kills))
    return live(new, paths)


def read_snapshot(paths: Paths) -> Snapshot:
    """Returns the snapshot in force; raises ConfigError when there is none."""
    try:
        return msgspec.json.decode(paths.snapshot.read_bytes(), type=Snapshot)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError("expected a snapshot that the supervisor published", place=str(paths.snapshot)) from error


class Start(msgspec.Struct, frozen=True):
    """How the system was started: where its state is, and where its configuration comes from."""

    state: Path
    file: Path | None = None
    overrides: tuple[str, ...] = ()

    @property
    def paths(self) -> Paths:
        """Where things lie."""
        return Paths(self.state)

    def settings(self) -> Settings:
        """Returns the settings in force."""
        return read_snapshot(self.paths).settings

    def argv(self, process: str) -> tuple[str, ...]:
        """Returns the command line of one of the processes."""
        command = [sys.executable, "-m", "asepsis", "process", process, "--state", str(self.state)]
        if self.file is not None:
            command += ["--config", str(self.file)]
        return (*command, *(word for one in self.overrides for word in ("--set", one)))


class Recorder(msgspec.Struct, frozen=True):
    """Writes the Events of the control plane."""

    ledger: SocketLedger
    clock: SystemClock
    ids: SystemIds
    tenant: str

    async def record(self, payload: Payload, /) -> None:
        """Returns once the Event is durable; raises Unavailable."""
        event = build(payload, id=self.ids.new(), time=self.clock.now(), tenant=self.tenant, principal="system")
        await self.ledger.submit([event])


class ConfigWatch:
    """Watches the configuration's file and the kill switches, and publishes a new snapshot when either changes.

    A configuration that can't be used is refused and recorded; the old one stays in force.
    """

    def __init__(self, start: Start, kills: "KillSwitches", recorder: Recorder) -> None:
        self._start = start
        self._kills = kills
        self._recorder = recorder
        self._seen = self._stamp()
        self._rejected = False

    async def holds(self) -> bool:
        """Whether the file as it stands is the configuration in force."""
        return not self._rejected

    async def run(self, stop: asyncio.Event) -> None:
        """Looks twice a second until told to stop."""
        while not stop.is_set():
            try:
                await self._look()
            except (Error, OSError) as error:
                _LOG.error("the watch over the configuration failed: %s", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)

    async def _look(self) -> None:
        current = read_snapshot(self._start.paths)
        after = msgspec.structs.replace(current, kills=await asyncio.to_thread(thrown, self._kills))
        events = _kill_events(current.kills, after.kills)
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            after, event = await asyncio.to_thread(self._reload, after)
            events.append(event)
        if after != current:
            snapshot.publish(self._start.paths.snapshot, msgspec.json.encode(after))
        for event in events:
            await self._recorder.record(event)

    def _reload(self, current: Snapshot) -> tuple[Snapshot, Payload]:
        try:
            loaded = load(self._start.file, self._start.overrides)
            after = msgspec.structs.replace(current, settings=loaded.value, digest=loaded.digest)
            live(after, self._start.paths)
        except ConfigError as error:
            self._rejected = True
            _LOG.error("the new configuration is refused, the old one stays: %s", error)
            return current, ConfigRejected(current.digest, error.code)
        self._rejected = False
        return after, ConfigActivated(loaded.digest)

    def _stamp(self) -> tuple[int, int]:
        if self._start.file is None:
            return (0, 0)
        try:
            status = self._start.file.stat()
        except OSError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_size)


def _kill_events(before: tuple[Kill, ...], after: tuple[Kill, ...]) -> list[Payload]:
    old, new = set(before), set(after)
    events: list[Payload] = [KillSet(one.target, one.name, "") for one in sorted(new - old, key=str)]
    return events + [KillCleared(one.target, one.name) for one in sorted(old - new, key=str)]


# The processes


def run_gateway(start: Start) -> None:
    """Runs granian with the configured workers until it is told to stop; running streams are finished."""
    from granian.constants import Interfaces, Loops, RuntimeModes  # noqa: PLC0415 only this process needs granian
    from granian.http import HTTP1Settings  # noqa: PLC0415 as above
    from granian.log import LogLevels  # noqa: PLC0415 as above
    from granian.server import Server  # noqa: PLC0415 as above

    settings = read_snapshot(start.paths).settings.gateway
    worker = Worker(start.paths.state)
    Server(
        "asepsis",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        workers=settings.workers,
        loop=Loops.uvloop,
        runtime_mode=RuntimeModes.st,
        http1_settings=HTTP1Settings(
            header_read_timeout=int(settings.call.receive_seconds * 1000), max_buffer_size=settings.call.header_bytes
        ),
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=settings.drain_seconds,
    ).serve(target_loader=lambda: cast("Callable[..., object]", worker), wrap_loader=False)


def run_writer(start: Start) -> None:
    """Runs the ledger's writer until it is told to stop."""
    from asepsis.ledger import writer  # noqa: PLC0415 only this process writes

    paths, clock, settings = start.paths, SystemClock(), start.settings().ledger

    async def main(stop: asyncio.Event) -> None:
        """Serves until told to stop."""
        await writer.run(paths.ledger, paths.socket, clock=clock, ids=SystemIds(clock), stop=stop, config=settings)

    asyncio.run(_until_signal(main))


def run_lab(start: Start) -> None:
    """Runs the lab's model server."""
    settings = read_snapshot(start.paths).settings.lab
    if settings.model == "local":
        from asepsis.lab import local  # noqa: PLC0415 an extra

        local.serve(settings, start.paths.cache / "weights")
        return
    import uvicorn  # noqa: PLC0415 only this process serves it

    from asepsis.lab import server  # noqa: PLC0415 as above

    uvicorn.run(server.create(settings), host=settings.host, port=settings.port, log_level="warning")


def run_control(start: Start) -> None:
    """Runs the control plane: the console, the exporters, and the watch over configuration and kill switches."""
    asyncio.run(_until_signal(lambda stop: _control(start, stop)))


async def _control(start: Start, stop: asyncio.Event) -> None:
    from asepsis.console import server  # noqa: PLC0415 only this process needs the console
    from asepsis.console import service as console  # noqa: PLC0415 as above
    from asepsis.infra import database  # noqa: PLC0415 only this process needs SQLAlchemy
    from asepsis.infra.telemetry import Telemetry  # noqa: PLC0415 only this process needs OpenTelemetry

    paths = start.paths
    settings = read_snapshot(paths).settings
    clock = SystemClock()
    engine = database.connect(paths.database_url)
    ledger = SocketLedger(paths.socket)
    cursors = database.Cursors(engine)
    recorder = Recorder(ledger, clock, SystemIds(clock), settings.tenant)
    watch = ConfigWatch(start, database.KillSwitches(engine, clock=clock), recorder)
    telemetry = Telemetry(
        settings.telemetry, lambda: LogReader(paths.ledger, settings.tenant), settings.tenant, cursors=cursors
    )
    checks = {
        "writer": lambda: _writer_answers(ledger),
        "gateway": lambda: _gateway_answers(settings.gateway),
        "database": lambda: asyncio.to_thread(_schema_holds, paths.database_url),
        "config": watch.holds,
    }
    application = console.create(
        settings.console,
        paths.ledger,
        settings.tenant,
        checks=checks,
        metrics=telemetry.prometheus,
        stop=stop,
        gateway=f"http://{settings.gateway.host}:{settings.gateway.port}",
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(watch.run(stop))
        group.create_task(telemetry.run(stop))
        group.create_task(server.serve(application, settings.console, stop))
        await recorder.record(ProcessStarted("control", __version__, read_snapshot(paths).digest))
        await stop.wait()
        with contextlib.suppress(Unavailable):
            await recorder.record(ProcessStopped("control"))
    await ledger.close()


async def _writer_answers(ledger: SocketLedger) -> bool:
    try:
        await ledger.submit([])
    except Unavailable:
        return False
    return ledger.connected


async def _gateway_answers(settings: GatewayConfig) -> bool:
    """Whether the gateway's own readiness says yes; a plain HTTP/1.0 exchange needs no client."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(settings.host, settings.port)
            writer.write(b"GET /readyz HTTP/1.0\r\nhost: localhost\r\n\r\n")
            head = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in head


def _schema_holds(url: str) -> bool:
    from asepsis.infra import database  # noqa: PLC0415 only this process needs SQLAlchemy

    try:
        database.check(url)
    except ConfigError:
        return False
    return True


async def _until_signal(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Runs `main` with an event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await main(stop)


PROCESSES: Final[dict[str, Callable[[Start], None]]] = {
    "control": run_control,
    "gateway": run_gateway,
    "lab": run_lab,
    "writer": run_writer,
}


def run_process(name: str, start: Start) -> None:
    """Runs one process of the system; ends with its supervisor."""
    logs.set_up(level=start.settings().log)
    leave_with_parent()
    PROCESSES[name](start)


def supervise(start: Start, *, lab: bool, say: Callable[[str], None]) -> None:
    """Sets the state up, runs all processes, and returns once they have ended; raises ConfigError or Unavailable."""
    settings = load(start.file, start.overrides).value
    logs.set_up(level=settings.log)
    _check_ports(settings, lab=lab)
    prepare(start)
    supervisor = Supervisor(_children(start, settings, lab=lab))
    supervisor.catch_signals()
    try:
        supervisor.start()
        say(_banner(settings, lab=lab))
        supervisor.watch()
    finally:
        with contextlib.suppress(Error):
            snapshot.publish(
                start.paths.snapshot,
                msgspec.json.encode(msgspec.structs.replace(read_snapshot(start.paths), draining=True)),
            )
        supervisor.shut_down()


def prepare(start: Start) -> None:
    """Makes the state folder ready: key, database, snapshot. A database of another schema is refused."""
    from asepsis.infra import database  # noqa: PLC0415 only this process and the control plane need SQLAlchemy

    paths = start.paths
    paths.state.mkdir(parents=True, exist_ok=True)
    paths.cache.mkdir(exist_ok=True)
    keys.create_master_key(paths.master_key, SystemRandomness())
    paths.socket.unlink(missing_ok=True)
    if not paths.database.exists():
        database.upgrade(paths.database_url)
    database.check(paths.database_url)
    kills = database.KillSwitches(database.connect(paths.database_url), clock=SystemClock())
    loaded = load(start.file, start.overrides)
    live(Snapshot(loaded.value, loaded.digest), paths)
    snapshot.publish(paths.snapshot, msgspec.json.encode(Snapshot(loaded.value, loaded.digest, thrown(kills))))


def thrown(kills: "KillSwitches") -> tuple[Kill, ...]:
    """Returns all kill switches that are thrown."""
    return tuple(Kill(tenant, row.target, row.name) for tenant in kills.tenants() for row in kills.list(tenant))


class KillDesk(msgspec.Struct, frozen=True):
    """The kill switches as the command line works on them, for one tenant."""

    switches: "KillSwitches"
    tenant: str

    def throw(self, target: str, name: str, *, reason: str) -> None:
        """Throws a switch."""
        self.switches.set(KillSwitch(self.tenant, target, name, reason, "command line"))

    def clear(self, target: str, name: str) -> bool:
        """Clears a switch; False when it was not thrown."""
        return self.switches.clear(target, name, tenant=self.tenant)

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Returns target, name, reason and who threw it, of each."""
        return [(row.target, row.name, row.reason, row.set_by) for row in self.switches.list(self.tenant)]


def kill_store(file: Path | None, overrides: tuple[str, ...]) -> KillDesk:
    """Opens the kill switches of a configuration; raises ConfigError when its database is not there."""
    from asepsis.infra import database  # noqa: PLC0415 only the control plane needs SQLAlchemy

    settings = load(file, overrides).value
    paths = Paths(Path(settings.state))
    database.check(paths.database_url)
    return KillDesk(database.KillSwitches(database.connect(paths.database_url), clock=SystemClock()), settings.tenant)


def report_source(file: Path | None, overrides: tuple[str, ...]) -> "Source":
    """Returns the ledger of a configuration for reports on it; secrets and plugins need not be there to read it."""
    from asepsis.gateway.report.commands import Source  # noqa: PLC0415 only the command line makes reports
    from asepsis.ledger.reader import tenants  # noqa: PLC0415 as above

    settings = config.load(Settings, file=file, overrides=overrides).value
    root = Paths(Path(settings.state)).ledger
    return Source(tenants(root), settings.tenant, root, lambda tenant: LogReader(root, tenant), SystemClock())


def _children(start: Start, settings: Settings, *, lab: bool) -> list[Child]:
    paths = start.paths
    wanted = [("writer", paths.socket.exists)]
    if lab:
        wanted.append(("lab", lambda: _healthy(settings.lab.host, settings.lab.port)))
    wanted.append(("gateway", lambda: _listens(settings.gateway.host, settings.gateway.port)))
    wanted.append(("control", lambda: _listens(settings.console.host, settings.console.port)))
    stop = {"gateway": settings.gateway.drain_seconds + 5.0}
    return [Child(name, start.argv(name), ready, stop_seconds=stop.get(name, 15.0)) for name, ready in wanted]


def _check_ports(settings: Settings, *, lab: bool) -> None:
    """Raises ConfigError for a port that somebody else listens on already."""
    wanted = [("gateway", settings.gateway.host, settings.gateway.port)]
    wanted.append(("console", settings.console.host, settings.console.port))
    if lab:
        wanted.append(("lab", settings.lab.host, settings.lab.port))
    for room, host, port in wanted:
        if _listens(host, port):
            raise ConfigError(f"port {port} is taken; choose another with `--set {room}.port=…`", place=f"{room}.port")


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((host, port)) == 0


def _healthy(host: str, port: int) -> bool:
    """Whether a server says of itself that it is well; a model that is being loaded does not yet."""
    try:
        with socket.create_connection((host, port), 0.2) as probe:
            probe.sendall(b"GET /health HTTP/1.0\r\nhost: localhost\r\n\r\n")
            return b" 200 " in probe.recv(64)
    except OSError:
        return False


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
