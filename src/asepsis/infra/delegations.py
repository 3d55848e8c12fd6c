"""The rows of delegations, each change with its Event in one transaction."""

import sqlalchemy as sa

from asepsis.core.events import Payload
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import DelegationRow
from asepsis.infra.tables import DELEGATION

__all__ = ["DelegationRows"]


class DelegationRows:
    """The rows; safe with threads and processes."""

    def __init__(self, engine: sa.Engine, outbox: Outbox) -> None:
        self._engine = engine
        self._outbox = outbox

    def add(self, row: DelegationRow, told: Payload, /) -> None:
        """Adds a row."""
        values = {name: getattr(row, name) for name in row.__struct_fields__}
        with self._engine.begin() as connection:
            connection.execute(sa.insert(DELEGATION).values(values))
            self._outbox.put_with(connection, row.tenant, told)

    def living(self, now: int, /, *, tenant: str) -> tuple[DelegationRow, ...]:
        """Returns the rows whose time is not up."""
        query = sa.select(DELEGATION).where(DELEGATION.c.tenant == tenant, DELEGATION.c.expires > now)
        with self._engine.connect() as connection:
            return tuple(DelegationRow(**row) for row in connection.execute(query).mappings())

    def end(self, row: DelegationRow, told: Payload, /) -> bool:
        """Takes a row out; False where somebody did before."""
        here = (DELEGATION.c.tenant == row.tenant, DELEGATION.c.delegation == row.delegation)
        with self._engine.begin() as connection:
            gone = connection.execute(sa.delete(DELEGATION).where(*here)).rowcount
            if gone:
                self._outbox.put_with(connection, row.tenant, told)
            return bool(gone)

    def sweep(self, now: int, /, *, tenant: str) -> None:
        """Forgets rows whose time is up."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(DELEGATION).where(DELEGATION.c.tenant == tenant, DELEGATION.c.expires <= now))
