"""The process `tools`: what agents reach their tools by, put together. With `app` the composition root.

It runs where the settings name servers. Callers, policies, approvals, kill switches and manifests are those of the
snapshot in force, looked at twice a second; servers are those that the process was started with.
"""

import asyncio
import contextlib
import gc
import logging
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.building import (
    approvable,
    approvals,
    budgets,
    directives,
    elevations,
    guards,
    identifier,
    open_sealer,
    policy,
    resolver,
    spends,
)
from asepsis.core.errors import Error
from asepsis.core.events import Mode
from asepsis.core.ports import Transport
from asepsis.gateway.results import Results
from asepsis.identity.config import ListenTls
from asepsis.infra import config
from asepsis.infra.clock import SystemClock
from asepsis.infra.histories import histories
from asepsis.infra.http import HttpTransport
from asepsis.infra.ids import SystemIds
from asepsis.infra.keys import FileKeys, HmacDigester
from asepsis.infra.notices import Notices
from asepsis.infra.peek import Switch
from asepsis.infra.randomness import SystemRandomness
from asepsis.infra.serving import Server, listen
from asepsis.infra.siblings import Siblings
from asepsis.infra.state import Paths
from asepsis.infra.watch import repeat
from asepsis.ledger.client import SocketLedger
from asepsis.listening import Renewed
from asepsis.servers import CONNECT_SECONDS, server
from asepsis.settings import Settings, Snapshot, Start, read_snapshot
from asepsis.tools.catalogue import Catalogue
from asepsis.tools.config import ToolsConfig
from asepsis.tools.firewall import Around, Firewall, subjects
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.history import Histories, Ports, Spans
from asepsis.tools.keeping import Keeping
from asepsis.tools.live import Live
from asepsis.tools.manifests import Confirmed, kept
from asepsis.tools.members import Members
from asepsis.tools.server import Application, Trusted
from asepsis.tools.sessions import Around as SessionsAround
from asepsis.tools.sessions import Sessions
from asepsis.tools.standing import Told

__all__ = ["call_key", "run"]

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.5
_GRACE_SECONDS: Final = 5
_FIRST_SECONDS: Final = 5.0
"""How long the first answers of servers are waited for before agents are served."""
_KEY: Final = "tools.calls"


def call_key(settings: Settings, paths: Paths) -> Ed25519PrivateKey:
    """Returns the key that call tokens are signed with."""
    return Ed25519PrivateKey.from_private_bytes(FileKeys(paths.master_key).key(_KEY, tenant=settings.tenant))


