"""Backup and restore: data and keys apart, so that whoever has one of them can read nothing of what was sealed.

1. *Data* are the log, the sealed bodies and the policies that were in force; *keys* are the control database, which has
   the wrapped keys of owners, what approvals were used up, and the master key. Both can be taken while the system runs.
2. A restore puts one of each into an empty state folder, once both are whole and the log verifies.
3. What was erased, expired, held and released after the keys were taken is done again, as the log tells it: a backup
   brings nothing back that was erased. Kill switches are thrown and cleared again, too.
4. What was given for a time ends: the backup may be from before it was used up or taken back.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import click

from asepsis.core.errors import ConfigError, InputError, Unavailable
from asepsis.core.events import KillCleared, KillSet, LedgerRestored, read, read_payload
from asepsis.infra import copies, database
from asepsis.infra.authority import Authority
from asepsis.infra.clock import SystemClock
from asepsis.infra.custody import CustodyRows
from asepsis.infra.ids import SystemIds
from asepsis.infra.keys import FileKeys, HmacDigester
from asepsis.infra.outbox import Outbox
from asepsis.infra.state import Paths
from asepsis.ledger.copies import copy_log
from asepsis.ledger.reader import LogReader, tenants
from asepsis.ledger.sealing.files import segments_of
from asepsis.ledger.verify import verify
from asepsis.policy.groups import Group

__all__ = ["Restored", "backup_commands", "backup_data", "backup_keys", "restore"]

_FOLDER: Final = click.Path(path_type=Path, file_okay=False)
_HEAD: Final = 256
"""Within these bytes an Event's kind stands."""

_TOLD: Final = re.compile(
    rb'"kind":"(?:ledger\.(?:bodies\.erased|bodies\.expired|hold\.set|hold\.released)|kill\.(?:set|cleared))"'
)


class Restored(NamedTuple):
    """What a restore brought back: entries of the log, and how many keys were destroyed again.

    `switches` is how many kill switches on principals are still to be thrown: their names are not in the log.
    """

    entries: int
    keys: int
    switches: int = 0


def backup_data(paths: Paths, target: Path, /) -> int:
    """Copies log, sealed bodies and policies, and returns how many entries the log has; raises Error."""
    folder, entries = copies.fresh(target), 0
    found = tenants(paths.ledger)
    if not found:
        raise InputError("expected a ledger", place=str(paths.ledger), code="ledger_missing")
    try:
        for tenant in found:
            for path in segments_of(paths.bodies, tenant):
                copies.copy(path, folder / "bodies" / tenant / path.name)
            entries += copy_log(paths.ledger / tenant, folder / "ledger" / tenant)
        for path in paths.policies.rglob("*") if paths.policies.is_dir() else ():
            if path.is_file():
                copies.copy(path, folder / "policies" / path.relative_to(paths.policies))
        copies.finish(folder)
    except OSError as error:
        raise Unavailable("cannot write the backup", place=str(target)) from error
    return entries


def backup_keys(paths: Paths, target: Path, /) -> None:
    """Copies the control database and the master key; raises Error, also for a database that is not in the state."""
    if paths.elsewhere:
        raise ConfigError("expected an embedded database; back this one up with its own tools, and the master key")
    folder = copies.fresh(target)
    try:
        copies.copy_database(paths.database, folder / paths.database.name)
        copies.copy(paths.master_key, folder / "keys" / paths.master_key.name)
        for path in paths.spent.rglob("*") if paths.spent.is_dir() else ():
            if path.is_file():
                copies.copy(path, folder / paths.spent.name / path.relative_to(paths.spent))
        copies.finish(folder)
    except OSError as error:
        raise Unavailable("cannot write the backup", place=str(target)) from error


def restore(state: Path, data: Path, keys: Path, /) -> Restored:
    """Puts a backup of data and one of keys into an empty state folder; raises Error."""
    for one in (data, keys):
        copies.check(one)
    paths = Paths(copies.fresh(state))
    try:
        for source in (data, keys):
            for path in sorted(source.rglob("*")):
                if path.is_file() and path.name != copies.MANIFEST:
                    copies.copy(path, state / path.relative_to(source))
    except OSError as error:
        raise Unavailable("cannot write the state", place=str(state)) from error
    database.upgrade(paths.database_url)
    engine, clock = database.connect(paths.database_url), SystemClock()
    outbox = Outbox(engine, clock=clock, ids=SystemIds(clock))
    rows, authority = CustodyRows(engine, outbox), Authority(engine, HmacDigester(FileKeys(paths.master_key)))
    whole = Restored(0, 0)
    try:
        authority.end_all()
        for tenant in tenants(paths.ledger):
            size = verify(paths.ledger / tenant).checkpoint.size
            done = _again(rows, authority, paths.ledger, tenant)
            outbox.put(tenant, LedgerRestored(size, done.keys))
            whole = Restored(whole.entries + size, whole.keys + done.keys, whole.switches + done.switches)
    finally:
        engine.dispose()
    return whole


def _again(rows: CustodyRows, authority: Authority, ledger: Path, tenant: str, /) -> Restored:
    """Does again, in order, what the log tells of keys, holds and switches; returns how much that was."""
    gone, missing = 0, set[str]()
    for entry in LogReader(ledger, tenant).entries(0):
        if not _TOLD.search(entry.data[:_HEAD]):
            continue
        event = read(entry.data)
        told = read_payload(event)
        if isinstance(told, KillSet | KillCleared):
            known = authority.switch(told, event.time, tenant=tenant)
            (missing.discard if known else missing.add)(told.name)
        else:
            gone += rows.again(told, event.time, tenant=tenant)
    return Restored(0, gone, len(missing))


def backup_commands(state: Callable[[], Paths]) -> click.Group:
    """Returns the commands `asepsis backup`; `state` says where the configuration's state lies."""

    @click.group("backup", cls=Group)
    def backup() -> None:
        """Back a system up, data and keys apart, while it runs or not, and restore it."""

    @backup.command("data")
    @click.argument("folder", type=_FOLDER)
    def data(folder: Path) -> None:
        """Copy the ledger, the sealed bodies and the policies into FOLDER, which must be empty.

        Example: asepsis backup data /backups/2026-11-27 --config asepsis.toml
        """
        click.echo(f"{backup_data(state(), folder)} entries")

    @backup.command("keys")
    @click.argument("folder", type=_FOLDER)
    def keys(folder: Path) -> None:
        """Copy the control database and the master key into FOLDER, which must be empty. Keep it apart, and not long.

        Example: asepsis backup keys /safe/2026-11-27 --config asepsis.toml
        """
        backup_keys(state(), folder)

    @backup.command("restore")
    @click.option("--data", type=_FOLDER, required=True, help="A backup of data.")
    @click.option("--keys", type=_FOLDER, required=True, help="A backup of keys.")
    def back(data: Path, keys: Path) -> None:
        """Put a backup into the state folder of the configuration, which must be empty.

        Both have to be whole and the log has to verify. What it says was erased after the keys were copied is erased
        again; what was held is held, and what was released is not. Kill switches are as it says; approvals, grants,
        sessions and access for a time end, for they may have been used up or taken back.

        Example: asepsis backup restore --data /backups/2026-11-27 --keys /safe/2026-11-27 --config asepsis.toml
        """
        paths = state()
        if paths.elsewhere:
            raise ConfigError("expected an embedded database; restore this one with its own tools first")
        done = restore(paths.state, data, keys)
        click.echo(f"{done.entries} entries are back and verify; {done.keys} keys were destroyed again")
        if done.switches:
            click.echo(f"{done.switches} kill switches on principals are to be thrown again: the log has no names")

    return backup
