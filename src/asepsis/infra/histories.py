"""The rows of agents' sessions: one that says by which key its log is sealed, and the log's entries, only ever added.

Where a session is gone and its name is to be remembered a row without a key stays; its log's id says why, `ENDED` or
`erased`.

INVARIANT: an entry is added as number N by whoever has seen all before N; of two who add the same number one is told
no. What is read and written with each call of a tool goes to the driver as SQL that was compiled once, which is a tenth
of the cost; reading takes no lock. Entries that are added together share one transaction, and its sync. To a file
connections are kept: to take one from the pool costs as much as to read with it.
"""

import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import PoolProxiedConnection

from asepsis.core.errors import Unavailable
from asepsis.infra import database
from asepsis.infra.records import ToolSession
from asepsis.infra.state import Paths
from asepsis.infra.tables import TOOL_ENTRY, TOOL_LIVING, TOOL_SESSION, TOOL_SUBJECT
from asepsis.infra.upsert import insert

__all__ = ["ENDED", "HistoryRows", "More", "NewEntry", "forget", "histories"]

ENDED: Final = "ended"
_GONE: Final = -1
_SESSION: Final = "session:"

_SINCE: Final = (
    sa.select(TOOL_SESSION.c.log, TOOL_SESSION.c.expires, TOOL_ENTRY.c.number, TOOL_ENTRY.c.sealed)
    .select_from(
        TOOL_SESSION.outerjoin(
            TOOL_ENTRY,
            sa.and_(
                TOOL_ENTRY.c.tenant == TOOL_SESSION.c.tenant,
                TOOL_ENTRY.c.log == TOOL_SESSION.c.log,
                TOOL_ENTRY.c.number > sa.bindparam("after", type_=sa.BigInteger),
            ),
        )
    )
    .where(
        TOOL_SESSION.c.tenant == sa.bindparam("of_tenant", type_=sa.Text),
        TOOL_SESSION.c.session == sa.bindparam("of_session", type_=sa.Text),
    )
    .order_by(TOOL_ENTRY.c.number)
)

_Row = tuple[str, int, int | None, bytes]


class More(NamedTuple):
    """What a log holds beyond a number: the log's id, when the session ends, and the entries in their order."""

    log: str
    expires: int
    entries: Sequence[tuple[int, bytes]]


class NewEntry(NamedTuple):
    """An entry to add: of whose log, as which number, and sealed."""

    tenant: str
    log: str
    number: int
    sealed: bytes


class _Compiled(NamedTuple):
    """A statement as the driver takes it; `order` names the values of one that takes them by place."""

    text: str
    order: Sequence[str] | None

    def values(self, given: dict[str, object]) -> Mapping[str, object] | tuple[object, ...]:
        """Returns values as the statement takes them."""
        return given if self.order is None else tuple(given[name] for name in self.order)


class _Missing(Exception):
    """There is no log that an entry could be of."""


class _Kept:
    """A connection that is kept for whoever needs it first; who comes meanwhile gets one from the pool."""

    def __init__(self) -> None:
        self._free = threading.Lock()
        self._one: PoolProxiedConnection | None = None

    @contextmanager
    def of(self, engine: sa.Engine) -> Iterator[PoolProxiedConnection]:
        """Yields a connection; one that something failed on is kept no more."""
        if not self._free.acquire(blocking=False):
            with closing(engine.raw_connection()) as other:
                yield other
            return
        try:
            one, self._one = self._one or engine.raw_connection(), None
            try:
                yield one
                self._one = one
            finally:
                if self._one is None:
                    one.close()
        finally:
            self._free.release()


