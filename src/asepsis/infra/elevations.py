"""The rows of access for a time, each change with its Event in one transaction."""

from collections.abc import Sequence

import sqlalchemy as sa

from asepsis.core.events import Payload
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import ElevationRow
from asepsis.infra.tables import ELEVATION

__all__ = ["ElevationRows"]


class ElevationRows:
    """The rows; safe with threads and processes."""

    def __init__(self, engine: sa.Engine, outbox: Outbox) -> None:
        self._engine = engine
        self._outbox = outbox

    def add(self, row: ElevationRow, told: Payload, /) -> None:
        """Adds a row."""
        with self._engine.begin() as connection:
            values = {name: getattr(row, name) for name in row.__struct_fields__}
            connection.execute(sa.insert(ELEVATION).values(values))
            self._outbox.put_with(connection, row.tenant, told)

    def get(self, link: str, /, *, tenant: str) -> ElevationRow | None:
        """Returns a row, None where there is none of that id."""
        query = sa.select(ELEVATION).where(ELEVATION.c.tenant == tenant, ELEVATION.c.link == link)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else ElevationRow(**row)

    def listed(self, states: Sequence[str], /, *, tenant: str) -> tuple[ElevationRow, ...]:
        """Returns the rows in some states, the latest first."""
        query = sa.select(ELEVATION).where(ELEVATION.c.tenant == tenant, ELEVATION.c.state.in_(states))
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(ELEVATION.c.asked.desc()).limit(500)).mappings()
            return tuple(ElevationRow(**row) for row in rows)

    def change(self, before: ElevationRow, after: ElevationRow, told: Payload, /) -> bool:
        """Changes state and statements; False where the row is not what it was before."""
        here = (
            ELEVATION.c.tenant == before.tenant,
            ELEVATION.c.link == before.link,
            ELEVATION.c.state == before.state,
            ELEVATION.c.answers == before.answers,
        )
        with self._engine.begin() as connection:
            values = {"state": after.state, "answers": after.answers}
            changed = connection.execute(sa.update(ELEVATION).where(*here).values(values)).rowcount
            if changed:
                self._outbox.put_with(connection, before.tenant, told)
            return bool(changed)
