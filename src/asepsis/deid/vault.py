"""The vault: what tokens stand for, sealed, so that a later call of the same scope can put it back.

1. A scope has a random data key, wrapped under the tenant's key (`core.ports.KeyProvider`).
2. Each value is sealed under the data key (AES-256-GCM, NIST SP 800-38D) and bound to its tenant, scope and token, so
   that no row can stand for another.
3. To destroy a scope's key is to erase its values: nothing else opens them. A scope whose time is up is erased, too.

`open`, `keep`, `shown`, `erase` and `expire` may block and belong into a thread; between them the `Memory` works alone.

INVARIANT: a value is kept before its token leaves: the caller awaits `keep` before it sends what holds the token.
"""

from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.events import VaultErased, VaultRevealed
from asepsis.core.ports import Clock, Digester, KeyProvider, Randomness
from asepsis.core.types import Kind
from asepsis.deid.dice import RandomDraws
from asepsis.deid.ports import VaultStore
from asepsis.deid.restore import Restorer
from asepsis.deid.scope import Memory, year
from asepsis.deid.types import Channel, Issued, Reveal, Scope
from asepsis.infra.records import SealedScope, SealedValue

__all__ = ["LIFE_MS", "Tools", "Vault"]

LIFE_MS: Final = 24 * 3_600_000
"""How long a scope lives after its last value."""

_KEY: Final = "vault"
_SIZE: Final = 32
_NONCE: Final = 12


class Tools(NamedTuple):
    """The ports that a vault works with."""

    keys: KeyProvider
    digester: Digester
    clock: Clock
    randomness: Randomness


class _Plain(msgspec.Struct, frozen=True, array_like=True):
    kind: Kind
    value: str


_PLAIN: Final = msgspec.json.Decoder(_Plain)


class Vault:
    """Keeps the values of scopes, and gives their memories back."""

    def __init__(self, store: VaultStore, tools: Tools, *, life_ms: int = LIFE_MS) -> None:
        self._store = store
        self._tools = tools
        self._life = life_ms

    def digest(self, scope: Scope, /) -> str:
        """Returns the name of a scope in rows and Events: a keyed digest, for a scope's id may be a record number."""
        return self._tools.digester.digest(f"scope {scope.kind.value}", scope.id, tenant=scope.tenant)

    def open(self, scope: Scope, /) -> Memory:
        """Returns a scope's memory; raises NotTrusted for rows that were tampered with, Unavailable without a key."""
        row = self._store.scope(self.digest(scope), tenant=scope.tenant)
        if row is not None and row.expires <= self._tools.clock.now():
            self._store.erase(row.scope, tenant=row.tenant)
            row = None
        issued = [] if row is None else self._opened(row)
        draws = RandomDraws(self._tools.randomness)
        return Memory(scope, draws, today=year(self._tools.clock), issued=issued)

    def keep(self, memory: Memory, /) -> None:
        """Keeps what a memory has issued; raises Unavailable when another took a code, or the scope was erased."""
        pending = memory.pending()
        if not pending:
            return
        now = self._tools.clock.now()
        scope = self.digest(memory.scope)
        row = self._store.scope(scope, tenant=memory.scope.tenant)
        if row is None:
            if memory.kept:
                raise Unavailable("the scope of these tokens was erased; open it again", code="vault_changed")
            row = self._store.add_scope(self._new(memory.scope.tenant, scope, now))
        box = self._box(row)
        rows = [self._sealed(one, row, box, now) for one in pending]
        if not self._store.add(rows, expires=now + self._life):
            raise Unavailable("the scope of these tokens changed meanwhile; open it again", code="vault_changed")
        memory.saved(pending)

    def shown(self, scope: Scope, restorer: Restorer, /) -> VaultRevealed | None:
        """Counts what a restorer has shown and returns the Event's payload, None where nothing was shown."""
        digest = self.digest(scope)
        self._store.count(digest, restorer.tokens, tenant=scope.tenant)
        return restorer.event(digest)

    def reveal(self, scope: Scope, text: str, reveal: Reveal, /) -> tuple[str, VaultRevealed | None]:
        """Returns a text with its values back and the Event's payload, which has to be stored before it is shown."""
        restorer = self.open(scope).restorer(reveal, channel=Channel.READER)
        clear = restorer.feed(text) + restorer.finish()
        return clear, self.shown(scope, restorer)

    def erase(self, scope: Scope, /) -> VaultErased:
        """Destroys a scope's key and values; the Event's payload says how many there were."""
        digest = self.digest(scope)
        return VaultErased(digest, self._store.erase(digest, tenant=scope.tenant), "erased")

    def expire(self, tenant: str, /) -> tuple[VaultErased, ...]:
        """Erases the scopes whose time is up; one payload for each."""
        due = self._store.expired(self._tools.clock.now(), tenant=tenant)
        return tuple(VaultErased(scope, self._store.erase(scope, tenant=tenant), "expired") for scope in due)

    def _new(self, tenant: str, scope: str, now: int) -> SealedScope:
        key = self._tools.randomness.bytes(_SIZE)
        wrapped = self._seal(AESGCM(self._tools.keys.key(_KEY, tenant=tenant)), key, _bound(tenant, scope))
        return SealedScope(tenant, scope, wrapped, now, now + self._life)

    def _box(self, row: SealedScope) -> AESGCM:
        outer = AESGCM(self._tools.keys.key(_KEY, tenant=row.tenant))
        return AESGCM(_unseal(outer, row.wrapped, _bound(row.tenant, row.scope)))

    def _sealed(self, issued: Issued, row: SealedScope, box: AESGCM, now: int) -> SealedValue:
        plain = msgspec.json.encode(_Plain(issued.kind, issued.value))
        sealed = self._seal(box, plain, _bound(row.tenant, row.scope, issued.token))
        return SealedValue(row.tenant, row.scope, issued.token, sealed, now)

    def _opened(self, row: SealedScope) -> list[Issued]:
        box = self._box(row)
        issued: list[Issued] = []
        for one in self._store.values(row.scope, tenant=row.tenant):
            plain = _PLAIN.decode(_unseal(box, one.sealed, _bound(row.tenant, row.scope, one.token)))
            issued.append(Issued(one.token, plain.kind, plain.value))
        return issued

    def _seal(self, box: AESGCM, plain: bytes, bound: bytes) -> bytes:
        nonce = self._tools.randomness.bytes(_NONCE)
        return nonce + box.encrypt(nonce, plain, bound)


def _unseal(box: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    try:
        return box.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
    except (InvalidTag, ValueError) as error:
        raise NotTrusted("a sealed value of the vault does not open", code="vault_sealed") from error


def _bound(*names: str) -> bytes:
    """What a sealed value is bound to; each name behind its length, so that no two lists give the same bytes."""
    return b"".join(len(raw).to_bytes(4, "big") + raw for raw in (name.encode() for name in names))