class HistoryRows:
    """The sessions; safe with threads and processes. Every method raises Unavailable where nobody answers."""

    def __init__(self, connect: Callable[[], sa.Engine]) -> None:
        """`connect` gives the database once there is one; raises Unavailable until then."""
        self._connect = connect
        self._reads, self._adds = _Kept(), _Kept()

    @functools.cached_property
    def _engine(self) -> sa.Engine:
        return self._connect()

    @functools.cached_property
    def _since(self) -> _Compiled:
        return _compiled(self._engine, _SINCE)

    @functools.cached_property
    def _add(self) -> _Compiled:
        return _compiled(self._engine, insert(self._engine, TOOL_ENTRY).on_conflict_do_nothing())

    @property
    def near(self) -> bool:
        """Whether reading waits for nobody: a file in write-ahead mode, which whoever writes holds nobody up in."""
        return self._engine.dialect.name == "sqlite"

    def begin(self, row: ToolSession, now: int, /, *, most: int) -> ToolSession | None:
        """Adds a session unless it is there and lives; returns the one that is there now, None where `most` live.

        In the place of one that was erased, or ended and is remembered, a row without a key is found.
        """
        here = (TOOL_SESSION.c.tenant == row.tenant, TOOL_SESSION.c.session == row.session)
        alive = (TOOL_SESSION.c.tenant == row.tenant, TOOL_SESSION.c.expires > now, TOOL_LIVING)
        living = sa.select(sa.func.count()).where(*alive)
        try:
            with self._engine.begin() as connection:
                _end(connection, now, *here)
                found = connection.execute(sa.select(TOOL_SESSION).where(*here)).mappings().first()
                if (found is None or not found["wrapped"]) and (connection.scalar(living) or 0) >= most:
                    return None
                if found is None:
                    fields = {name: getattr(row, name) for name in row.__struct_fields__}
                    connection.execute(insert(connection, TOOL_SESSION).values(fields).on_conflict_do_nothing())
                    found = connection.execute(sa.select(TOOL_SESSION).where(*here)).mappings().first()
        except (exc.SQLAlchemyError, Unavailable) as error:
            raise _unavailable() from error
        return None if found is None else ToolSession(**found)

    def since(self, session: str, after: int, /, *, tenant: str) -> More | None:
        """Returns the entries of a session's log beyond a number; None where there is no such session."""
        asked = self._since.values({"of_tenant": tenant, "of_session": session, "after": after})
        with self._connection(self._reads) as connection:
            cursor = connection.cursor()
            cursor.execute(self._since.text, asked)
            rows: Sequence[_Row] = cursor.fetchall()
        if not rows:
            return None
        log, expires = rows[0][:2]
        return More(log, expires, [(number, bytes(sealed)) for _, _, number, sealed in rows if number is not None])

    def add(self, entries: Sequence[NewEntry], /) -> list[bool]:
        """Adds entries; False for each that there is one of that number of, or the log of no more."""
        try:
            with self._connection(self._adds) as connection:
                cursor = connection.cursor()
                if len(entries) > 1 and self.near:
                    cursor.execute("BEGIN IMMEDIATE")  # one statement is a transaction by itself there
                # Who adds several waits for others in one order, so that no two can wait for each other.
                order = sorted(range(len(entries)), key=entries.__getitem__)
                first = {at: self._added(cursor, entries[at]) for at in order}
                return [first[at] for at in range(len(entries))]
        except _Missing:
            # A log that ended: alone it is told so, and among others it must not take theirs along.
            return [self.add([entry])[0] for entry in entries] if len(entries) > 1 else [False]

    def renew(self, log: str, expires: int, /, *, tenant: str) -> None:
        """Lets a session end later."""
        here = (TOOL_SESSION.c.tenant == tenant, TOOL_SESSION.c.log == log, TOOL_SESSION.c.expires < expires)
        try:
            with self._engine.begin() as connection:
                connection.execute(sa.update(TOOL_SESSION).where(*here).values(expires=expires))
        except (exc.SQLAlchemyError, Unavailable) as error:
            raise _unavailable() from error

    def note(self, log: str, owners: Sequence[str], /, *, tenant: str) -> bool:
        """Keeps that a log is about those owners, so that their erasure finds it; False where there is no such log."""
        rows = [{"tenant": tenant, "log": log, "owner": owner} for owner in owners]
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(connection, TOOL_SUBJECT).on_conflict_do_nothing(), rows)
        except exc.IntegrityError:
            return False
        except (exc.SQLAlchemyError, Unavailable) as error:
            raise _unavailable() from error
        return True

    def begin_anew(self, gone: str, row: ToolSession, first: NewEntry, /) -> bool:
        """Begins a log in the place of one that is gone, with its first entry; False where somebody else did."""
        here = (TOOL_SESSION.c.tenant == row.tenant, TOOL_SESSION.c.session == row.session)
        begun = sa.update(TOOL_SESSION).where(*here, TOOL_SESSION.c.log == gone)
        try:
            with self._engine.begin() as connection:
                fields = {"log": row.log, "wrapped": row.wrapped, "expires": row.expires, "mark": row.mark}
                if connection.execute(begun.values(fields)).rowcount:
                    connection.execute(sa.insert(TOOL_ENTRY).values(first._asdict()))
                    return True
        except (exc.SQLAlchemyError, Unavailable) as error:
            raise _unavailable() from error
        return False

    def sweep(self, now: int, /, *, tenant: str) -> int:
        """Destroys the keys and logs of sessions that ended, and marks that did; returns how many."""
        try:
            with self._engine.begin() as connection:
                return _end(connection, now, TOOL_SESSION.c.tenant == tenant)
        except (exc.SQLAlchemyError, Unavailable) as error:
            raise _unavailable() from error

    def _added(self, cursor: DBAPICursor, entry: NewEntry) -> bool:
        cursor.execute(self._add.text, self._add.values(entry._asdict()))
        return cursor.rowcount == 1

    @contextmanager
    def _connection(self, kept: _Kept) -> Iterator[DBAPIConnection]:
        """Yields a connection for one transaction; raises Unavailable, and _Missing where a row can't be."""
        driver = self._engine.dialect.loaded_dbapi
        try:
            with kept.of(self._engine) if self.near else closing(self._engine.raw_connection()) as connection:
                yield connection
                connection.commit()
        except driver.IntegrityError as error:
            raise _Missing from error
        except (driver.Error, exc.SQLAlchemyError, Unavailable) as error:
            raise _unavailable() from error


