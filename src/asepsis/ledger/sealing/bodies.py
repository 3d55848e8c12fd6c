"""The sealed form of a body: its parts, each under a data key of its own, wrapped by the keys of those it is about.

1. A part is the canonical JSON of its place, who speaks, and its text. Its salt and those bytes are sealed under a
   random data key that is used once (AES-256-GCM, NIST SP 800-38D), bound to tenant, Event, number and commitment.
2. The data key is wrapped by a key made of the keys of *all* owners of the part (HKDF-SHA256, RFC 5869, over them in
   the order of their ids): without any one of them nothing opens it.
3. The commitments stand beside in clear, so that a body can be held against its Event without any key.

INVARIANT: whatever bytes are read here are a body, or NotTrusted is raised.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Meta

from asepsis.core import canonical
from asepsis.core.ports import Randomness
from asepsis.ledger.errors import unopened
from asepsis.ledger.sealing.commitments import SALT_SIZE, commit

__all__ = [
    "KEY_SIZE", "MOST_PARTS", "Body", "Owned", "Plain", "Rendered", "SealedPart", "Wrapping", "combined", "open_part",
    "opened_text", "parse", "seal",
]  # fmt: skip

KEY_SIZE: Final = 32
MOST_PARTS: Final = 65_536
_NONCE: Final = 12
_ONCE: Final = bytes(_NONCE)
_VERSION: Final = 1
_WRAPPED: Final = _NONCE + KEY_SIZE + 16
_DRAWN: Final = KEY_SIZE + SALT_SIZE + _NONCE

_Key = Annotated[bytes, Meta(min_length=16, max_length=16)]


class Wrapping(NamedTuple):
    """What wraps the data keys of parts that have the same owners: the ids of their keys, and the box made of those."""

    keys: tuple[bytes, ...]
    box: AESGCM


class Plain(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A part before it is sealed, and after it was opened."""

    place: str
    role: str
    text: str

    def render(self) -> bytes:
        """Returns the bytes that are sealed and committed to."""
        return canonical.encode(self)


class Owned(NamedTuple):
    """A part's bytes, and what wraps its data key."""

    part: bytes
    wrapping: Wrapping


class Rendered(NamedTuple):
    """A body's bytes, and the commitments to its parts."""

    data: bytes
    commitments: list[bytes]


class SealedPart(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A sealed part; `owners` is the number of its owners' keys in the body's list."""

    owners: Annotated[int, Meta(ge=0, lt=MOST_PARTS)]
    commitment: Annotated[bytes, Meta(min_length=SALT_SIZE, max_length=SALT_SIZE)]
    wrapped: Annotated[bytes, Meta(min_length=_WRAPPED, max_length=_WRAPPED)]
    sealed: Annotated[bytes, Meta(min_length=SALT_SIZE + 16)]


class Body(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A sealed body: whose Event it belongs to, the ids of the keys of each group of owners, and its parts."""

    version: int
    tenant: str
    event: str
    owners: Annotated[tuple[Annotated[tuple[_Key, ...], Meta(min_length=1)], ...], Meta(max_length=MOST_PARTS)]
    parts: Annotated[tuple[SealedPart, ...], Meta(min_length=1, max_length=MOST_PARTS)]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Body)
_PLAIN: Final = msgspec.json.Decoder(Plain)


def combined(keys: Mapping[bytes, bytes], /) -> Wrapping:
    """Returns what wraps for the owners of these keys, by their ids: nothing opens it that lacks one of them."""
    ids = tuple(sorted(keys))
    info = b"asepsis owners v1" + b"".join(ids)
    material = b"".join(keys[one] for one in ids)
    return Wrapping(ids, AESGCM(HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=info).derive(material)))


def seal(tenant: str, event: str, parts: Sequence[Owned], /, *, randomness: Randomness) -> Rendered:
    """Returns the bytes of the sealed body of an Event, and what its parts are committed to by."""
    groups: dict[tuple[bytes, ...], int] = {}
    bound, draw = _bound(tenant, event), randomness.bytes
    sealed: list[tuple[int, bytes, bytes, bytes]] = []  # each as a `SealedPart` is written
    commitments: list[bytes] = []
    for number, (part, (keys, box)) in enumerate(parts):
        drawn = draw(_DRAWN)
        salt, nonce, key = drawn[:SALT_SIZE], drawn[SALT_SIZE:-KEY_SIZE], drawn[-KEY_SIZE:]
        commitment = commit(salt, part)
        here = bound + number.to_bytes(4, "big") + commitment
        # The data key is used for this one message, so the nonce need not differ.
        text = AESGCM(key).encrypt(_ONCE, salt + part, here)
        wrapped = nonce + box.encrypt(nonce, key, here)
        commitments.append(commitment)
        sealed.append((groups.setdefault(keys, len(groups)), commitment, wrapped, text))
    # As a `Body` is written, without one being made: `parse` has only this one form.
    return Rendered(_ENCODER.encode((_VERSION, tenant, event, tuple(groups), sealed)), commitments)


def parse(data: bytes, /) -> Body:
    """Reads a body in its one form; raises NotTrusted."""
    try:
        body = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unopened("expected a sealed body") from error
    if body.version != _VERSION or any(one.owners >= len(body.owners) for one in body.parts):
        raise unopened("expected a sealed body of version 1")
    if _ENCODER.encode(body) != data:
        raise unopened("expected a sealed body in its one form")
    return body


def open_part(body: Body, number: int, wrapping: Wrapping, /) -> tuple[bytes, bytes]:
    """Returns the salt and the bytes of a part; raises NotTrusted for other keys, and for whatever was changed."""
    part = body.parts[number]
    here = _bound(body.tenant, body.event) + number.to_bytes(4, "big") + part.commitment
    try:
        key = wrapping.box.decrypt(part.wrapped[:_NONCE], part.wrapped[_NONCE:], here)
        opened = AESGCM(key).decrypt(_ONCE, part.sealed, here)
    except (InvalidTag, ValueError) as error:
        raise unopened("the part does not open") from error
    salt, text = opened[:SALT_SIZE], opened[SALT_SIZE:]
    if commit(salt, text) != part.commitment:
        raise unopened("expected the part that was committed to")
    return salt, text


def opened_text(part: bytes, /) -> Plain:
    """Reads the bytes of an opened part; raises NotTrusted."""
    try:
        return _PLAIN.decode(part)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unopened("expected a part") from error


def _bound(tenant: str, event: str) -> bytes:
    """What a part is bound to; each name behind its length, so that no two pairs give the same bytes."""
    return f"asepsis part v1 {len(tenant)} {tenant} {len(event)} {event} ".encode()
