"""What a bundle claims: which range of which log, what was asked for in it, and the hashes that tie it to the tree."""

from collections.abc import Iterable
from typing import Final

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import InputError
from asepsis.core.events import read
from asepsis.ledger.evidence.bag import refused

__all__ = ["Claim", "Filter", "parse", "select"]

_VERSION: Final = 1
_MOST: Final = 1 << 26


class Filter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which Events are asked for; an empty field asks for all. `subject` is a keyed digest."""

    subject: str = ""
    kind: str = ""
    principal: str = ""


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The entries from index `start` to the one before `end`; those at `selected` pass the filter, no others do.

    `before` is the compact range of all entries before `start`, `proof` the consistency proof from `end` entries to the
    checkpoint's, both in base64.
    """

    version: int
    origin: str
    start: int
    end: int
    filter: Filter
    selected: tuple[int, ...]
    before: tuple[str, ...]
    proof: tuple[str, ...]

    @classmethod
    def of(
        cls,
        origin: str,
        start: int,
        entries: list[bytes],
        /,
        *,
        asked: Filter,
        before: tuple[str, ...],
        proof: tuple[str, ...],
    ) -> "Claim":
        """Returns the claim about the entries from `start` on."""
        chosen = tuple(select(entries, start, asked))
        return cls(_VERSION, origin, start, start + len(entries), asked, chosen, before, proof)

    def render(self) -> bytes:
        """Returns its bytes."""
        return canonical.encode(self)


def parse(data: bytes, /) -> Claim:
    """Reads a claim; raises NotTrusted."""
    if len(data) > _MOST:
        raise refused("expected a smaller claim")
    try:
        claim = canonical.decode(data, Claim)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refused("expected a claim") from error
    if claim.version != _VERSION or claim.render() != data:
        raise refused("expected a claim of version 1, in its one form")
    return claim


def select(entries: Iterable[bytes], start: int, asked: Filter, /) -> Iterable[int]:
    """Yields the indexes of the entries that pass a filter; raises NotTrusted for an entry that is no Event."""
    for index, entry in enumerate(entries, start):
        try:
            event = read(entry)
        except InputError as error:
            raise refused("expected events") from error
        if (
            (not asked.kind or event.kind == asked.kind)
            and (not asked.principal or event.principal == asked.principal)
            and (not asked.subject or asked.subject in event.subjects)
        ):
            yield index
