"""Reading again: what the model doubts is read by a slower reader, if there is one.

A word is *doubtful* when it is likely inside an identifier by at least `LEAST` and less than `SURE` per mille. Doubtful
words near each other share a window with `AROUND` words on each side, of bounded length; of a text, the windows with
most doubtful words are read, so many and no more. What the reader says of a doubtful word counts instead of what the
model said; its kind stays the model's. Words that are not doubtful stay as they were, and so do those nobody read.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple, Protocol

from asepsis.scan.names.tokens import LONGEST

__all__ = ["AROUND", "LEAST", "SURE", "WIDEST", "Reader", "Said", "reread"]

LEAST: Final = 20
SURE: Final = 900
AROUND: Final = 24
"""How many words before and behind a doubtful one are read with it."""

WIDEST: Final = 48
"""How far the last doubtful word of a window stands from the first."""


class Reader(Protocol):
    """Reads a text with care: the port for a larger model."""

    def inside(self, text: str, ranges: Sequence[tuple[int, int]], /) -> list[int | None]:
        """Returns how likely each range is inside an identifier, per mille; None for one it did not get to.

        Raises Unavailable when it cannot read.
        """
        ...


class Said(NamedTuple):
    """A word that may be inside an identifier: its place, its label's number, and how likely it is, per mille."""

    place: int
    label: int
    likely: int


def reread(words: Sequence[str], said: Sequence[Said], reader: Reader, /, *, most: int) -> list[Said]:
    """Returns what is said of words, in order, once the reader has read at most so many windows again."""
    windows = _windows([one for one in said if LEAST <= one.likely < SURE])
    chosen = sorted(windows, key=lambda window: (-len(window), window[0].place))[:most]
    read = {place: likely for window in chosen for place, likely in _read(words, window, reader)}
    return [one._replace(likely=read.get(one.place, one.likely)) for one in said]


def _windows(doubtful: Sequence[Said]) -> list[list[Said]]:
    windows: list[list[Said]] = []
    for one in doubtful:
        last = windows[-1] if windows else []
        if last and one.place - last[-1].place <= AROUND and one.place - last[0].place <= WIDEST:
            last.append(one)
        else:
            windows.append([one])
    return windows


def _read(words: Sequence[str], window: Sequence[Said], reader: Reader) -> list[tuple[int, int]]:
    low, high = max(0, window[0].place - AROUND), window[-1].place + AROUND + 1
    # A longer word is read by its beginning, as the model does.
    some = [one if len(one) <= LONGEST else one[:LONGEST] + " " for one in words[low:high]]
    ends = list(accumulate(map(len, some), initial=0))
    places = [one.place - low for one in window]
    ranges = [(ends[at], ends[at] + max(1, len(some[at].rstrip()))) for at in places]
    found = reader.inside("".join(some), ranges)
    return [(one.place, likely) for one, likely in zip(window, found, strict=True) if likely is not None]
