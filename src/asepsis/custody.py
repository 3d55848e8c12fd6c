"""Sealed bodies beside a running system: what commands on them work on, and the process that opens them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from asepsis.building import approvals, custody, emergency
from asepsis.core.errors import ConfigError
from asepsis.core.events import Event, read
from asepsis.infra import config, database, logs
from asepsis.infra.clock import SystemClock, today
from asepsis.infra.ids import SystemIds
from asepsis.infra.keys import FileKeys, HmacDigester
from asepsis.infra.state import Paths
from asepsis.infra.supervisor import until_signal
from asepsis.infra.wrapping import unwrapper
from asepsis.ledger.client import SocketLedger
from asepsis.ledger.prove import find
from asepsis.ledger.reader import LogReader
from asepsis.ledger.sealing import opener
from asepsis.ledger.sealing.checking import Checked, check_bodies
from asepsis.ledger.sealing.files import read_body
from asepsis.ledger.sealing.keyring import DAY_MS
from asepsis.ledger.sealing.opening import sealed_in
from asepsis.ledger.sealing.rotation import Openers
from asepsis.policy.custody import Custodian, Group, Tools, verified
from asepsis.policy.custody_commands import CustodyDesk
from asepsis.policy.emergency_commands import EmergencyDesk
from asepsis.settings import Settings

__all__ = ["custody_desk", "emergency_desk", "opening", "run_opener"]


def custody_desk(file: Path | None, overrides: Sequence[str]) -> CustodyDesk:
    """Opens the keys of sealed bodies of a configuration; raises ConfigError when its database is not there."""
    settings, paths = _settings(file, overrides)
    clock, sealing, digester = SystemClock(), settings.ledger.sealing, HmacDigester(FileKeys(paths.master_key))
    keys = custody(paths)

    def custodian() -> Custodian:
        people = {one.principal for one in settings.policy.approvers if sealing.custodians in one.groups}
        group = Group(sealing.custodians, len(people))
        tools = Tools(clock, SystemIds(clock), digester)
        return Custodian(settings.tenant, keys, approvals(settings, paths), tools, group=group)

    def check() -> Checked:
        log = LogReader(paths.ledger, settings.tenant)
        # A day's files are older than their last key by a day at most.
        since = today(clock.now() - (sealing.days - 1) * DAY_MS)
        return check_bodies(log.entries(0), paths.bodies, since=since)

    return CustodyDesk(settings.tenant, custodian, keys, digester, clock, paths.opener, sealing.days, check)


def emergency_desk(file: Path | None, overrides: Sequence[str]) -> EmergencyDesk:
    """Opens what an emergency of the ledger goes by, settings alone; raises ConfigError where they allow none."""
    settings = config.load(Settings, file=file, overrides=overrides).value
    clock, found = SystemClock(), emergency(settings)
    if found is None:
        raise ConfigError("expected a folder on another disk", place="ledger.emergency.folder")
    return EmergencyDesk(found.folder, found.admit, clock, SystemIds(clock))


def run_opener(
    file: Path | None, overrides: Sequence[str], opener_keys: tuple[str, ...], passphrase: bytes, socket: Path | None
) -> None:
    """Runs the process that opens sealed bodies until it is told to stop; raises ConfigError."""
    settings, paths = _settings(file, overrides)
    logs.set_up(level=settings.log)
    made, ledger = opening(settings, paths, *opener_keys, passphrase=passphrase)

    async def main(stop: asyncio.Event) -> None:
        """Serves until told to stop."""
        await opener.serve(made, socket or paths.opener, stop)
        await ledger.close()

    until_signal(main)


def opening(
    settings: Settings, paths: Paths, /, *opener_keys: str, passphrase: bytes = b""
) -> tuple[opener.Opener, SocketLedger]:
    """Returns what opens sealed bodies with its keys, and the ledger that it records in; raises ConfigError."""
    clock, sealing, tenant = SystemClock(), settings.ledger.sealing, settings.tenant
    readers = tuple(one for one in settings.policy.approvers if sealing.readers in one.groups)
    if not readers:
        raise ConfigError(f"expected somebody in the group `{sealing.readers}`", place="policy.approvers")

    def found(which: str) -> Event:
        return read(find(paths.ledger / tenant, which).data)

    ledger = SocketLedger(paths.socket, timeout=settings.ledger.timeout_ms / 1000)
    digester = HmacDigester(FileKeys(paths.master_key))
    unwraps = Openers([unwrapper(key, passphrase=passphrase) for key in opener_keys])
    made = opener.Opener(
        tenant,
        opener.Tools(clock, SystemIds(clock), digester, ledger, unwraps),
        custody(paths),
        verify=lambda data: verified(data, readers=readers, tenant=tenant, now=clock.now()),
        find=found,
        body=lambda event: read_body(paths.bodies, tenant, sealed_in(event)),
        quota=sealing.quota,
    )
    return made, ledger


def _settings(file: Path | None, overrides: Sequence[str]) -> tuple[Settings, Paths]:
    settings = config.load(Settings, file=file, overrides=overrides).value
    paths = Paths(Path(settings.state), settings.database)
    if not paths.has_database:
        raise ConfigError("expected the control database of a server", place=str(paths.database))
    database.check(paths.database_url)
    return settings, paths
