"""The composition root: the processes of a running system, and what commands work on.

A running system is one supervisor (`asepsis.cli` starts it) and its children, each a fork of it:

- `writer` writes the ledger and is the only one that does;
- `gateway` forks the workers, which are the data plane (`asepsis.building`);
- `control` is the console, the exporters and the watch over configuration and kill switches (`asepsis.control`);
- `tools` stands between agents and their tools, where the settings name any (`asepsis.agents`), in one or more workers;
- `lab` is the synthetic model server, where one is wanted.

The control process publishes a read-only snapshot; the workers look for a new one twice a second and swap it whole.
What only one process needs is imported by that process alone, so that a worker stays small and all start fast.
"""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from asepsis.building import accept, approvals, emergency, grant_rows, keep_manifests, live, webhook_key, worker
from asepsis.core.errors import ConfigError, Error, Unavailable
from asepsis.infra import config, logs, probe, secrets, state
from asepsis.infra.clock import SystemClock, today
from asepsis.infra.ids import SystemIds
from asepsis.infra.keys import FileKeys, HmacDigester
from asepsis.infra.randomness import SystemRandomness
from asepsis.infra.state import Paths
from asepsis.infra.supervisor import Child, Supervisor, leave_with_parent
from asepsis.settings import Settings, Snapshot, Start, load, publish, read_snapshot

if TYPE_CHECKING:
    import asyncio

    from asepsis.core.types import Decision, DecisionInput
    from asepsis.gateway.report.commands import Source
    from asepsis.identity.commands import Desk as GrantDesk
    from asepsis.infra.desk import KillDesk
    from asepsis.policy.approving import Desk
    from asepsis.policy.budgeting import Desk as BudgetDesk
    from asepsis.policy.config import PolicyConfig

__all__ = [
    "PROCESSES",
    "Paths",
    "Settings",
    "Snapshot",
    "Start",
    "approval_desk",
    "budget_desk",
    "call_key",
    "grant_desk",
    "kill_store",
    "load",
    "policy_settings",
    "prepare",
    "read_snapshot",
    "report_source",
    "reveal_policy",
    "run_process",
    "run_standby",
    "supervise",
]


def run_gateway(start: Start) -> None:
    """Runs the gateway's server with the configured workers until it is told to stop."""
    from asepsis.gateway import server  # noqa: PLC0415 only this process serves calls

    server.serve(read_snapshot(start.paths).settings.gateway, worker(start))


def run_writer(start: Start) -> None:
    """Runs the ledger's writer until it is told to stop."""
    from asepsis.infra.supervisor import until_signal  # noqa: PLC0415 asyncio is for processes that have a loop
    from asepsis.ledger import writer  # noqa: PLC0415 only this process writes

    whole = read_snapshot(start.paths).settings
    paths, clock, settings, open_now = start.paths, SystemClock(), whole.ledger, emergency(whole)

    async def main(stop: "asyncio.Event") -> None:
        """Serves until told to stop."""
        await writer.run(
            paths.ledger,
            paths.socket,
            clock=clock,
            ids=SystemIds(clock),
            stop=stop,
            keys=FileKeys(paths.master_key),
            config=settings,
            emergency=open_now,
        )

    until_signal(main)


def run_standby(file: Path | None, overrides: Sequence[str], patience: float) -> None:
    """Waits until the ledger's writer is silent, then writes until told to stop; raises what the writer raises."""
    from asepsis.infra.supervisor import until_signal  # noqa: PLC0415 asyncio is for processes that have a loop
    from asepsis.ledger import standby, writer  # noqa: PLC0415 only this process waits

    settings = load(file, overrides).value
    logs.set_up(level=settings.log)
    paths, clock = Paths(Path(settings.state), settings.database), SystemClock()
    keys = FileKeys(paths.master_key)

    async def main(stop: "asyncio.Event") -> None:
        """Waits for its turn, then serves until told to stop."""
        taken = await standby.Standby(paths.ledger, clock=clock, patience=patience).turn(stop)
        if taken is not None:
            await writer.run(
                paths.ledger,
                paths.socket,
                clock=clock,
                ids=SystemIds(clock),
                stop=stop,
                keys=keys,
                config=settings.ledger,
                taken=taken,
                emergency=emergency(settings),
            )

    until_signal(main)


def run_lab(start: Start) -> None:
    """Runs the lab's model server."""
    from asepsis.lab import server  # noqa: PLC0415 only this process serves it

    server.serve(read_snapshot(start.paths).settings.lab, start.paths.cache / "weights")


