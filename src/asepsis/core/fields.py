"""Paths of fields in structured data, as policies and profiles write them: `member.name`, `claim.*`, `Patient.name`."""

import re
from collections.abc import Iterable
from typing import Final

from asepsis.core.errors import InputError

__all__ = ["Needed", "as_needed"]

_PATH: Final = re.compile(r"[A-Za-z_][\w-]{0,63}(?:\.[A-Za-z_][\w-]{0,63}){0,15}(?:\.\*)?")
_LONGEST: Final = 64

Needed = frozenset[tuple[str, ...]]
"""The paths of the fields that are needed; each stands for all that is below it, too."""


def as_needed(words: Iterable[str], /) -> Needed:
    """Reads paths; raises InputError for a word that is none."""
    found: set[tuple[str, ...]] = set()
    for word in words:
        if not _PATH.fullmatch(word):
            raise InputError(f"expected fields such as `claim.*` or `Patient.name`, got `{word[:_LONGEST]}`")
        found.add(tuple(word.removesuffix(".*").split(".")))
    return frozenset(found)