async def run(start: Start, stop: asyncio.Event) -> None:
    """Serves agents until `stop` is set; raises ConfigError for settings that it cannot run by."""
    paths = start.paths
    first = read_snapshot(paths)
    settings = first.settings.tools
    renewed = Renewed(_tls, first)
    listener = listen("tools", settings.host, settings.port, tls=renewed.tls is not None, workers=settings.workers)
    address = _address(settings, listener)
    transport = HttpTransport(connect=CONNECT_SECONDS, idle=max(one.seconds for one in settings.servers))
    ledger, current = SocketLedger(paths.socket), _Current(first, paths, address=address)
    firewall = _firewall(first, paths, transport, ledger, current)
    siblings = Siblings(paths.workers) if settings.workers > 1 else None
    application = _application(first, firewall, current, address)
    if siblings is not None:
        siblings.open(application.heard)
        application.tell = siblings.tell
    server = Server(application, grace=_GRACE_SECONDS, tls=renewed.tls)
    current.renew, current.confirm = lambda found: renewed.look(found, server), firewall.confirm
    asked, notice = asyncio.Event(), _Notice(paths.servers, firewall)

    async def refresh() -> None:
        """Asks the servers for their tools."""
        await firewall.refresh()
        asked.set()

    async def serve() -> None:
        """Serves once the servers were asked, so that an agent that comes at once finds its tools."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), _FIRST_SECONDS)
        await server.serve(listener, stop)

    # What is here now stays, and calls make no cycles: the collector need not look often.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    async with asyncio.TaskGroup() as group:
        group.create_task(repeat([current.look, notice.look], stop, seconds=_LOOK_SECONDS))
        group.create_task(repeat([refresh], stop, seconds=settings.refresh_seconds))
        group.create_task(serve())
    notice.take_down()
    if siblings is not None:
        siblings.close()
    await firewall.close()
    current.close()
    await ledger.close()
    await transport.close()


def _firewall(
    first: Snapshot, paths: Paths, transport: Transport, ledger: SocketLedger, current: "_Current"
) -> Firewall:
    """Returns the firewall in front of the servers that the settings name; raises ConfigError."""
    settings, tenant, clock = first.settings.tools, first.settings.tenant, SystemClock()
    # What was read by a grant is known for as long as the grant may last.
    minutes = max(settings.session_minutes, first.settings.identity.grants.minutes)
    digester, known = HmacDigester(FileKeys(paths.master_key)), Catalogue(kept(paths.manifests, first.manifests))
    around = Around(
        clock,
        SystemIds(clock),
        digester,
        ledger,
        call_key(first.settings, paths),
        tenant,
        lambda: current.live,
        _keeping(first, paths),
        tuple(config.secret(one.credential) for one in settings.servers if one.credential),
    )
    subject = subjects(digester, tenant, current.key)
    sessions = Sessions(
        lambda: Monitor(known.manifests, subject=subject),
        SessionsAround(clock, digester, _histories(settings, paths, minutes=minutes)),
        most=settings.sessions,
        minutes=minutes,
    )
    servers = {one.name: server(one, transport) for one in settings.servers}
    mode = Mode(settings.mode)
    return Firewall(known, servers, around, sessions=sessions, mode=mode, running=settings.running)


def _application(first: Snapshot, firewall: Firewall, current: "_Current", address: str) -> Application:
    settings = first.settings.tools
    return Application(
        firewall,
        lambda: current.live.identifier,
        address=address,
        issuer=first.settings.identity.grants.issuer,
        trusted=Trusted(settings.speaking, settings.asking, settings.planning, settings.tls.required),
        names=SystemIds(SystemClock()).new,
    )


def _histories(settings: ToolsConfig, paths: Paths, *, minutes: int) -> Histories:
    """Returns the logs of sessions in the control database."""
    clock = SystemClock()
    ports = Ports(clock, SystemIds(clock), FileKeys(paths.master_key), SystemRandomness())
    spans = Spans(minutes, settings.session_memory_days)
    return Histories(histories(paths), ports, spans, most=settings.sessions)


def _keeping(first: Snapshot, paths: Paths) -> Keeping | None:
    """Returns what keeps calls sealed, None where nothing is kept."""
    sealer = open_sealer(first.settings, paths)
    if sealer is None:
        return None
    return Keeping(sealer, guards(first, paths).scanner, first.settings.ledger.sealing.keep == "all")


def _address(settings: ToolsConfig, listener: socket.socket) -> str:
    """The address that clients know: the configured one, or that of the socket."""
    if settings.address:
        return settings.address.rstrip("/")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls.certificate else 'http'}://{host}:{listener.getsockname()[1]}"


def _tls(settings: Settings) -> ListenTls:
    return settings.tools.tls


class _Notice:
    """Lets the console know how the servers stand, wherever that changed."""

    def __init__(self, folder: Path, firewall: Firewall) -> None:
        self._notices = Notices(folder)
        self._firewall = firewall
        self._told = Told(0, ())

    async def look(self) -> None:
        """Looks once."""
        told = self._firewall.told
        if told != self._told:
            await asyncio.to_thread(self._notices.put, msgspec.json.encode(told))
            self._told = told

    def take_down(self) -> None:
        """Takes the notice away."""
        self._notices.take_down()


class _Current:
    """What the snapshot in force comes to; one that can't run leaves the one before in force."""

    def __init__(self, first: Snapshot, paths: Paths, *, address: str) -> None:
        self._paths = paths
        self._address = address
        self._snapshot = first
        self.live = self._made(first, None)
        self.renew: Callable[[Snapshot], None] = lambda found: None  # noqa: ARG005 until there is a server
        self.confirm: Callable[[Sequence[Confirmed]], None] = lambda found: None  # noqa: ARG005 as above

    async def look(self) -> None:
        """Looks once."""
        try:
            found = read_snapshot(self._paths)
            if found != self._snapshot:
                made = self._made(found, self.live)
                self.renew(found)
                if found.manifests != self._snapshot.manifests:
                    self.confirm(kept(self._paths.manifests, found.manifests))
                before, self.live = self.live, made
                self._snapshot = found
                if before.budgets is not None and before.budgets is not self.live.budgets:
                    before.budgets.close()
        except Error as error:
            _LOG.error("a new snapshot can't run, the old one stays: %s", error.code)

    def key(self, text: str) -> str:
        """Returns the key of the member whom an argument names, by the roster in force."""
        return self.live.members.key(text)

    def close(self) -> None:
        """Gives back what is held of budgets."""
        if self.live.budgets is not None:
            self.live.budgets.close()

    def _made(self, current: Snapshot, before: Live | None) -> Live:
        """Builds the state of things; what is costly to build, or holds leases, stays where its settings are the same.

        Proofs of possession name the address that they are for, which here is the firewall's.
        """
        settings, old, paths = current.settings, self._snapshot.settings, self._paths
        grants = msgspec.structs.replace(settings.identity.grants, gateway=self._address)
        own = msgspec.structs.replace(settings, identity=msgspec.structs.replace(settings.identity, grants=grants))
        kept = before if settings == old else None
        answers = kept.answers if kept is not None else self._answers(current)
        counts = kept.budgets if kept is not None else budgets(settings, paths) if spends(settings) else None
        members = before.members if before is not None and settings.scan == old.scan else self._members(current)
        return Live(
            identifier(msgspec.structs.replace(current, settings=own), paths, of=_tls),
            policy(current, paths),
            approvals(settings, paths) if approvable(settings) else None,
            _killed(current.kills),
            members,
            counts,
            directives(settings, paths) if settings.policy.directives else None,
            elevations(current),
            answers,
        )

    def _answers(self, current: Snapshot) -> Results:
        made = guards(current, self._paths)
        return Results(made.scanner, made.transformer, current.settings.gateway.document)

    def _members(self, current: Snapshot) -> Members:
        digester, roster = HmacDigester(FileKeys(self._paths.master_key)), resolver(current.settings.scan)
        if roster is None:
            return Members(digester)
        return Members(digester, roster, guards(current, self._paths).scanner)


def _killed(kills: Sequence[Switch]) -> Callable[[str, list[tuple[str, str]]], str]:
    """Returns what says which of several things is switched off."""
    thrown = {(tenant, target, name.casefold()) for tenant, target, name in kills}

    def killed(tenant: str, names: list[tuple[str, str]]) -> str:
        """Returns the first target that is switched off, an empty text if none is."""
        for target, name in names:
            short = name.rpartition("__")[2]
            if any((tenant, target, one) in thrown for one in (name.casefold(), short.casefold(), "*")):
                return target
        return ""

    return killed