def run_control(start: Start) -> None:
    """Runs the control plane: the console, the exporters, and the watch over configuration and kill switches."""
    from asepsis.control import control  # noqa: PLC0415 only this process needs all that it imports
    from asepsis.infra.supervisor import until_signal  # noqa: PLC0415 asyncio is for processes that have a loop

    until_signal(lambda stop: control(start, stop))


def run_tools(start: Start) -> None:
    """Runs the firewall between agents and their tools."""
    from asepsis.agents import run  # noqa: PLC0415 only this process needs all that it imports
    from asepsis.infra.supervisor import until_signal  # noqa: PLC0415 asyncio is for processes that have a loop

    until_signal(lambda stop: run(start, stop))


PROCESSES: Final[dict[str, Callable[[Start], None]]] = {
    "control": run_control,
    "gateway": run_gateway,
    "lab": run_lab,
    "tools": run_tools,
    "writer": run_writer,
}


def run_process(name: str, start: Start) -> None:
    """Runs one process of the system, such as `tools`, or `tools.2`; ends with its supervisor."""
    logs.set_up(level=read_snapshot(start.paths).settings.log)
    leave_with_parent()
    PROCESSES[name.partition(".")[0]](start)


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
    policies = accept(loaded.value, start.paths)
    bundle = policies.bundle if policies is not None else ""
    first = Snapshot(
        loaded.value,
        loaded.digest,
        kills,
        bundle=bundle,
        keys=_known_keys(start.paths),
        secrets=secrets.sign(loaded.value),
        manifests=keep_manifests(loaded.beside, start.paths),
    )
    publish(start.paths, first)


def _known_keys(paths: Paths) -> dict[str, str]:
    """Returns the issuers' keys as they were known last, so that a provider that is away locks nobody out."""
    try:
        return read_snapshot(paths).keys
    except ConfigError:
        return {}


def _children(start: Start, settings: Settings, *, lab: bool) -> list[Child]:
    gateway, console = settings.gateway, settings.console
    tls = bool(gateway.tls.certificate)
    wanted = [("writer", start.paths.socket.exists)]
    if lab:
        wanted.append(("lab", lambda: probe.healthy(settings.lab.host, settings.lab.port)))
    wanted.append(("gateway", lambda: probe.healthy(gateway.host, gateway.port, "/healthz", tls=tls)))
    wanted.append(("control", lambda: probe.listens(console.host, console.port)))
    tools = settings.tools
    if tools.servers:
        names = ("tools", *(f"tools.{number}" for number in range(2, tools.workers + 1)))
        wanted += [(name, lambda: probe.listens(tools.host, tools.port)) for name in names]
    stop = {"gateway": gateway.drain_seconds + 5.0}
    # What calls of models need comes first: on few processors nobody waits for the console to be imported.
    late = {name for name, _ in wanted if name not in ("writer", "lab", "gateway")}
    return [
        Child(name, partial(run_process, name, start), ready, stop_seconds=stop.get(name, 15.0), late=name in late)
        for name, ready in wanted
    ]


def _check_ports(settings: Settings, *, lab: bool) -> None:
    """Raises ConfigError for a port that somebody else listens on already."""
    wanted = [("gateway", settings.gateway.host, settings.gateway.port)]
    wanted.append(("console", settings.console.host, settings.console.port))
    if settings.tools.servers:
        wanted.append(("tools", settings.tools.host, settings.tools.port))
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
        f"  gateway        {gateway.address}/v1    for OpenAI clients",
        f"                 {gateway.address}       for Anthropic clients",
        f"  control plane  {console.address}",
    ]
    if settings.tools.servers:
        lines.append(f"  tools          {settings.tools.at}/mcp    for agents (MCP)")
    if lab:
        lines.append(f"  lab model      http://{settings.lab.host}:{settings.lab.port}/v1    (behind the gateway)")
        if any(
            one.issuer.startswith(f"http://{settings.lab.host}:{settings.lab.port}/")
            for one in settings.identity.issuers
        ):
            lines += [
                '  sample users   rep, nurse, examiner, reviewer, relief, engineer    (python examples/ask.py rep "…")',
                "                 in the control plane: auditor looks, privacy and director approve",
            ]
    for number, one in enumerate(settings.identity.callers):
        if not one.key_sha256.strip("0"):
            lines.append(f"  nobody has the key of identity.callers[{number}]: put a key's SHA-256 in its place")
    return "\n".join([*lines, "  Ctrl-C stops it; running answers are finished first"])


