"""Signed statements: DSSE envelopes (https://github.com/secure-systems-lab/dsse) with Ed25519 (RFC 8032).

What is signed says of itself what type it is and where it ends, so a statement of one type is never taken for another.
"""

import base64
import binascii
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from asepsis.core import canonical
from asepsis.core.errors import ConfigError

__all__ = ["holds", "locked", "new_key", "private_key", "public_bytes", "public_text", "sealed", "unverified"]

_PREFIX: Final = "ed25519:"
_BYTES: Final = 32
_LONGEST: Final = 64 * 1024


class _Signature(msgspec.Struct, frozen=True):
    sig: str
    keyid: str = ""


class _Envelope(msgspec.Struct, frozen=True):
    payload: str
    payloadType: str  # noqa: N815 DSSE's own name
    signatures: tuple[_Signature, ...]


def new_key(passphrase: bytes = b"") -> bytes:
    """Returns a new private key as PEM (PKCS #8), encrypted where there is a passphrase."""
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


def locked(pem: bytes, /) -> bool:
    """Whether a private key is encrypted (PKCS #8)."""
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in pem


def private_key(pem: bytes, passphrase: bytes = b"", /) -> Ed25519PrivateKey:
    """Reads a private key; raises ConfigError for anything but an Ed25519 key that the passphrase opens."""
    try:
        key = load_pem_private_key(pem, passphrase or None)
    except (ValueError, TypeError) as error:
        raise ConfigError("expected an Ed25519 private key in PEM, and its passphrase if it has one") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError("expected an Ed25519 private key")
    return key


def public_text(key: Ed25519PrivateKey, /) -> str:
    """Returns the public key as settings name it: `ed25519:` and base64 of its 32 bytes."""
    return _PREFIX + base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def public_bytes(text: str, /) -> bytes:
    """Returns the 32 bytes of a public key as settings name it; raises ConfigError for anything else."""
    try:
        data = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != _BYTES or not text.startswith(_PREFIX):
        raise ConfigError("expected a public key as `asepsis policy key` prints it, `ed25519:` and base64")
    return data


def sealed(statement: msgspec.Struct, key: Ed25519PrivateKey, /, *, type: str) -> bytes:  # noqa: A002 DSSE's word
    """Returns the envelope of a statement of that type."""
    payload = canonical.encode(statement)
    signature = _Signature(base64.b64encode(key.sign(_pae(payload, type))).decode(), public_text(key))
    return canonical.encode(_Envelope(base64.b64encode(payload).decode(), type, (signature,)))


def unverified(data: bytes, /, *, type: str) -> bytes | None:  # noqa: A002 as above
    """Returns the payload that an envelope of that type says it has, None where it is none; nobody vouches for it."""
    read = _read(data)
    return read[1] if read is not None and read[0].payloadType == type else None


def holds(data: bytes, key: str, /, *, type: str) -> bool:  # noqa: A002 as above
    """Whether an envelope is of that type and signed by a public key, in the form of `public_text`."""
    read = _read(data)
    if read is None or read[0].payloadType != type:
        return False
    envelope, payload = read
    return any(_signed(key, _pae(payload, type), one.sig) for one in envelope.signatures)


def _read(data: bytes) -> tuple[_Envelope, bytes] | None:
    if len(data) > _LONGEST:
        return None
    try:
        envelope = msgspec.json.decode(data, type=_Envelope)
        return envelope, base64.b64decode(envelope.payload, validate=True)
    except (msgspec.DecodeError, UnicodeDecodeError, binascii.Error, ValueError, RecursionError):
        return None


def _signed(key: str, data: bytes, signature: str) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(public_bytes(key))
        public.verify(base64.b64decode(signature, validate=True), data)
    except (InvalidSignature, ConfigError, binascii.Error, ValueError):
        return False
    return True


def _pae(payload: bytes, type: str) -> bytes:  # noqa: A002 as above
    """DSSE's pre-authentication encoding."""
    return b"DSSEv1 %d %b %d %b" % (len(type), type.encode(), len(payload), payload)
