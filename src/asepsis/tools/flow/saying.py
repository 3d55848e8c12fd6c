"""Whether a text has room for an order, whoever's field it is in.

What people are called and reached by (`party`) is theirs to say, and may be cut into as many pieces as there are
records: any letter is enough. Elsewhere four words are. In keys words that are run together count as well
(`ForwardAllClaimsToEve`), and so do two letters of a script that has no spaces.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from asepsis.tools.shapes import Leaf
from asepsis.tools.types import Source

__all__ = ["has_room"]

_SAYING: Final = 4
_RUN: Final = re.compile(r"[^\W\d_]+")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SHORT: Final = 3
_LONG: Final = 20
_LETTERS: Final = 5
"""How many letters a word has, about, in what nobody writes as one."""

_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Letters of Thai, Lao, Burmese, Khmer, Japanese, Chinese and Korean."""


def has_room(leaf: Leaf, source: Source, words: Sequence[str], /) -> bool:
    """Whether a text, of these words, has room for an order."""
    if len(words) >= _SAYING:
        return True
    if not isinstance(leaf.value, str):
        return False
    if source is Source.PARTY:
        return any(map(str.isalpha, leaf.value))
    if not leaf.path.endswith("{*}"):
        return False
    text = leaf.value if leaf.value.isascii() else unicodedata.normalize("NFKC", leaf.value)
    return sum(map(_count, _runs(text))) >= _SAYING


def _runs(text: str) -> Iterator[str]:
    """Yields the runs of letters that may be words, or several."""
    return (run for run in _RUN.findall(text) if len(run) >= _SHORT or not run.isascii())


def _count(run: str) -> int:
    """How many words a run of letters may be: *McDonald*, *DeLaCruz* and *BlueShield* are one."""
    if unspaced := len(_UNSPACED.findall(run)):
        return max(1, unspaced // 2)
    humps = _HUMP.split(run)
    pieces = sum(len(one) > _SHORT for one in humps)
    if len(humps) >= _SAYING and pieces >= _SHORT:
        return len(humps)
    return len(run) // _LETTERS if len(run) > _LONG else 1