# What commands work on


def kill_store(file: Path | None, overrides: tuple[str, ...]) -> "KillDesk":
    """Opens the kill switches of a configuration; raises ConfigError when its database is not there."""
    from asepsis.infra.desk import open_desk  # noqa: PLC0415 only the control plane needs SQLAlchemy

    settings = config.load(Settings, file=file, overrides=overrides).value
    paths = Paths(Path(settings.state), settings.database)
    if not paths.has_database:
        place = str(paths.database)
        raise ConfigError(
            "expected the control database of a server; name its `--config`, or `--set state=`", place=place
        )
    clock = SystemClock()
    names = {
        "model": tuple(glob for one in settings.gateway.upstreams for glob in one.models),
        "application": tuple(one.name for one in settings.policy.applications),
    }
    if settings.tools.servers:
        from asepsis.tools.catalogue import public_name, read_confirmed  # noqa: PLC0415 only who has tools needs it

        servers = read_confirmed(settings.tools)
        names["tool"] = tuple(public_name(one.server, tool.name) for one in servers for tool in one.tools)
    return open_desk(paths.database_url, settings.tenant, clock=clock, ids=SystemIds(clock), names=names)


def approval_desk(file: Path | None, overrides: tuple[str, ...]) -> "Desk":
    """Opens the approvals of a configuration; raises ConfigError when its database is not there."""
    from asepsis.infra.telemetry.webhook import public_key  # noqa: PLC0415 only who answers needs it
    from asepsis.policy.approving import Desk  # noqa: PLC0415 as above

    settings, paths = _opened(file, overrides)
    key = public_key(webhook_key(FileKeys(paths.master_key), settings.tenant))
    return Desk(approvals(settings, paths), settings.tenant, key)


def budget_desk(file: Path | None, overrides: tuple[str, ...]) -> "BudgetDesk":
    """Opens the budgets of a configuration; raises ConfigError when its database is not there."""
    from asepsis.infra import database  # noqa: PLC0415 only the control plane needs SQLAlchemy
    from asepsis.infra.budgets import BudgetRows  # noqa: PLC0415 as above
    from asepsis.policy.budgeting import Desk  # noqa: PLC0415 only who looks at budgets needs it

    settings, paths = _opened(file, overrides)
    rows = BudgetRows(database.connect(paths.database_url))
    return Desk(rows, settings.policy.budgets, settings.tenant, SystemClock().now())


def _opened(file: Path | None, overrides: tuple[str, ...]) -> tuple[Settings, Paths]:
    """Returns a configuration whose database is there and of this version; raises ConfigError."""
    from asepsis.infra import database  # noqa: PLC0415 only the control plane needs SQLAlchemy

    settings = config.load(Settings, file=file, overrides=overrides).value
    paths = Paths(Path(settings.state), settings.database)
    if not paths.has_database:
        raise ConfigError("expected the control database of a server", place=str(paths.database))
    database.check(paths.database_url)
    return settings, paths


def grant_desk(file: Path | None, overrides: tuple[str, ...]) -> "GrantDesk":
    """Opens the session grants of a configuration; raises ConfigError when its database is not there."""
    from asepsis.identity.commands import Desk  # noqa: PLC0415 only who looks after grants needs it

    settings, paths = _opened(file, overrides)
    provider = FileKeys(paths.master_key)
    return Desk(grant_rows(paths), provider, HmacDigester(provider), SystemClock(), settings.tenant)


def call_key(file: Path | None, overrides: tuple[str, ...]) -> bytes:
    """Returns the public key of call tokens as PEM, for owners of tools; raises ConfigError without a state folder."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 only this command writes keys

    from asepsis import agents  # noqa: PLC0415 as above

    settings = config.load(Settings, file=file, overrides=overrides).value
    key = agents.call_key(settings, Paths(Path(settings.state))).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def policy_settings(file: Path | None, overrides: tuple[str, ...]) -> "PolicyConfig":
    """Returns the settings of policies; the bundle that they name need not be there."""
    return config.load(Settings, file=file, overrides=overrides).value.policy


def policy_copies(file: Path | None, overrides: tuple[str, ...]) -> Path:
    """Returns the folder with copies of the bundles that were in force."""
    return Paths(Path(config.load(Settings, file=file, overrides=overrides).value.state)).policies


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
    root = Paths(Path(settings.state), settings.database).ledger
    return Source(tenants(root), settings.tenant, root, lambda tenant: LogReader(root, tenant), SystemClock())
