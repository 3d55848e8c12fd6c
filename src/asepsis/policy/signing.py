"""Who signed a bundle.

A signed statement names the bundle's digest, the signer, and whether they sign as its author or as its approver. A
bundle holds once both are there and are two people with two keys: names of one principal are one person. Statements
that nobody trusts say nothing, neither for a bundle nor against it.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple, get_args

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core.errors import NotTrusted
from asepsis.policy import dsse
from asepsis.policy.config import Signer, SignerRole
from asepsis.policy.folder import SIGNATURES

__all__ = ["Signed", "envelope", "found", "verify"]

_TYPE: Final = "application/vnd.asepsis.policy-bundle+json"
_ROLES: Final = get_args(SignerRole)


class Signed(NamedTuple):
    """Who signed: the names of the author and of the approver."""

    author: str
    approver: str


class _Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bundle: str
    signer: str
    role: SignerRole


def envelope(bundle: str, key: Ed25519PrivateKey, /, *, signer: str, role: SignerRole) -> bytes:
    """Returns the envelope in which `signer` signs a bundle's digest."""
    return dsse.sealed(_Statement(bundle, signer, role), key, type=_TYPE) + b"\n"


def verify(files: Mapping[str, bytes], bundle: str, signers: Sequence[Signer], /) -> Signed:
    """Returns who signed the bundle of that digest; raises NotTrusted unless an author and another approver did."""
    found: dict[SignerRole, set[tuple[str, str, str]]] = {role: set() for role in _ROLES}
    for name, data in files.items():
        if name.startswith(SIGNATURES):
            for signer, role in _signers(data, bundle, signers):
                found[role].add((signer.name, signer.key, signer.principal or signer.name))
    for author in sorted(found["author"]):
        for approver in sorted(found["approver"]):
            if not any(map(str.__eq__, author, approver)):
                return Signed(author[0], approver[0])
    raise NotTrusted("expected the signatures of an author and of another approver over this bundle")


def _signers(data: bytes, bundle: str, signers: Sequence[Signer]) -> Iterator[tuple[Signer, SignerRole]]:
    try:
        said = msgspec.json.decode(dsse.unverified(data, type=_TYPE) or b"", type=_Statement)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    for signer in signers:
        same = said.bundle == bundle and signer.name == said.signer and said.role in signer.roles
        if same and dsse.holds(data, signer.key, type=_TYPE):
            yield signer, said.role


def found(files: Mapping[str, bytes], bundle: str, signers: Sequence[Signer], /) -> str:
    """Returns in words what signatures there are and whether they count, for those who look after a bundle."""
    said: list[str] = []
    known = {one.name for one in signers}
    for name, data in sorted(files.items()):
        if name.startswith(SIGNATURES):
            said.append(f"{name.removeprefix(SIGNATURES)} {_claim(data, bundle, signers, known)}")
    names = ", ".join(sorted(known)) or "nobody"
    return f"policy.signers names {names}; " + ("; ".join(said) or "there is no signature")


def _claim(data: bytes, bundle: str, signers: Sequence[Signer], known: AbstractSet[str]) -> str:
    try:
        said = msgspec.json.decode(dsse.unverified(data, type=_TYPE) or b"", type=_Statement)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "is none"
    if said.bundle != bundle:
        return "is of another bundle"
    if said.signer not in known:
        return "is of a signer that the settings don't name"
    if not any(True for _ in _signers(data, bundle, signers)):
        return "does not hold by that signer's key, or is of another role"
    return f"holds, as {said.role}"
