"""Events of the control plane on their way to the ledger, written in one transaction with the change they tell of.

A change and its Event are both there or neither is, whoever makes the change, and an Event waits here as long as the
ledger's writer is away. Its id and time are given when it is written, so that offering it again is offering the same.
"""

from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from asepsis.core import canonical
from asepsis.core.events import PAYLOADS, Payload
from asepsis.core.ports import Clock, Ids
from asepsis.infra.tables import OUTBOX

__all__ = ["Outbox", "Waiting"]

_KINDS: Final = {payload: kind for kind, (_, payload) in PAYLOADS.items()}


class Waiting(NamedTuple):
    """An Event that is not known to be in the ledger; `number` is its place in its tenant's order."""

    tenant: str
    number: int
    id: str
    at: int
    payload: Payload


class Outbox:
    """The Events that wait, per tenant in the order they were put."""

    def __init__(self, engine: sa.Engine, *, clock: Clock, ids: Ids) -> None:
        self._engine = engine
        self._clock = clock
        self._ids = ids

    def put(self, tenant: str, payload: Payload) -> None:
        """Writes an Event that tells of no row here."""
        with self._engine.begin() as connection:
            self.put_with(connection, tenant, payload)

    def put_with(self, connection: sa.Connection, tenant: str, payload: Payload) -> None:
        """Writes an Event in the transaction of the change that it tells of."""
        self.take_turn(connection, tenant)
        last = sa.select(sa.func.max(OUTBOX.c.number)).where(OUTBOX.c.tenant == tenant)
        number = (connection.scalar(last) or 0) + 1
        row = {
            "tenant": tenant,
            "number": number,
            "id": self._ids.new(),
            "at": self._clock.now(),
            "kind": _KINDS[type(payload)],
            "payload": canonical.encode(payload),
        }
        connection.execute(sa.insert(OUTBOX).values(row))

    @staticmethod
    def take_turn(connection: sa.Connection, tenant: str) -> None:
        """Waits for those of one tenant that write, until the end of the transaction; SQLite has one writer anyway."""
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"outbox:{tenant}"))))

    def first(self) -> tuple[Waiting, ...]:
        """Returns what waits longest, one for each tenant."""
        least = sa.select(OUTBOX.c.tenant, sa.func.min(OUTBOX.c.number)).group_by(OUTBOX.c.tenant)
        query = (
            sa.select(OUTBOX).where(sa.tuple_(OUTBOX.c.tenant, OUTBOX.c.number).in_(least)).order_by(OUTBOX.c.tenant)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return tuple(
            Waiting(
                row.tenant, row.number, row.id, row.at, msgspec.json.decode(row.payload, type=PAYLOADS[row.kind][1])
            )
            for row in rows
        )

    def done(self, waiting: Waiting, /) -> None:
        """Takes out an Event that is in the ledger."""
        here = (OUTBOX.c.tenant == waiting.tenant, OUTBOX.c.number == waiting.number)
        with self._engine.begin() as connection:
            connection.execute(sa.delete(OUTBOX).where(*here))
