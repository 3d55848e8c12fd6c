"""The rows of people's sessions in the console, each beginning and end with its Event in one transaction."""

from collections.abc import Sequence

import sqlalchemy as sa

from asepsis.core.events import ConsoleLeft, ConsoleSignedIn
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import ConsoleSession
from asepsis.infra.tables import CONSOLE_SESSION

__all__ = ["SessionRows"]


class SessionRows:
    """The sessions; safe with threads and processes."""

    def __init__(self, engine: sa.Engine, outbox: Outbox) -> None:
        self._engine = engine
        self._outbox = outbox

    def begin(self, row: ConsoleSession, told: ConsoleSignedIn, /, *, instead: str = "") -> None:
        """Adds a session, in the place of another of the same browser where there is one."""
        with self._engine.begin() as connection:
            if instead:
                connection.execute(sa.delete(CONSOLE_SESSION).where(*_here(row.tenant, instead)))
            values = {name: getattr(row, name) for name in row.__struct_fields__}
            connection.execute(sa.insert(CONSOLE_SESSION).values(values))
            self._outbox.put_with(connection, row.tenant, told)

    def get(self, session: str, /, *, tenant: str) -> ConsoleSession | None:
        """Returns a session, None where there is none of that name."""
        query = sa.select(CONSOLE_SESSION).where(*_here(tenant, session))
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else ConsoleSession(**row)

    def see(self, session: str, now: int, /, *, tenant: str) -> None:
        """Notes that a session is in use."""
        with self._engine.begin() as connection:
            connection.execute(sa.update(CONSOLE_SESSION).where(*_here(tenant, session)).values(seen=now))

    def end(self, session: str, told: ConsoleLeft, /, *, tenant: str) -> bool:
        """Ends a session; returns whether there was one."""
        with self._engine.begin() as connection:
            gone = connection.execute(sa.delete(CONSOLE_SESSION).where(*_here(tenant, session))).rowcount > 0
            if gone:
                self._outbox.put_with(connection, tenant, told)
            return gone

    def named(self, issuer: str, /, *, tenant: str, subject: str = "", sid: str = "") -> Sequence[ConsoleSession]:
        """Returns the sessions that a provider means by a subject, by its own name of a session, or by both."""
        query = sa.select(CONSOLE_SESSION).where(CONSOLE_SESSION.c.tenant == tenant, CONSOLE_SESSION.c.issuer == issuer)
        query = query.where(CONSOLE_SESSION.c.subject == subject) if subject else query
        query = query.where(CONSOLE_SESSION.c.sid == sid) if sid else query
        with self._engine.connect() as connection:
            return tuple(ConsoleSession(**row) for row in connection.execute(query).mappings())

    def over(self, now: int, idle: int, /, *, tenant: str) -> Sequence[ConsoleSession]:
        """Returns the sessions whose time is up, or that nobody used for `idle` milliseconds."""
        up = sa.or_(CONSOLE_SESSION.c.expires <= now, CONSOLE_SESSION.c.seen <= now - idle)
        query = sa.select(CONSOLE_SESSION).where(CONSOLE_SESSION.c.tenant == tenant, up)
        with self._engine.connect() as connection:
            return tuple(ConsoleSession(**row) for row in connection.execute(query).mappings())


def _here(tenant: str, session: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (CONSOLE_SESSION.c.tenant == tenant, CONSOLE_SESSION.c.session == session)
