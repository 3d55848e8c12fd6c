"""Handles at the gateway: whose grant one is, looked up in a thread and remembered for two seconds.

So a grant that was taken back is gone from every worker within that time, and a call with a handle costs no look at the
database but now and then. What is bound to a key is asked for anew each time: its proof has to be.

Whoever shows a handle that was good hears why it is so no more; whoever shows what never was one hears nothing of it.
What is bound to a key or certificate is said to be over only where that is shown, too: a thief learns nothing.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from asepsis.core.errors import NotTrusted
from asepsis.core.ports import Clock, Ended, KeyProvider
from asepsis.core.types import Grant
from asepsis.identity.callers import certificate_thumbprint
from asepsis.identity.dpop import Seen, thumbprint
from asepsis.identity.grants import CERTIFICATE, PREFIX, digest, unseal
from asepsis.infra.records import GrantRow

__all__ = ["EXPIRED", "MOST", "REVOKED", "Asked", "Handles", "Held"]

MOST: Final = 128
"""How many characters a handle may have."""

REVOKED: Final = Ended("identity.revoked", "the session grant was taken back; ask for another one")
"""What the holder of a grant that was taken back hears."""

EXPIRED: Final = Ended("identity.expired", "the session grant's time is up; ask for another one")
"""What the holder of a grant hears whose time is up."""

_FRESH: Final = 2_000_000_000
_REMEMBERED: Final = 4096


class Held(Protocol):
    """Where grants lie."""

    def held(self, handle: str, /) -> GrantRow | None:
        """Returns the grant behind a handle's SHA-256, revoked or not; None where there is none."""


class Asked(NamedTuple):
    """What a handle came with: the request's method and address, its proof, and the certificate that was shown.

    A proof is empty where there is none, and so is the certificate, in DER.
    """

    method: str
    address: str
    proof: str
    certificate: bytes = b""


class _Looked(NamedTuple):
    grant: Grant | None
    revoked: bool
    until: int


class Handles:
    """Says what grant a handle stands for; `rows` is called when the first is asked for."""

    def __init__(self, rows: Callable[[], Held], keys: KeyProvider, seen: Seen, *, clock: Clock) -> None:
        self._open = rows
        self._keys = keys
        self._seen = seen
        self._clock = clock
        self._rows: Held | None = None
        self._looked: dict[str, _Looked] = {}

    def fresh(self, handle: str, /) -> bool:
        """Whether a handle was looked up just now, and what it stands for needs no proof."""
        looked = self._looked.get(handle)
        if looked is None or self._clock.monotonic() >= looked.until:
            return False
        return looked.grant is None or not looked.grant.bound

    def known(self, handle: str, /) -> Grant | Ended | None:
        """Returns the grant that a fresh handle stands for, None where there is none, and why where it is over."""
        looked = self._looked.get(handle)
        return self._now(looked) if looked is not None else None

    def look(self, handle: str, asked: Asked, /) -> Grant | Ended | None:
        """Looks a handle up, and its proof over; may block; raises Unavailable where nobody can say."""
        if not handle.startswith(PREFIX) or len(handle) > MOST:
            return None
        row = self._opened().held(digest(handle))
        looked = _Looked(self._grant(row), row is not None and bool(row.revoked), self._clock.monotonic() + _FRESH)
        if len(self._looked) >= _REMEMBERED:
            self._looked.clear()
        self._looked[handle] = looked
        return self._now(looked) if looked.grant is not None and self._shown(looked.grant, handle, asked) else None

    def _now(self, looked: _Looked) -> Grant | Ended | None:
        """Returns what a handle stands for at this moment."""
        if looked.grant is None:
            return None
        if looked.revoked:
            return REVOKED
        return looked.grant if self._clock.now() < looked.grant.expires else EXPIRED

    def _shown(self, grant: Grant, handle: str, asked: Asked) -> bool:
        """Whether a handle came with what its grant is bound to, and with nothing else."""
        if not grant.bound:
            return not asked.proof
        if grant.bound.startswith(CERTIFICATE):
            shown = certificate_thumbprint(asked.certificate)
            return not asked.proof and bool(shown) and f"{CERTIFICATE}{shown}" == grant.bound
        now = self._clock.now() // 1000
        key = thumbprint(
            asked.proof, method=asked.method, address=asked.address, token=handle, now=now, seen=self._seen
        )
        return key == grant.bound

    def _grant(self, row: GrantRow | None) -> Grant | None:
        if row is None:
            return None
        try:
            return unseal(row, self._keys)
        except NotTrusted:
            return None

    def _opened(self) -> Held:
        if self._rows is None:
            self._rows = self._open()
        return self._rows
