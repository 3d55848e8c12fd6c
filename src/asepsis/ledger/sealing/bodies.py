"""The sealed form of a body: its parts, each under a data key of its own, wrapped by the keys of those it is about.

1. A part is the canonical JSON of its place, who speaks, and its text. Its salt and those bytes are sealed under the
   data key of its owners (AES-256-GCM with a random nonce, NIST SP 800-38D 8.2.2), bound to tenant, Event, number and
   commitment.
2. A data key is random, and of one group of owners in one window. It is wrapped by a key made of the keys of *all* of
   them (HKDF-SHA256, RFC 5869, over them in the order of their ids): without any one of them nothing opens it.
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
    "KEY_SIZE", "MOST_PARTS", "Body", "DataKey", "Owners", "Plain", "SealedPart", "data_key", "open_part",
    "opened_text", "parse", "seal", "unwrap_data_key",
]  # fmt: skip

KEY_SIZE: Final = 32
MOST_PARTS: Final = 65_536
_NONCE: Final = 12
_VERSION: Final = 2
_WRAPPED: Final = _NONCE + KEY_SIZE + 16
_DRAWN: Final = SALT_SIZE + _NONCE
_DATA_KEY: Final = b"asepsis data key v2"

_Key = Annotated[bytes, Meta(min_length=16, max_length=16)]


class DataKey(NamedTuple):
    """What seals parts that have the same owners: the ids of their keys, the data key wrapped by those, and its box.

    INVARIANT: it seals fewer than 2^32 parts, so that random nonces do not meet: it lives for some minutes.
    """

    keys: tuple[bytes, ...]
    wrapped: bytes
    box: AESGCM


class Plain(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A part before it is sealed, and after it was opened."""

    place: str
    role: str
    text: str

    def render(self) -> bytes:
        """Returns the bytes that are sealed and committed to."""
        return canonical.encode(self)


class Owners(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A group of owners: the ids of their keys, and the data key that all of those together unwrap."""

    keys: Annotated[tuple[_Key, ...], Meta(min_length=1)]
    wrapped: Annotated[bytes, Meta(min_length=_WRAPPED, max_length=_WRAPPED)]


class SealedPart(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A sealed part; `owners` is the number of its owners in the body's list."""

    owners: Annotated[int, Meta(ge=0, lt=MOST_PARTS)]
    commitment: Annotated[bytes, Meta(min_length=SALT_SIZE, max_length=SALT_SIZE)]
    nonce: Annotated[bytes, Meta(min_length=_NONCE, max_length=_NONCE)]
    sealed: Annotated[bytes, Meta(min_length=SALT_SIZE + 16)]


class Body(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A sealed body: whose Event it belongs to, the groups of owners, and its parts."""

    version: int
    tenant: str
    event: str
    owners: Annotated[tuple[Owners, ...], Meta(max_length=MOST_PARTS)]
    parts: Annotated[tuple[SealedPart, ...], Meta(min_length=1, max_length=MOST_PARTS)]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Body)
_PLAIN: Final = msgspec.json.Decoder(Plain)


def data_key(keys: Mapping[bytes, bytes], /, *, randomness: Randomness) -> DataKey:
    """Returns a new data key for the owners of these keys, by their ids."""
    drawn = randomness.bytes(KEY_SIZE + _NONCE)
    key, nonce = drawn[:KEY_SIZE], drawn[KEY_SIZE:]
    ids, box = _combined(keys)
    return DataKey(ids, nonce + box.encrypt(nonce, key, _DATA_KEY), AESGCM(key))


def unwrap_data_key(owners: Owners, keys: Mapping[bytes, bytes], /) -> AESGCM:
    """Returns the box of a group's data key; raises NotTrusted for other keys, and for what was changed."""
    _, box = _combined({one: keys[one] for one in owners.keys})
    try:
        return AESGCM(box.decrypt(owners.wrapped[:_NONCE], owners.wrapped[_NONCE:], _DATA_KEY))
    except (InvalidTag, ValueError) as error:
        raise unopened("the data key does not open") from error


def _combined(keys: Mapping[bytes, bytes]) -> tuple[tuple[bytes, ...], AESGCM]:
    """Returns the ids of keys in their order, and what wraps by all of them together."""
    ids = tuple(sorted(keys))
    info = b"asepsis owners v1" + b"".join(ids)
    material = b"".join(keys[one] for one in ids)
    return ids, AESGCM(HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=info).derive(material))


def seal(
    tenant: str, event: str, parts: Sequence[tuple[bytes, DataKey]], /, *, randomness: Randomness
) -> tuple[bytes, list[bytes]]:
    """Returns the bytes of the sealed body of an Event, of parts with what seals them, and the parts' commitments."""
    groups: dict[bytes, int] = {}
    owners: list[tuple[tuple[bytes, ...], bytes]] = []
    bound, draw = _bound(tenant, event), randomness.bytes
    sealed: list[tuple[int, bytes, bytes, bytes]] = []  # each as a `SealedPart` is written
    commitments: list[bytes] = []
    for part, (keys, wrapped, box) in parts:
        group = groups.get(wrapped)
        if group is None:
            group = groups[wrapped] = len(owners)
            owners.append((keys, wrapped))
        drawn = draw(_DRAWN)
        salt, nonce = drawn[:SALT_SIZE], drawn[SALT_SIZE:]
        commitment = commit(salt, part)
        place = bound + len(sealed).to_bytes(4, "big") + commitment
        sealed.append((group, commitment, nonce, box.encrypt(nonce, salt + part, place)))
        commitments.append(commitment)
    # As a `Body` is written, without one being made: `parse` has only this one form.
    return _ENCODER.encode((_VERSION, tenant, event, owners, sealed)), commitments


def parse(data: bytes, /) -> Body:
    """Reads a body in its one form; raises NotTrusted."""
    try:
        body = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unopened("expected a sealed body") from error
    if body.version != _VERSION or any(one.owners >= len(body.owners) for one in body.parts):
        raise unopened("expected a sealed body of version 2")
    if _ENCODER.encode(body) != data:
        raise unopened("expected a sealed body in its one form")
    return body


def open_part(body: Body, number: int, box: AESGCM, /) -> tuple[bytes, bytes]:
    """Returns the salt and the bytes of a part; raises NotTrusted for another box, and for whatever was changed."""
    part = body.parts[number]
    here = _bound(body.tenant, body.event) + number.to_bytes(4, "big") + part.commitment
    try:
        opened = box.decrypt(part.nonce, part.sealed, here)
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
    """What a part is bound to: no tenant's name has a space, and what comes behind the Event's has one length."""
    return f"asepsis part v2 {tenant} {event} ".encode()
