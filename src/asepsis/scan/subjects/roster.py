"""A roster in memory: from clues to members, without the clues.

What identifies a member is kept as a keyed digest of 16 bytes (BLAKE2b, RFC 7693), under a key drawn for this process,
so that whoever reads its memory finds no roster of names.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from asepsis.core.errors import ConfigError
from asepsis.core.ports import Randomness
from asepsis.core.types import Kind
from asepsis.scan.subjects import values

__all__ = ["LARGEST", "Member", "Roster"]

LARGEST: Final = 500_000
"""The most members of a roster."""

_KEY: Final = 32
_SIZE: Final = 16


class Member(msgspec.Struct, frozen=True):
    """One member: the key by which everything else of the system knows them, and what identifies them in texts."""

    key: str
    identifiers: tuple[tuple[Kind, str], ...] = ()
    given: str = ""
    family: str = ""
    born: str = ""


class Roster:
    """Raises ConfigError for more than `LARGEST` members."""

    def __init__(self, members: Iterable[Member], randomness: Randomness) -> None:
        self._secret = randomness.bytes(_KEY)
        self._found: dict[bytes, tuple[str, ...]] = {}
        self.size = 0
        for member in members:
            self.size += 1
            if self.size > LARGEST:
                raise ConfigError(f"expected at most {LARGEST} members", place="scan.subjects.roster")
            for clue in _clues(member):
                self._add(self._digest(clue), member.key)

    def by_identifier(self, kind: Kind, value: str, /) -> tuple[str, ...]:
        """Returns the members with that identifier."""
        plain = values.identifier(value)
        return self._found.get(self._digest(f"{kind.value}\0{plain}"), ()) if plain else ()

    def by_name(self, given: str, family: str, born: str, /) -> tuple[str, ...]:
        """Returns the members of that name who were born on that day; `given` may be an initial."""
        return self._found.get(self._digest(f"{given}\0{family}\0{born}"), ())

    def _add(self, digest: bytes, key: str) -> None:
        known = self._found.get(digest, ())
        if key not in known:
            self._found[digest] = (*known, key)

    def _digest(self, clue: str) -> bytes:
        return hashlib.blake2b(clue.encode(), key=self._secret, digest_size=_SIZE).digest()


def _clues(member: Member) -> Iterable[str]:
    for kind, value in member.identifiers:
        if plain := values.identifier(value):
            yield f"{kind.value}\0{plain}"
    given, family = values.names(f"{member.family}, {member.given}")
    born = values.birth_date(member.born)
    if given and family and born:
        yield f"{given}\0{family}\0{born}"
        yield f"{given[0]}\0{family}\0{born}"
