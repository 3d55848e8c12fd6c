"""Who signed a bundle: DSSE envelopes (https://github.com/secure-systems-lab/dsse) with Ed25519 (RFC 8032).

An envelope's payload names the bundle's digest, the signer, and whether they sign as its author or as its approver. A
bundle holds once both are there and are two people with two keys. Envelopes that nobody trusts say nothing, neither for
a bundle nor against it.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, get_args

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
from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.policy.config import Signer, SignerRole
from asepsis.policy.folder import SIGNATURES

__all__ = ["Signed", "envelope", "new_key", "private_key", "public_text", "verify"]

_TYPE: Final = "application/vnd.asepsis.policy-bundle+json"
_PREFIX: Final = "ed25519:"
_ROLES: Final = get_args(SignerRole)


class Signed(NamedTuple):
    """Who signed: the names of the author and of the approver."""

    author: str
    approver: str


class _Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bundle: str
    signer: str
    role: SignerRole


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


def envelope(bundle: str, key: Ed25519PrivateKey, /, *, signer: str, role: SignerRole) -> bytes:
    """Returns the envelope in which `signer` signs a bundle's digest."""
    payload = canonical.encode(_Statement(bundle, signer, role))
    signature = _Signature(base64.b64encode(key.sign(_pae(payload))).decode(), public_text(key))
    return canonical.encode(_Envelope(base64.b64encode(payload).decode(), _TYPE, (signature,))) + b"\n"


def verify(files: Mapping[str, bytes], bundle: str, signers: Sequence[Signer], /) -> Signed:
    """Returns who signed the bundle of that digest; raises NotTrusted unless an author and another approver did."""
    found: dict[SignerRole, set[tuple[str, str]]] = {role: set() for role in _ROLES}
    for name, data in files.items():
        if name.startswith(SIGNATURES):
            for signer, role in _signers(data, bundle, signers):
                found[role].add((signer.name, signer.key))
    for author, authors_key in sorted(found["author"]):
        for approver, approvers_key in sorted(found["approver"]):
            if author != approver and authors_key != approvers_key:
                return Signed(author, approver)
    raise NotTrusted("expected the signatures of an author and of another approver over this bundle")


def _signers(data: bytes, bundle: str, signers: Sequence[Signer]) -> list[tuple[Signer, SignerRole]]:
    try:
        read = msgspec.json.decode(data, type=_Envelope)
        payload = base64.b64decode(read.payload, validate=True)
        said = msgspec.json.decode(payload, type=_Statement)
    except (msgspec.DecodeError, UnicodeDecodeError, binascii.Error, ValueError):
        return []
    if read.payloadType != _TYPE or said.bundle != bundle:
        return []
    named = [signer for signer in signers if signer.name == said.signer and said.role in signer.roles]
    return [(signer, said.role) for signer in named if any(_holds(signer, payload, one) for one in read.signatures)]


def _holds(signer: Signer, payload: bytes, signature: _Signature) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signer.key.removeprefix(_PREFIX), validate=True))
        key.verify(base64.b64decode(signature.sig, validate=True), _pae(payload))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _pae(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: what is signed says of itself what type it is and where it ends."""
    return b"DSSEv1 %d %b %d %b" % (len(_TYPE), _TYPE.encode(), len(payload), payload)
