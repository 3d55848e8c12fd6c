"""Another key-encrypting key: what was wrapped under the old one is wrapped under the new one, row by row.

1. New windows go under the new key as soon as settings name it; openers are given both keys meanwhile.
2. Each row's window key is unwrapped with the old key and wrapped for the new one. INVARIANT: a row is changed only
   once the new key was seen to open what it says then, and only if nobody destroyed or changed it meanwhile.
3. A row that the new key opens already is left, so a rotation that was cut short is begun again and goes on.

It runs where both private keys are; at no time has the gateway either. Data keys, bodies and Events stay as they are.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.events import KeysRewrapped
from asepsis.core.ports import Unwrapper, Wrapper

__all__ = ["Custodians", "Openers", "Rotated", "Rotation", "Wrapped"]

_PAGE: Final = 500


class Wrapped(NamedTuple):
    """A row of an owner's key: its id, and its window's key under the key-encrypting key."""

    key: bytes
    via: bytes


class Rotated(NamedTuple):
    """How many rows were wrapped anew, had been before, and open with neither key."""

    keys: int = 0
    before: int = 0
    lost: int = 0


class Custodians(Protocol):
    """The store of owners' keys, as far as a rotation needs it."""

    def page(self, after: bytes, most: int, /, *, tenant: str) -> Sequence[tuple[bytes, bytes]]:
        """Returns up to so many rows with ids above one, in their order: id, and window key wrapped."""

    def rewrap(self, changes: Sequence[tuple[bytes, bytes, bytes]], /, *, tenant: str) -> int:
        """Changes rows by id, from one wrapped key to another, where they still have the first; returns how many."""

    def tell(self, told: KeysRewrapped, /, *, tenant: str) -> None:
        """Has an Event told."""


class Openers:
    """Unwraps with whichever of several keys fits: the one that did last is tried first."""

    def __init__(self, openers: Sequence[Unwrapper]) -> None:
        self._openers = list(openers)

    def unwrap(self, wrapped: bytes, /) -> bytes:
        """Returns a key that was wrapped for one of them; raises NotTrusted, and Unavailable where one is away."""
        failed: NotTrusted | Unavailable = NotTrusted("a wrapped key does not open", code="sealing_wrapped")
        for one in tuple(self._openers):
            try:
                key = one.unwrap(wrapped)
            except NotTrusted:
                continue
            except Unavailable as error:  # the next one may fit
                failed = error
                continue
            self._openers.remove(one)
            self._openers.insert(0, one)
            return key
        raise failed


class Rotation:
    """Wraps a tenant's keys anew: `old` opens what is there, `wrapper` and `new` are the halves of the other key."""

    def __init__(
        self, store: Custodians, old: Unwrapper, new: Unwrapper, wrapper: Wrapper, /, *, names: tuple[str, str]
    ) -> None:
        self._store = store
        self._old = old
        self._new = new
        self._wrapper = wrapper
        self._names = names
        self._known: dict[bytes, bytes | None] = {}

    def run(self, tenant: str, /) -> Rotated:
        """Goes over all rows and tells what it did, also where it stops; raises Unavailable."""
        done, after = Rotated(), b""
        try:
            while page := self._store.page(after, _PAGE, tenant=tenant):
                after = page[-1][0]
                done = self._rewrapped(done, [Wrapped(*one) for one in page], tenant)
            return done
        finally:
            self._store.tell(KeysRewrapped(*self._names, *done), tenant=tenant)

    def _rewrapped(self, done: Rotated, page: Sequence[Wrapped], tenant: str, /) -> Rotated:
        changes: list[tuple[bytes, bytes, bytes]] = []
        before = lost = 0
        for row in page:
            try:
                after = self._anew(row.via)
            except NotTrusted:
                lost += 1
                continue
            if after is None:
                before += 1
            else:
                changes.append((row.key, row.via, after))
        changed = self._store.rewrap(changes, tenant=tenant) if changes else 0
        return Rotated(done.keys + changed, done.before + before, done.lost + lost)

    def _anew(self, via: bytes, /) -> bytes | None:
        """Returns a window's key under the new key, None where it is already; raises NotTrusted and Unavailable."""
        if via not in self._known:
            self._known[via] = self._wrapped(via)
        return self._known[via]

    def _wrapped(self, via: bytes, /) -> bytes | None:
        try:
            key = self._old.unwrap(via)
        except NotTrusted:
            self._new.unwrap(via)
            return None
        after = self._wrapper.wrap(key)
        if self._new.unwrap(after) != key:
            raise Unavailable("the new key does not open what it wrapped", code="sealing_keys")
        return after
