"""The control database: SQLite or PostgreSQL behind SQLAlchemy Core, its schema kept by Alembic.

Every change of a kill switch bumps the tenant's epoch in the same
transaction, so that whoever holds a snapshot can tell with one small read whether it is old.

INVARIANT: only processes of the control plane import this; a gateway worker reads a snapshot file.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from asepsis.core.errors import ConfigError, Unavailable
from asepsis.core.events import KillCleared, KillSet
from asepsis.core.ports import Clock
from asepsis.infra.outbox import Outbox
from asepsis.infra.peek import HEAD
from asepsis.infra.records import KillSwitch
from asepsis.infra.tables import CURSOR, EPOCH, KILL
from asepsis.infra.upsert import insert

__all__ = ["Cursors", "KillSwitches", "check", "connect", "current", "holds", "make_ready", "thrown", "upgrade"]

# WAL lets readers and the one writer work side by side; FULL makes a commit durable, not only the next checkpoint; what
# is deleted is overwritten, for a vault's key is destroyed by deleting it.
_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "busy_timeout = 5000",
    "secure_delete = ON",
)
_VERSION: Final = sa.table("alembic_version", sa.column("version_num", sa.Text))
_SCRIPTS: Final = str(Path(__file__).with_name("migrations"))


def connect(url: str, /) -> sa.Engine:
    """Returns an engine; raises ConfigError when the URL is not one of a SQLite or PostgreSQL database.

    What is done with it raises Unavailable where the database does not answer.
    """
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "postgresql":
            engine = sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
            event.listen(engine, "handle_error", _away)
            return engine
    except exc.ArgumentError as error:
        raise ConfigError("expected a database url such as `sqlite:///state/control.db`") from error
    except ImportError as error:
        raise ConfigError(
            "expected the extra `postgres`, which has the driver: `pip install asepsis[postgres]`"
        ) from error
    if parsed.get_backend_name() != "sqlite":
        raise ConfigError(f"expected a `sqlite` or `postgresql` database, got `{parsed.get_backend_name()}`")
    engine = sa.create_engine(parsed)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _away)
    return engine


def upgrade(url: str, /) -> str:
    """Brings the schema to its head and returns the revision; raises ConfigError when the database cannot be used."""
    from alembic import command, config  # noqa: PLC0415 it takes as long to import as all else, and is needed once

    with _opened(url) as connection:
        wanted = config.Config()
        wanted.set_main_option("script_location", _SCRIPTS.replace("%", "%%"))
        wanted.set_main_option("path_separator", "os")
        wanted.attributes["connection"] = connection
        command.upgrade(wanted, HEAD)
    return HEAD


def current(url: str, /) -> str:
    """Returns the revision of the schema, empty for a database without one; raises ConfigError."""
    with _opened(url) as connection:
        if not sa.inspect(connection).has_table(_VERSION.name):
            return ""
        return connection.scalar(sa.select(_VERSION.c.version_num)) or ""


def check(url: str, /) -> None:
    """Raises ConfigError unless the schema is at its head."""
    found = current(url)
    if found != HEAD:
        raise ConfigError(
            f"expected the database schema `{HEAD}`, got `{found or 'none'}`; run `asepsis db upgrade`",
            code="config_schema",
        )


def thrown(url: str, /) -> tuple[tuple[str, str, str], ...]:
    """Returns what is switched off, nothing where there is no schema yet; raises ConfigError for another schema."""
    if not current(url):
        return ()
    check(url)
    with _opened(url) as connection:
        return _thrown(connection)


def make_ready(path: Path, url: str) -> sa.Engine:
    """Returns an engine on a database that is made if it is not there; raises ConfigError for one of another schema."""
    sqlite = sa.make_url(url).get_backend_name() == "sqlite"
    if not path.exists() if sqlite else not current(url):
        upgrade(url)
    check(url)
    return connect(url)


def holds(url: str, /) -> bool:
    """Whether the schema is at its head."""
    try:
        check(url)
    except ConfigError:
        return False
    return True


class KillSwitches:
    """What is switched off, per tenant: an application, model, tool or principal. Each change has its Event."""

    def __init__(self, engine: sa.Engine, *, clock: Clock, outbox: Outbox) -> None:
        self._engine = engine
        self._clock = clock
        self._outbox = outbox

    def set(self, switch: KillSwitch, /) -> int:
        """Switches something off, or renews its reason; returns the new epoch."""
        row = {**_row(switch), "set_at": self._clock.now()}
        changed = {name: row[name] for name in ("reason", "set_by", "set_at")}
        keys = ["tenant", "target", "name"]
        with self._engine.begin() as connection:
            add = insert(connection, KILL).values(row)
            connection.execute(add.on_conflict_do_update(index_elements=keys, set_=changed))
            self._outbox.put_with(connection, switch.tenant, KillSet(switch.target, switch.name, switch.reason))
            return _bump(connection, switch.tenant)

    def clear(self, target: str, name: str, *, tenant: str, reason: str = "") -> bool:
        """Switches something on again; returns whether it was off."""
        here = (KILL.c.tenant == tenant, KILL.c.target == target, KILL.c.name == name)
        with self._engine.begin() as connection:
            gone = connection.execute(sa.delete(KILL).where(*here)).rowcount > 0
            if gone:
                self._outbox.put_with(connection, tenant, KillCleared(target, name, reason))
                _bump(connection, tenant)
            return gone

    def list(self, tenant: str, /) -> tuple[KillSwitch, ...]:
        """Returns all that is switched off, by target and name."""
        query = sa.select(KILL).where(KILL.c.tenant == tenant).order_by(KILL.c.target, KILL.c.name)
        with self._engine.connect() as connection:
            return tuple(KillSwitch(**row) for row in connection.execute(query).mappings())

    def thrown(self) -> tuple[tuple[str, str, str], ...]:
        """Returns the (tenant, target, name) of all that is switched off, in that order."""
        with self._engine.connect() as connection:
            return _thrown(connection)

    def tenants(self) -> tuple[str, ...]:
        """Returns the tenants that have ever had a kill switch."""
        with self._engine.connect() as connection:
            return tuple(connection.scalars(sa.select(EPOCH.c.tenant).order_by(EPOCH.c.tenant)))

    def epoch(self, tenant: str, /) -> int:
        """Returns how many changes there were."""
        with self._engine.connect() as connection:
            return connection.scalar(sa.select(EPOCH.c.value).where(EPOCH.c.tenant == tenant)) or 0


class Cursors:
    """How far each consumer has read a tenant's ledger."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def get(self, consumer: str, /, *, tenant: str) -> int:
        """Returns the index that the consumer reads next, 0 at first."""
        here = (CURSOR.c.tenant == tenant, CURSOR.c.consumer == consumer)
        with self._engine.connect() as connection:
            return connection.scalar(sa.select(CURSOR.c.next_index).where(*here)) or 0

    def advance(self, consumer: str, next_index: int, *, tenant: str) -> None:
        """Moves the consumer on; a cursor never goes back."""
        with self._engine.begin() as connection:
            add = insert(connection, CURSOR).values(tenant=tenant, consumer=consumer, next_index=next_index)
            statement = add.on_conflict_do_update(
                index_elements=["tenant", "consumer"],
                set_={"next_index": next_index},
                where=CURSOR.c.next_index < next_index,
            )
            connection.execute(statement)


