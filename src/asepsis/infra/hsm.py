"""Unwrapping keys with a private key that never leaves its token (PKCS #11 v2.40, RFC 7512 for its name).

    pkcs11:token=records;object=opener?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/asepsis/pin

The token does the one step that needs the private key, ECDH over P-256; what follows from the shared point is HPKE's
own (RFC 9180 4.1 and 5.1, base mode). The library is the extra `hsm`.
"""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol, cast
from urllib.parse import parse_qsl, unquote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from asepsis.core.errors import ConfigError, NotTrusted, Unavailable
from asepsis.infra.secrets import resolve

__all__ = ["INFO", "TokenUnwrapper", "decapsulated"]

INFO: Final = b"asepsis sealing v1"
"""What a wrapped key is bound to beside the key that wraps it."""


_POINT: Final = 65
_KEM: Final = b"KEM\x00\x10"
_SUITE: Final = b"HPKE\x00\x10\x00\x01\x00\x02"
_PIN: Final = "pin-source"


class TokenUnwrapper:
    """Unwraps with a P-256 key on a token."""

    def __init__(self, uri: str) -> None:
        """Opens a session; raises ConfigError for a name that says too little, and without the token or the key."""
        try:
            import pkcs11  # noqa: PLC0415 an extra
            from pkcs11 import constants  # noqa: PLC0415 as above
            from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 as above
        except ImportError as error:
            raise ConfigError("expected the extra `hsm`; install `asepsis[hsm]`") from error
        self._pkcs11, self._failure = pkcs11, PKCS11Error
        path, query = _read(uri)
        try:
            token = pkcs11.lib(query["module-path"]).get_token(token_label=path["token"])
            self._session = token.open(user_pin=resolve(query[_PIN], environ={}).strip())
            key = self._session.get_key(constants.ObjectClass.PRIVATE_KEY, label=path["object"])
            self._key = cast("_Key", key)  # the library adds what a key can do when it is found
            public = self._session.get_key(constants.ObjectClass.PUBLIC_KEY, label=path["object"])
            self.point = _point(bytes(public[pkcs11.Attribute.EC_POINT]))
        except PKCS11Error as error:
            raise ConfigError(f"expected a token with that key: {type(error).__name__}", place="pkcs11") from error

    @property
    def public(self) -> str:
        """The public key as settings name it."""
        return "p256:" + base64.b64encode(self.point).decode()

    def unwrap(self, wrapped: bytes, /) -> bytes:
        """Returns a key that was wrapped; raises NotTrusted and Unavailable."""
        return decapsulated(wrapped, self.point, self._shared)

    def _shared(self, point: bytes) -> bytes:
        constants = self._pkcs11
        try:
            shared = self._key.derive_key(
                constants.KeyType.GENERIC_SECRET,
                256,
                mechanism_param=(constants.KDF.NULL, None, point),
                template={constants.Attribute.SENSITIVE: False, constants.Attribute.EXTRACTABLE: True},
            )
            return bytes(shared[constants.Attribute.VALUE])
        except self._failure as error:
            raise Unavailable(f"the token says no: {type(error).__name__}", code="sealing_keys") from error


class _Key(Protocol):
    def derive_key(self, kind: object, bits: int, /, **given: object) -> Mapping[object, bytes]:
        """Derives a key on the token."""


def decapsulated(wrapped: bytes, public: bytes, shared: Callable[[bytes], bytes], /) -> bytes:
    """Opens what HPKE sealed to a P-256 key, of which `shared` does the ECDH; raises NotTrusted."""
    sent, sealed = wrapped[:_POINT], wrapped[_POINT:]
    if len(sent) != _POINT or sent[:1] != b"\4":
        raise NotTrusted("expected a wrapped key", code="sealing_wrapped")
    # RFC 9180 4.1, ExtractAndExpand
    extracted = _extract(b"", b"eae_prk", shared(sent), suite=_KEM)
    secret = _expand(extracted, b"shared_secret", sent + public, suite=_KEM, length=32)
    # RFC 9180 5.1, KeySchedule in mode base
    context = b"\0" + _extract(b"", b"psk_id_hash", b"", suite=_SUITE) + _extract(b"", b"info_hash", INFO, suite=_SUITE)
    scheduled = _extract(secret, b"secret", b"", suite=_SUITE)
    key = _expand(scheduled, b"key", context, suite=_SUITE, length=32)
    nonce = _expand(scheduled, b"base_nonce", context, suite=_SUITE, length=12)
    try:
        return AESGCM(key).decrypt(nonce, sealed, b"")
    except (InvalidTag, ValueError) as error:
        raise NotTrusted("a wrapped key does not open", code="sealing_wrapped") from error


def _extract(salt: bytes, label: bytes, material: bytes, /, *, suite: bytes) -> bytes:
    return HKDF.extract(SHA256(), salt or None, b"HPKE-v1" + suite + label + material)


def _expand(key: bytes, label: bytes, info: bytes, /, *, suite: bytes, length: int) -> bytes:
    whole = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(SHA256(), length, whole).derive(key)


def _read(uri: str) -> tuple[dict[str, str], dict[str, str]]:
    path, _, query = uri.removeprefix("pkcs11:").partition("?")
    pairs = (one.partition("=") for one in path.split(";"))
    named = {name: unquote(value) for name, _, value in pairs}
    asked = dict(parse_qsl(query))
    if not {"token", "object"} <= named.keys() or not {"module-path", _PIN} <= asked.keys():
        raise ConfigError("expected `token`, `object`, `module-path` and `pin-source` in a pkcs11 uri")
    if not Path(asked["module-path"]).exists():
        raise ConfigError("expected the token's library", place=asked["module-path"])
    return named, asked


def _point(encoded: bytes) -> bytes:
    """An EC_POINT is the point in a DER octet string."""
    return encoded[2:] if len(encoded) == _POINT + 2 else encoded
