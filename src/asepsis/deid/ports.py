"""What the vault needs of its store; `infra.vault` fills it with the control database, `deid.stores` with memory."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from asepsis.infra.records import SealedScope, SealedValue

__all__ = ["VaultStore"]


class VaultStore(Protocol):
    """Keeps sealed rows, by tenant first. Each call is all or nothing and may block."""

    def scope(self, scope: str, /, *, tenant: str) -> SealedScope | None:
        """Returns a scope's row, None where there is none."""

    def add_scope(self, row: SealedScope, /) -> SealedScope:
        """Adds a scope unless it is there, and returns the one that is there now."""

    def values(self, scope: str, /, *, tenant: str) -> tuple[SealedValue, ...]:
        """Returns a scope's values, by time and token."""

    def add(self, rows: Sequence[SealedValue], /, *, expires: int) -> bool:
        """Adds values to one scope and renews its time; False, with nothing added, when the scope or a code is gone."""

    def count(self, scope: str, shown: Mapping[str, int], /, *, tenant: str) -> None:
        """Counts values that were shown, by token."""

    def erase(self, scope: str, /, *, tenant: str) -> int:
        """Destroys a scope's key and its values; returns how many values there were."""

    def expired(self, now: int, /, *, tenant: str) -> tuple[str, ...]:
        """Returns the scopes whose time is up, the oldest first."""