def forget(connection: sa.Connection, owner: str, /, *, tenant: str) -> int:
    """Destroys the keys and logs of sessions that are about an owner, or are it; returns how many.

    A row without a key stays in the place of each, so that whoever goes on with the session is told.
    """
    about = sa.select(TOOL_SUBJECT.c.log).where(TOOL_SUBJECT.c.tenant == tenant, TOOL_SUBJECT.c.owner == owner)
    which = sa.or_(TOOL_SESSION.c.log.in_(about), TOOL_SESSION.c.session == owner.removeprefix(_SESSION))
    living = sa.select(TOOL_SESSION).where(TOOL_SESSION.c.tenant == tenant, which, TOOL_SESSION.c.wrapped != b"")
    found = connection.execute(living.with_for_update()).mappings().all()
    for row in found:
        here = (TOOL_SESSION.c.tenant == tenant, TOOL_SESSION.c.log == row["log"])
        connection.execute(sa.delete(TOOL_SESSION).where(*here))
        connection.execute(sa.insert(TOOL_SESSION).values(_mark("erased", row)))
    return len(found)


def histories(paths: Paths) -> HistoryRows:
    """Returns the sessions in the control database, which another process makes."""

    def connect() -> sa.Engine:
        """Opens it."""
        if not paths.has_database:
            raise _unavailable()
        return database.connect(paths.database_url)

    return HistoryRows(connect)


def _end(connection: sa.Connection, now: int, *which: sa.ColumnElement[bool]) -> int:
    """Destroys the keys and logs of sessions that ended; where one is remembered a row without a key stays."""
    gone = sa.delete(TOOL_SESSION).where(*which, TOOL_SESSION.c.expires <= now).returning(TOOL_SESSION)
    found = connection.execute(gone).mappings().all()
    marks = [_mark(ENDED, row) for row in found if row["expires"] + row["mark"] > now]
    if marks:
        connection.execute(sa.insert(TOOL_SESSION), marks)
    return len(found)


def _mark(why: str, row: sa.RowMapping) -> dict[str, object]:
    """Returns the row without a key that stays in the place of a session, until it is remembered no more."""
    until = row["expires"] + row["mark"]
    return {**row, "log": f"{why} {row['log']}", "wrapped": b"", "expires": until, "mark": _GONE}


def _compiled(engine: sa.Engine, statement: sa.ClauseElement) -> _Compiled:
    made = statement.compile(dialect=engine.dialect)
    order = getattr(made, "positiontup", None)
    return _Compiled(str(made), tuple(order) if order is not None else None)


def _unavailable() -> Unavailable:
    return Unavailable("the sessions of agents can't be read or kept", code="tools.session")
