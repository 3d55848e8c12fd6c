"""The vault's rows in the control database. What they hold is sealed before it comes here.

INVARIANT: values are added only to a scope that is there, in the same transaction that looks: a scope whose key was
destroyed gets no values, and all of a call's values are kept or none.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import exc

from asepsis.infra.records import SealedScope, SealedValue
from asepsis.infra.tables import VAULT_SCOPE, VAULT_VALUE
from asepsis.infra.upsert import insert

__all__ = ["VaultRows"]


class VaultRows:
    """The vault's store; safe with threads and processes, each call is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def scope(self, scope: str, /, *, tenant: str) -> SealedScope | None:
        """Returns a scope's row, None where there is none."""
        query = sa.select(VAULT_SCOPE).where(VAULT_SCOPE.c.tenant == tenant, VAULT_SCOPE.c.scope == scope)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
            return None if row is None else SealedScope(**row)

    def add_scope(self, row: SealedScope, /) -> SealedScope:
        """Adds a scope unless it is there, and returns the one that is there now: of two callers one wins."""
        here = (VAULT_SCOPE.c.tenant == row.tenant, VAULT_SCOPE.c.scope == row.scope)
        with self._engine.begin() as connection:
            connection.execute(insert(connection, VAULT_SCOPE).values(_fields(row)).on_conflict_do_nothing())
            return SealedScope(**connection.execute(sa.select(VAULT_SCOPE).where(*here)).mappings().one())

    def values(self, scope: str, /, *, tenant: str) -> tuple[SealedValue, ...]:
        """Returns a scope's values, by time and token."""
        here = (VAULT_VALUE.c.tenant == tenant, VAULT_VALUE.c.scope == scope)
        query = sa.select(VAULT_VALUE).where(*here).order_by(VAULT_VALUE.c.created, VAULT_VALUE.c.token)
        with self._engine.connect() as connection:
            return tuple(SealedValue(**row) for row in connection.execute(query).mappings())

    def add(self, rows: Sequence[SealedValue], /, *, expires: int) -> bool:
        """Adds values to one scope and renews its time; False, with nothing added, when the scope or a code is gone."""
        if not rows:
            return True
        first = rows[0]
        here = (VAULT_SCOPE.c.tenant == first.tenant, VAULT_SCOPE.c.scope == first.scope)
        later = sa.case((VAULT_SCOPE.c.expires > expires, VAULT_SCOPE.c.expires), else_=expires)
        renew = sa.update(VAULT_SCOPE).where(*here).values(expires=later)
        try:
            with self._engine.begin() as connection:
                if not connection.execute(renew).rowcount:
                    return False
                connection.execute(sa.insert(VAULT_VALUE), [_fields(row) for row in rows])
        except exc.IntegrityError:
            return False
        return True

    def count(self, scope: str, shown: Mapping[str, int], /, *, tenant: str) -> None:
        """Counts values that were shown, by token."""
        statement = (
            sa.update(VAULT_VALUE)
            .where(
                VAULT_VALUE.c.tenant == sa.bindparam("of_tenant"),
                VAULT_VALUE.c.scope == sa.bindparam("of_scope"),
                VAULT_VALUE.c.token == sa.bindparam("of_token"),
            )
            .values(revealed=VAULT_VALUE.c.revealed + sa.bindparam("more"))
        )
        rows = [
            {"of_tenant": tenant, "of_scope": scope, "of_token": token, "more": more} for token, more in shown.items()
        ]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(statement, rows)

    def erase(self, scope: str, /, *, tenant: str) -> int:
        """Destroys a scope's key and its values; returns how many values there were."""
        values = sa.delete(VAULT_VALUE).where(VAULT_VALUE.c.tenant == tenant, VAULT_VALUE.c.scope == scope)
        key = sa.delete(VAULT_SCOPE).where(VAULT_SCOPE.c.tenant == tenant, VAULT_SCOPE.c.scope == scope)
        with self._engine.begin() as connection:
            gone = connection.execute(values).rowcount
            connection.execute(key)
            return gone

    def expired(self, now: int, /, *, tenant: str) -> tuple[str, ...]:
        """Returns the scopes whose time is up, the oldest first."""
        query = (
            sa.select(VAULT_SCOPE.c.scope)
            .where(VAULT_SCOPE.c.tenant == tenant, VAULT_SCOPE.c.expires <= now)
            .order_by(VAULT_SCOPE.c.expires)
        )
        with self._engine.connect() as connection:
            return tuple(connection.scalars(query))


def _fields(row: SealedScope | SealedValue) -> dict[str, str | bytes | int]:
    return {name: getattr(row, name) for name in row.__struct_fields__}
