"""The keys that one process seals with, for a minute at a time.

Each owner, a person or a session, gets a random key when something about it is sealed first, another one in each later
window, and one for each type of record, so that each is destroyed when its time is up. Keys are wrapped under the
window's key, and that one, once, under the key-encrypting key, of which this process has the wrapping half alone: what
it sealed before the present window it can't read any more.

INVARIANT: keys are random, never derived, so that a key whose row is destroyed is gone.
"""

from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Clock, Randomness, Unwrapper, Wrapper
from asepsis.infra.records import OwnerKey
from asepsis.ledger.errors import unopened
from asepsis.ledger.sealing.bodies import KEY_SIZE, DataKey, data_key

__all__ = ["DAY_MS", "Fresh", "Keyring", "unwrapped"]

DAY_MS: Final = 86_400_000
_ID: Final = 16
_NONCE: Final = 12
_WINDOW_NS: Final = 60 * 10**9
_GRACE_NS: Final = 15 * 60 * 10**9
"""How long a window's key is used beyond its time while no new one can be wrapped."""


class Fresh(NamedTuple):
    """Keys that no store has yet, and the groups of keys that wrap together, by their ids."""

    keys: tuple[OwnerKey, ...]
    groups: tuple[tuple[str, tuple[bytes, ...]], ...]


class _Window(NamedTuple):
    box: AESGCM
    via: bytes
    ends: int
    keys: dict[tuple[str, str, str], tuple[bytes, bytes]]
    sealing: dict[tuple[str, tuple[str, ...], str], DataKey]


class Keyring:
    """Hands out what seals parts; any thread may ask, one at a time, while another one renews.

    `window` is the number of the window that was begun last.
    """

    def __init__(self, wrapper: Wrapper, clock: Clock, randomness: Randomness, /) -> None:
        self._wrapper = wrapper
        self._clock = clock
        self._randomness = randomness
        self._window: _Window | None = None
        self._keys: list[OwnerKey] = []
        self._groups: list[tuple[str, tuple[bytes, ...]]] = []
        self.window = 0

    @property
    def has_fresh(self) -> bool:
        """Whether there are keys that no store has yet."""
        return bool(self._keys or self._groups)

    def holds(self) -> bool:
        """Whether there is a window whose keys may still be used."""
        return self._window is not None and self._clock.monotonic() <= self._window.ends + _GRACE_NS

    def data_key(self, tenant: str, owners: tuple[str, ...], record: str, /) -> DataKey:
        """Returns what seals for all of these owners together; raises Unavailable where there is no window."""
        window = self._window
        if window is None:
            raise Unavailable("expected the key-encrypting key to answer", code="sealing_keys")
        known = window.sealing.get((tenant, owners, record))
        if known is None:
            keys = dict(self._key(window, tenant, owner, record) for owner in sorted(set(owners)))
            known = window.sealing[tenant, owners, record] = data_key(keys, randomness=self._randomness)
            if len(keys) > 1:
                self._groups.append((tenant, known.keys))
        return known

    def fresh(self) -> Fresh:
        """Returns the keys that were made since the last call; they have to be stored before what they wrap counts."""
        found = Fresh(tuple(self._keys), tuple(self._groups))
        self._keys.clear()
        self._groups.clear()
        return found

    def renew(self) -> None:
        """Begins a new window where the last one is over; may block; raises Unavailable, and the last one goes on."""
        now, window = self._clock.monotonic(), self._window
        if window is not None and now < window.ends:
            return
        key = self._randomness.bytes(KEY_SIZE)
        via = self._wrapper.wrap(key)
        self._window = _Window(AESGCM(key), via, now + _WINDOW_NS, {}, {})
        self.window += 1  # behind it: whoever sees the number gets keys of no window before

    def forget(self) -> None:
        """Ends the window, and with it keys whose rows were lost."""
        self._window = None
        self.fresh()

    def _key(self, window: _Window, tenant: str, owner: str, record: str) -> tuple[bytes, bytes]:
        known = window.keys.get((tenant, owner, record))
        if known is None:
            drawn = self._randomness.bytes(_ID + KEY_SIZE + _NONCE)
            name, key, nonce = drawn[:_ID], drawn[_ID:-_NONCE], drawn[-_NONCE:]
            wrapped = nonce + window.box.encrypt(nonce, key, _bound(tenant, name, owner))
            day = self._clock.now() // DAY_MS
            self._keys.append(OwnerKey(tenant, name, owner, record, day, wrapped, window.via))
            known = window.keys[tenant, owner, record] = (name, key)
        return known


def unwrapped(row: OwnerKey, unwrapper: Unwrapper, /) -> bytes:
    """Returns an owner's key; raises NotTrusted for a row that was changed, Unavailable."""
    key = unwrapper.unwrap(row.via)
    try:
        box = AESGCM(key)
        return box.decrypt(row.wrapped[:_NONCE], row.wrapped[_NONCE:], _bound(row.tenant, row.key, row.owner))
    except (InvalidTag, ValueError) as error:
        raise unopened("the key of an owner does not open") from error


def _bound(tenant: str, key: bytes, owner: str) -> bytes:
    names = (tenant.encode(), key, owner.encode())
    return b"asepsis owner key v1" + b"".join(len(raw).to_bytes(4, "big") + raw for raw in names)
