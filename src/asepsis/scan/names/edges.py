"""Where a run of tokens ends: words that belong to no name fall off its edges, a day of the week joins its date.

INVARIANT: a run grows by no more than `GROWS` tokens, all of them before it.
"""

import re
from collections.abc import Sequence
from typing import Final

from asepsis.scan.names.tokens import word

__all__ = ["GROWS", "dated", "trimmed"]

GROWS: Final = 2

_LITTLE: Final = frozenset(
    """
    um uh uhm hm hmm mm okay okey ok yeah yep yup nope gon na gonna wanna well and or with for from was were is are
    has had have said says then but if which what when where today yesterday thanks thank please i'm i'd i'll i've
    we're we've we'll we'd you're you've you'll you'd he's he'd he'll she's she'd she'll they're they've they'll
    they'd it's it'll that's there's here's what's who's let's don't doesn't didn't can't couldn't won't wouldn't
    isn't aren't wasn't weren't haven't hasn't hadn't shouldn't y'all ma'am c'mon
    """.split()  # noqa: SIM905 a list of words reads better so
)
"""Words that stand beside names and in none when written small, and contractions, which stand in none at all."""

_SOUNDS: Final = frozenset("um uh uhm hm hmm mm okay okey yeah yep yup nope gonna wanna".split())  # noqa: SIM905 as above
_DAY: Final = re.compile(
    r"(?:mon|tues?|wed(?:nes|s)?|thu(?:r|rs)?|fri|sat(?:ur)?|sun)day|mon|tues?|wed|thu(?:rs?)?|fri", re.IGNORECASE
)
_TITLED: Final = frozenset({"Sat", "Sun", "SAT", "SUN"})
_JOINS: Final = frozenset({",", "."})


def trimmed(words: Sequence[str], first: int, last: int, /) -> tuple[int, int]:
    """Returns the first token of a name and the one behind its last, without words that belong to no name."""
    while first < last and _is_little(words[first]):
        first += 1
    while first < last and _is_little(words[last - 1]):
        last -= 1
    return first, last


def dated(words: Sequence[str], first: int, /) -> int:
    """Returns the first token of a date that begins at `first`, with the day of the week before it."""
    at = first - 1
    if at > 0 and words[at].strip() in _JOINS:
        at -= 1
    if at < 0 or "\n" in words[at]:
        return first
    given = words[at].strip()
    return at if _DAY.fullmatch(given) or given in _TITLED else first


def _is_little(token: str) -> bool:
    look = word(token)
    if not look.plain:
        return not any(map(str.isalnum, token))
    return look.form in _LITTLE and (look.look == "l" or "'" in look.form or look.form in _SOUNDS)
