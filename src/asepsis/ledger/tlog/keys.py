"""Keys that sign checkpoints, and what they sign (C2SP signed-note, tlog-cosignature).

| type | what | what is signed |
|---|---|---|
| 0x01 | Ed25519 of a log | the note's text |
| 0x04 | Ed25519 cosignature/v1 | a line that says so, the time, the note's text |
| 0x06 | ML-DSA-44 cosignature | the names, the time, size and root; extension lines are not covered |
"""

import hashlib
import struct
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from asepsis.ledger.errors import unproven
from asepsis.ledger.tlog import checkpoints
from asepsis.ledger.tlog.encoding import MAX_SIZE, from_base64, to_base64
from asepsis.ledger.tlog.notes import Note, Signature, check_name

__all__ = ["KeyType", "SigningKey", "VerifierKey", "verified"]

_PUBLIC_SIZES: Final = {0x01: 32, 0x04: 32, 0x06: 1312}
_SIGNATURE_SIZES: Final = {0x01: 64, 0x04: 8 + 64, 0x06: 8 + 2420}
_LONGEST_KEY: Final = 4096
_HEX: Final = frozenset("0123456789abcdef")
_TIME: Final = struct.Struct(">Q")
_LABEL: Final = b"subtree/v1\n\0"


class KeyType(IntEnum):
    """The signature types that are known here."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


class VerifierKey(NamedTuple):
    """A public key with its owner's name."""

    name: str
    kind: KeyType
    public: bytes

    @classmethod
    def parse(cls, text: str, /) -> "VerifierKey":
        """Reads a vkey, `<name>+<key id>+<base64>`; raises NotTrusted, also for a key id that is not the key's."""
        if len(text) > _LONGEST_KEY or text.count("+") < 2:
            raise unproven("expected a vkey")
        name, key_id, encoded = text.split("+", 2)
        data = from_base64(encoded)
        if not data or data[0] not in _PUBLIC_SIZES or len(data) - 1 != _PUBLIC_SIZES[data[0]]:
            raise unproven("expected a vkey of a known type")
        key = cls(check_name(name), KeyType(data[0]), data[1:])
        if key.key_id.hex() != key_id:
            raise unproven("expected the vkey's own key id")
        return key

    @property
    def key_id(self) -> bytes:
        """The four bytes that a signature line names the key by."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def render(self) -> str:
        """Returns the vkey."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    def check(self, text: str, value: bytes, /) -> int:
        """Returns the second in which a note's text was signed, 0 where none is told; raises NotTrusted."""
        if len(value) != _SIGNATURE_SIZES[self.kind]:
            raise unproven("expected a signature of its type's size")
        time = 0
        if self.kind != KeyType.ED25519:
            time = _TIME.unpack_from(value)[0]
            value = value[_TIME.size :]
            if time > MAX_SIZE:
                raise unproven("expected a time below 2^63")
        try:
            _public(self.kind, self.public).verify(value, _message(self.kind, self.name, text, time=time))
        except (InvalidSignature, ValueError) as error:
            raise unproven("the signature does not hold") from error
        return time


class SigningKey:
    """A private key, made from a seed of 32 bytes, with its owner's name."""

    def __init__(self, name: str, kind: KeyType, seed: bytes, /) -> None:
        self._private: Ed25519PrivateKey | MLDSA44PrivateKey
        if kind == KeyType.ML_DSA_44:
            self._private = MLDSA44PrivateKey.from_seed_bytes(seed)
        else:
            self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(check_name(name), kind, self._private.public_key().public_bytes_raw())
        self._key_id = self.verifier.key_id

    def sign(self, text: str, /, *, time: int = 0) -> Signature:
        """Signs a checkpoint's text; a cosignature tells the time, in seconds."""
        kind, name = self.verifier.kind, self.verifier.name
        value = self._private.sign(_message(kind, name, text, time=time))
        return Signature(name, self._key_id, value if kind == KeyType.ED25519 else _TIME.pack(time) + value)


def verified(note: Note, keys: Iterable[VerifierKey], /) -> Mapping[VerifierKey, int]:
    """Returns which of the keys signed a note, and the second they tell; those of other keys are ignored.

    Raises NotTrusted where a signature of one of the keys does not hold. None at all is for the caller to judge.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found: dict[VerifierKey, int] = {}
    for signature in note.unverified:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            time = key.check(note.text, signature.value)
            found[key] = max(time, found.get(key, 0))
    return found


@lru_cache(maxsize=256)
def _public(kind: KeyType, data: bytes, /) -> Ed25519PublicKey | MLDSA44PublicKey:
    if kind == KeyType.ML_DSA_44:
        return MLDSA44PublicKey.from_public_bytes(data)
    return Ed25519PublicKey.from_public_bytes(data)


def _message(kind: KeyType, name: str, text: str, /, *, time: int) -> bytes:
    if kind == KeyType.ED25519:
        return text.encode()
    if kind == KeyType.COSIGNATURE:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    checkpoint = checkpoints.parse(text)
    numbers = struct.pack(">QQ", 0, checkpoint.size)
    return b"".join([_LABEL, _framed(name), _TIME.pack(time), _framed(checkpoint.origin), numbers, checkpoint.root])


def _framed(text: str, /) -> bytes:
    data = text.encode()
    return bytes([len(data)]) + data
