"""English words by frequency: the list that SymSpell made of books and of SCOWL, read from its package."""

from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

__all__ = ["english"]

_FILE: Final = "symspellpy/frequency_dictionary_en_82_765.txt"

_MOST: Final = 30_000
"""How many words are taken: of the rarer ones, too many are names."""


@cache
def english() -> tuple[str, ...]:
    """Returns the words, the most frequent first."""
    path = Path(str(metadata.distribution("symspellpy").locate_file(_FILE)))
    counts = dict(line.rsplit(" ", 1) for line in path.read_text("utf-8-sig").splitlines())
    ranked = sorted(counts, key=lambda one: (-int(counts[one]), one))
    return tuple(one for one in ranked if one.isalpha() and len(one) > 1)[:_MOST]
