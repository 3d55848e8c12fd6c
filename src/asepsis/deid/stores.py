"""A vault's store in memory: for calls without a session, for tests, and for a gateway without a database."""

from collections.abc import Mapping, Sequence

import msgspec

from asepsis.infra.records import SealedScope, SealedValue

__all__ = ["MemoryStore"]


class MemoryStore:
    """Implements `VaultStore`; what it holds ends with the process."""

    def __init__(self) -> None:
        self._scopes: dict[tuple[str, str], SealedScope] = {}
        self._values: dict[tuple[str, str], dict[str, SealedValue]] = {}

    def scope(self, scope: str, /, *, tenant: str) -> SealedScope | None:
        """Returns a scope's row, None where there is none."""
        return self._scopes.get((tenant, scope))

    def add_scope(self, row: SealedScope, /) -> SealedScope:
        """Adds a scope unless it is there, and returns the one that is there now."""
        return self._scopes.setdefault((row.tenant, row.scope), row)

    def values(self, scope: str, /, *, tenant: str) -> tuple[SealedValue, ...]:
        """Returns a scope's values, by time and token."""
        found = self._values.get((tenant, scope), {}).values()
        return tuple(sorted(found, key=lambda row: (row.created, row.token)))

    def add(self, rows: Sequence[SealedValue], /, *, expires: int) -> bool:
        """Adds values to one scope and renews its time; False, with nothing added, when the scope or a code is gone."""
        if not rows:
            return True
        place = (rows[0].tenant, rows[0].scope)
        scope = self._scopes.get(place)
        values = self._values.setdefault(place, {})
        if scope is None or any(row.token in values for row in rows):
            return False
        self._scopes[place] = msgspec.structs.replace(scope, expires=max(scope.expires, expires))
        values.update((row.token, row) for row in rows)
        return True

    def count(self, scope: str, shown: Mapping[str, int], /, *, tenant: str) -> None:
        """Counts values that were shown, by token."""
        values = self._values.get((tenant, scope), {})
        for token, more in shown.items():
            row = values.get(token)
            if row is not None:
                values[token] = msgspec.structs.replace(row, revealed=row.revealed + more)

    def erase(self, scope: str, /, *, tenant: str) -> int:
        """Destroys a scope's key and its values; returns how many values there were."""
        self._scopes.pop((tenant, scope), None)
        return len(self._values.pop((tenant, scope), {}))

    def expired(self, now: int, /, *, tenant: str) -> tuple[str, ...]:
        """Returns the scopes whose time is up, the oldest first."""
        found = [row for row in self._scopes.values() if row.tenant == tenant and row.expires <= now]
        return tuple(row.scope for row in sorted(found, key=lambda row: row.expires))
