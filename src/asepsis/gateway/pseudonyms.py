"""The tokens of one call: issued in its request, turned back in its answer for a reader who may see the values.

1. A call of a session works in the scope of that session, which the vault keeps; any other call has a scope of its own,
   which ends with it.
2. What was issued is kept before the request leaves.
3. Values come back by a decision on `model.reveal` alone, in text for the reader, and are counted for one Event.

`open` and `keep` may block where there is a vault.
"""

from typing import Final, NamedTuple, Protocol

from asepsis.core.events import VaultRevealed
from asepsis.core.ports import Clock, Randomness
from asepsis.core.types import Decision, DecisionInput, Verdict
from asepsis.deid.dice import RandomDraws
from asepsis.deid.restore import Restorer
from asepsis.deid.scope import Memory, year
from asepsis.deid.types import Channel, Reveal, Scope, ScopeKind

__all__ = ["Pseudonyms", "Source", "Vaults"]

_OWN: Final = "call"


class Vaults(Protocol):
    """What a call needs of the vault."""

    def open(self, scope: Scope, /) -> Memory:
        """Returns a scope's memory."""

    def keep(self, memory: Memory, /) -> None:
        """Keeps what a memory has issued; raises Unavailable."""

    def digest(self, scope: Scope, /) -> str:
        """Returns the name of a scope in Events."""

    def shown(self, scope: Scope, restorer: Restorer, /) -> VaultRevealed | None:
        """Counts what was shown, and returns the Event's payload."""


class Source(NamedTuple):
    """Where memories come from: the vault for sessions (None where there is none), and what a call's own needs."""

    vault: Vaults | None
    clock: Clock
    randomness: Randomness


class Pseudonyms:
    """The tokens of one call."""

    def __init__(self, source: Source, tenant: str, session: str, /) -> None:
        """Opens the scope of a session, or one for this call alone where `session` is empty."""
        self._vault = source.vault if session else None
        self.scope = Scope(tenant, ScopeKind.SESSION, session or _OWN)
        if self._vault is not None:
            self.memory = self._vault.open(self.scope)
        else:
            self.memory = Memory(self.scope, RandomDraws(source.randomness), today=year(source.clock))
        self._reveal: Reveal | None = None
        self._restorers: list[Restorer] = []

    def keep(self) -> None:
        """Keeps what was issued, so that a later call of the session can turn it back; raises Unavailable."""
        if self._vault is not None:
            self._vault.keep(self.memory)

    def admit(self, question: DecisionInput, decision: Decision, /) -> None:
        """Takes the decision on showing values again; anything but a permission leaves the tokens as they are."""
        if decision.verdict is Verdict.ALLOW:
            self._reveal = Reveal.admit(question, decision)

    def restorer(self, *, json: bool) -> Restorer | None:
        """Returns what puts values back into one text for the reader, None for a reader who may not see them."""
        if self._reveal is None:
            return None
        restorer = self.memory.restorer(self._reveal, channel=Channel.READER_JSON if json else Channel.READER)
        self._restorers.append(restorer)
        return restorer

    @property
    def blocks(self) -> bool:
        """Whether `revealed` has to wait for the vault."""
        return self._vault is not None and any(one.shown for one in self._restorers)

    def revealed(self) -> VaultRevealed | None:
        """Returns what was shown in this call, counted; None for nothing."""
        if self._reveal is None or not any(one.shown for one in self._restorers):
            return None
        whole = self.memory.restorer(self._reveal, channel=Channel.READER)
        for one in self._restorers:
            whole.shown.update(one.shown)
            whole.tokens.update(one.tokens)
        return whole.event(_OWN) if self._vault is None else self._vault.shown(self.scope, whole)
