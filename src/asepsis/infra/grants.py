"""The rows of session grants in the control database, each change with its Event in one transaction.

INVARIANT: a grant is added below another only while that one lives, in the transaction that looks; whoever takes a
grant back takes back all below it, so that none outlives what it was narrowed from.
"""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from asepsis.core.events import GrantIssued, GrantRevoked
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import GrantRow
from asepsis.infra.tables import GRANT

__all__ = ["GrantRows"]

_PAGE: Final = 1000


class GrantRows:
    """The grants; safe with threads and processes."""

    def __init__(self, engine: sa.Engine, outbox: Outbox) -> None:
        self._engine = engine
        self._outbox = outbox

    def held(self, handle: str, /) -> GrantRow | None:
        """Returns the grant behind a handle's SHA-256, revoked or not; None where there is none."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(GRANT).where(GRANT.c.handle == handle)).mappings().first()
        return None if row is None else GrantRow(**row)

    def add(self, row: GrantRow, told: GrantIssued, /) -> bool:
        """Adds a grant; False where the one it was narrowed from was taken back or is past its time."""
        with self._engine.begin() as connection:
            if row.parent:
                above = (GRANT.c.tenant == row.tenant, GRANT.c.grant == row.parent)
                lives = (GRANT.c.revoked == 0, GRANT.c.expires > row.issued)
                if connection.execute(sa.select(GRANT.c.grant).where(*above, *lives).with_for_update()).first() is None:
                    return False
            connection.execute(sa.insert(GRANT).values({name: getattr(row, name) for name in row.__struct_fields__}))
            self._outbox.put_with(connection, row.tenant, told)
        return True

    def revoke(self, grants: Sequence[str], told: GrantRevoked, now: int, /, *, tenant: str) -> int:
        """Takes grants back, with all below them; returns how many lived. The Event tells of that number."""
        count, left = 0, list(grants)
        with self._engine.begin() as connection:
            # From above: whoever is adding below one waits for its row here, or is waited for and seen below it. Some
            # at a time, so that no holder who narrows a grant often enough makes a query that no database takes.
            while left:
                level, left = left[:_PAGE], left[_PAGE:]
                here = (GRANT.c.tenant == tenant, GRANT.c.grant.in_(level), GRANT.c.revoked == 0, GRANT.c.expires > now)
                count += connection.execute(sa.update(GRANT).where(*here).values(revoked=now)).rowcount
                below = sa.select(GRANT.c.grant).where(GRANT.c.tenant == tenant, GRANT.c.parent.in_(level))
                left += connection.scalars(below)
            if count:
                counted = GrantRevoked(told.grant, told.holder, count, told.by)
                self._outbox.put_with(connection, tenant, counted)
        return count

    def living(self, now: int, /, *, tenant: str, principal: str = "") -> tuple[GrantRow, ...]:
        """Returns the grants that are good, the newest first, a thousand at most; of one principal, where named."""
        query = sa.select(GRANT).where(GRANT.c.tenant == tenant, GRANT.c.revoked == 0, GRANT.c.expires > now)
        if principal:
            query = query.where(GRANT.c.principal == principal)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(GRANT.c.issued.desc(), GRANT.c.grant).limit(_PAGE)).mappings()
            return tuple(GrantRow(**row) for row in rows)

    def sweep(self, before: int, /, *, tenant: str) -> int:
        """Deletes the rows of grants whose time was up before a moment; returns how many."""
        with self._engine.begin() as connection:
            old = (GRANT.c.tenant == tenant, GRANT.c.expires < before)
            return connection.execute(sa.delete(GRANT).where(*old)).rowcount