def _row(switch: KillSwitch) -> dict[str, str | int]:
    return {name: getattr(switch, name) for name in switch.__struct_fields__}


def _thrown(connection: sa.Connection) -> tuple[tuple[str, str, str], ...]:
    columns = (KILL.c.tenant, KILL.c.target, KILL.c.name)
    rows = connection.execute(sa.select(*columns).order_by(*columns)).all()
    return tuple((row.tenant, row.target, row.name) for row in rows)


def _bump(connection: sa.Connection, tenant: str) -> int:
    add = insert(connection, EPOCH).values(tenant=tenant, value=1)
    statement = add.on_conflict_do_update(index_elements=["tenant"], set_={"value": EPOCH.c.value + 1})
    epoch: int = connection.execute(statement.returning(EPOCH.c.value)).scalar_one()
    return epoch


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # SQLAlchemy begins transactions, the driver must not
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later could not wait for another writer; one that says so at once can.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _away(context: sa.ExceptionContext) -> Unavailable | None:
    """Returns what is raised for a database that does not answer, or can't do what it was asked."""
    failed = isinstance(context.sqlalchemy_exception, exc.OperationalError | exc.InterfaceError)
    if not failed or context.is_pre_ping:  # a connection that was lost is made again
        return None
    return Unavailable("the control database does not answer", code="database")


@contextmanager
def _opened(url: str) -> Iterator[sa.Connection]:
    engine = connect(url)
    try:
        with engine.begin() as connection:
            yield connection
    except (exc.DBAPIError, Unavailable) as error:
        raise ConfigError("expected a database that can be opened and changed", code="config_database") from error
    finally:
        engine.dispose()
