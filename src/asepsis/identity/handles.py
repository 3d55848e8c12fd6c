"""Handles at the gateway: whose grant one is, looked up in a thread and remembered for two seconds.

So a grant that was taken back is gone from every worker within that time, and a call with a handle costs no look at the
database but now and then. What is bound to a key is asked for anew each time: its proof has to be.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from asepsis.core.errors import NotTrusted
from asepsis.core.ports import Clock, KeyProvider
from asepsis.core.types import Grant
from asepsis.identity.callers import certificate_thumbprint
from asepsis.identity.dpop import Seen, thumbprint
from asepsis.identity.grants import CERTIFICATE, PREFIX, digest, unseal
from asepsis.infra.records import GrantRow

__all__ = ["MOST", "Asked", "Handles", "Held"]

MOST: Final = 128
"""How many characters a handle may have."""

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

    def known(self, handle: str, /) -> Grant | None:
        """Returns the grant that a fresh handle stands for, None where there is none or its time is up."""
        looked = self._looked.get(handle)
        grant = looked.grant if looked is not None else None
        return grant if grant is not None and self._clock.now() < grant.expires else None

    def look(self, handle: str, asked: Asked, /) -> Grant | None:
        """Looks a handle up, and its proof over; may block; raises Unavailable where nobody can say."""
        if not handle.startswith(PREFIX) or len(handle) > MOST:
            return None
        grant = self._grant(self._opened().held(digest(handle)))
        if len(self._looked) >= _REMEMBERED:
            self._looked.clear()
        self._looked[handle] = _Looked(grant, self._clock.monotonic() + _FRESH)
        grant = self.known(handle)
        if grant is None or not grant.bound:
            return grant if not asked.proof else None
        if grant.bound.startswith(CERTIFICATE):
            shown = asked.certificate and f"{CERTIFICATE}{certificate_thumbprint(asked.certificate)}" == grant.bound
            return grant if shown and not asked.proof else None
        now = self._clock.now() // 1000
        key = thumbprint(
            asked.proof, method=asked.method, address=asked.address, token=handle, now=now, seen=self._seen
        )
        return grant if key == grant.bound else None

    def _grant(self, row: GrantRow | None) -> Grant | None:
        if row is None or row.revoked:
            return None
        try:
            return unseal(row, self._keys)
        except NotTrusted:
            return None

    def _opened(self) -> Held:
        if self._rows is None:
            self._rows = self._open()
        return self._rows
