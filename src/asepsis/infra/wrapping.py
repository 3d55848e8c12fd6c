"""Wrapping keys for whoever may open: a key-encrypting key of which each side has one half.

| setting | wraps | unwraps |
|---|---|---|
| `x25519:`, `p256:` and base64 | the public key | a private key in a PEM file, or on a token (`pkcs11:`) |
| `kms:` and a key's id or ARN | permission to encrypt | permission to decrypt |

With a public key it is HPKE (RFC 9180, base mode): DHKEM over X25519 or P-256 with HKDF-SHA256, HKDF-SHA256, and
AES-256-GCM. A token has P-256, for few know X25519.
"""

import base64
import binascii
import os
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.core.ports import Unwrapper, Wrapper
from asepsis.infra.hsm import INFO, TokenUnwrapper

__all__ = ["FileUnwrapper", "PublicWrapper", "new_key", "public_text", "unwrapper", "wrapper"]

_LOOSE: Final = stat.S_IRWXG | stat.S_IRWXO
_X25519: Final = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_P256: Final = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)

_Public = X25519PublicKey | EllipticCurvePublicKey


def wrapper(to: str, /) -> Wrapper:
    """Returns what wraps for the holder of a key, as settings name it; raises ConfigError."""
    if to.startswith("kms:"):
        from asepsis.infra.kms import KmsWrapper  # noqa: PLC0415 its library is an extra

        return KmsWrapper(to.removeprefix("kms:"))
    return PublicWrapper(to)


def unwrapper(key: str, /, *, passphrase: bytes = b"") -> Unwrapper:
    """Returns what unwraps with a key: a PEM file, `pkcs11:` or `kms:`; raises ConfigError."""
    if key.startswith("kms:"):
        from asepsis.infra.kms import KmsWrapper  # noqa: PLC0415 its library is an extra

        return KmsWrapper(key.removeprefix("kms:"))
    if key.startswith("pkcs11:"):
        return TokenUnwrapper(key)
    return FileUnwrapper(Path(key), passphrase)


def new_key(passphrase: bytes = b"", /) -> bytes:
    """Returns a new X25519 private key as PEM (PKCS #8), encrypted where there is a passphrase."""
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


def public_text(public: _Public, /) -> str:
    """Returns a public key as settings name it."""
    if isinstance(public, X25519PublicKey):
        return "x25519:" + base64.b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return "p256:" + base64.b64encode(point).decode()


class PublicWrapper:
    """Wraps for the holder of a private key."""

    def __init__(self, text: str) -> None:
        """Reads the public key; raises ConfigError."""
        self._public = _public(text)
        self._suite = _X25519 if isinstance(self._public, X25519PublicKey) else _P256

    def wrap(self, key: bytes, /) -> bytes:
        """Returns a key encapsulated and sealed."""
        return self._suite.encrypt(key, self._public, INFO)


class FileUnwrapper:
    """Unwraps with a private key in a file."""

    def __init__(self, path: Path, passphrase: bytes = b"") -> None:
        """Reads the private key; raises ConfigError when it is missing, readable by others, or none of these."""
        key = _private(path, passphrase)
        self._key = key
        self._suite = _X25519 if isinstance(key, X25519PrivateKey) else _P256

    @property
    def public(self) -> str:
        """The public key as settings name it."""
        return public_text(self._key.public_key())

    def unwrap(self, wrapped: bytes, /) -> bytes:
        """Returns a key that was wrapped; raises NotTrusted."""
        try:
            return self._suite.decrypt(wrapped, self._key, INFO)
        except (InvalidTag, ValueError) as error:
            raise NotTrusted("a wrapped key does not open", code="sealing_wrapped") from error


def _public(text: str) -> _Public:
    kind, _, encoded = text.partition(":")
    try:
        data = base64.b64decode(encoded, validate=True)
        if kind == "x25519":
            return X25519PublicKey.from_public_bytes(data)
        if kind == "p256":
            return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), data)
    except (binascii.Error, ValueError) as error:
        raise ConfigError("expected a public key, `x25519:` or `p256:` and base64") from error
    raise ConfigError("expected `x25519:`, `p256:` or `kms:`, as `asepsis ledger opener-key` prints it")


def _private(path: Path, passphrase: bytes) -> X25519PrivateKey | EllipticCurvePrivateKey:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            pem = file.read()
    except OSError as error:
        raise ConfigError("expected a readable private key, got none", place=str(path)) from error
    if mode & _LOOSE:
        raise ConfigError(f"expected a file for its owner only (mode 600), got mode {mode:o}", place=str(path))
    try:
        key = load_pem_private_key(pem, passphrase or None)
    except (ValueError, TypeError) as error:
        raise ConfigError("expected a private key in PEM, and its passphrase if it has one", place=str(path)) from error
    if isinstance(key, X25519PrivateKey):
        return key
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise ConfigError("expected an X25519 or P-256 private key", place=str(path))
