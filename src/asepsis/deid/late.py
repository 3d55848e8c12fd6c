"""A vault that is made when it is first asked, so that a process without tokens opens no database."""

import threading
from collections.abc import Callable

from asepsis.core.events import VaultRevealed
from asepsis.deid.restore import Restorer
from asepsis.deid.scope import Memory
from asepsis.deid.types import Scope
from asepsis.deid.vault import Vault

__all__ = ["LateVault"]


class LateVault:
    """Does what a `Vault` does, and fails as it does; any thread may ask."""

    def __init__(self, make: Callable[[], Vault]) -> None:
        self._make = make
        self._made: Vault | None = None
        self._lock = threading.Lock()

    def open(self, scope: Scope, /) -> Memory:
        """Returns a scope's memory."""
        return self._vault().open(scope)

    def keep(self, memory: Memory, /) -> None:
        """Keeps what a memory has issued."""
        self._vault().keep(memory)

    def digest(self, scope: Scope, /) -> str:
        """Returns the name of a scope in rows and Events."""
        return self._vault().digest(scope)

    def shown(self, scope: Scope, restorer: Restorer, /) -> VaultRevealed | None:
        """Counts what was shown and returns the Event's payload."""
        return self._vault().shown(scope, restorer)

    def _vault(self) -> Vault:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
