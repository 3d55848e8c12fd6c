"""The values that decide a call, for those who approve it: whom, what and how much, and no more of its words.

They are sealed where a case is kept (AES-SIV, RFC 5297), for that call and their place in it: whoever can write to the
database can neither read them nor put others in their places. Once a case is settled they are gone. What approvers
sign is the digest of the call; these values are shown so that they know what it is.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from asepsis.core.errors import NotTrusted
from asepsis.core.ports import KeyProvider
from asepsis.core.types import Outline, Piece

__all__ = ["Values", "without"]

_KEYS: Final = ("approvals.values.mac", "approvals.values.key")


class Values:
    """Seals and opens what an outline shows of values, with keys of the tenant's own."""

    def __init__(self, keys: KeyProvider) -> None:
        self._keys = keys

    def sealed(self, outline: Outline, action: str, /, *, tenant: str) -> Outline:
        """Returns an outline with its values sealed for the call whose keyed digest is `action`."""
        if not any(piece.value for piece in outline.pieces):
            return outline
        cipher = self._cipher(tenant)

        def seal(at: int, piece: Piece) -> str:
            """Seals one value."""
            return base64.b64encode(cipher.encrypt(piece.value.encode(), _bound(action, at, piece))).decode()

        return _changed(outline, seal)

    def opened(self, outline: Outline, action: str, /, *, tenant: str) -> Outline:
        """Returns an outline with its values in the clear; raises NotTrusted where one was changed or moved."""
        if not any(piece.value for piece in outline.pieces):
            return outline
        cipher = self._cipher(tenant)

        def read(at: int, piece: Piece) -> str:
            """Opens one value."""
            try:
                data = base64.b64decode(piece.value, validate=True)
                return cipher.decrypt(data, _bound(action, at, piece)).decode()
            except (InvalidTag, binascii.Error, ValueError) as error:
                raise NotTrusted("a value of the case was changed", place=piece.place) from error

        return _changed(outline, read)

    def _cipher(self, tenant: str) -> AESSIV:
        return AESSIV(b"".join(self._keys.key(name, tenant=tenant) for name in _KEYS))


def without(outline: Outline, /) -> Outline:
    """Returns an outline without values: what is digested, and what stays of a case that is settled."""
    return _changed(outline, lambda *_: "") if any(piece.value for piece in outline.pieces) else outline


def _changed(outline: Outline, other: Callable[[int, Piece], str]) -> Outline:
    pieces = (
        msgspec.structs.replace(one, value=other(at, one)) if one.value else one
        for at, one in enumerate(outline.pieces)
    )
    return msgspec.structs.replace(outline, pieces=tuple(pieces))


def _bound(action: str, at: int, piece: Piece) -> list[bytes]:
    return [action.encode(), str(at).encode(), piece.place.encode()]
