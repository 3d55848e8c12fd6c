"""Where a run of tokens ends: words that belong to no name fall off its edges, a day of the week joins its date.

INVARIANT: a run grows by no more than `GROWS` tokens before it, a date by no more than `SAID` behind it, a name by no
more than two.
"""

import re
from collections.abc import Sequence
from typing import Final

from asepsis.scan.names.tokens import form_of, word

__all__ = ["GROWS", "SAID", "called", "closed", "coded", "contact", "dated", "links", "sentences", "spoken", "trimmed"]

GROWS: Final = 4

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

_KIN: Final = frozenset(
    """
    son daughter dtr mother father husband wife spouse partner grandson granddaughter grandmother grandfather niece
    nephew stepson stepdaughter stepmother stepfather neighbor neighbour caregiver roommate fiance fiancee
    """.split()  # noqa: SIM905 as above
)
"""Who somebody is to a patient, which stands before a name and is no part of it; `Sister` and `Aunt` may be one."""

_NEVER: Final = frozenset("her his she they their our your this that these those the".split())  # noqa: SIM905 as above
"""Words that belong to no name however they are written, as at the beginning of a sentence."""

_NO_CONTACT: Final = frozenset(
    """
    call text ask tell page fax cell phone tel telephone mobile pager home work office main front desk direct line
    number no my his her our your their the a an at to for on in by is was and or dial reach contact ext room clinic
    """.split()  # noqa: SIM905 as above
)
"""What stands before a number and is nobody."""

_SHORT: Final = frozenset(
    """
    dr drs mr mrs ms mx prof rev hon jr sr st mt ft ste sgt capt lt col gen esq phd md do rn np pa
    ave blvd bldg apt hwy pkwy ter rte univ hosp avda ctra proc
    """.split()  # noqa: SIM905 as above
)
"""What ends in a full stop within a name."""

_LEAST: Final = 3
"""How many letters a word has behind which a full stop ends a sentence; an initial has fewer."""

_MANY: Final = 3
"""So many words have one within."""

_PREFIX: Final = re.compile(r"[A-Za-z]{1,6}|[-_]")
"""What stands before a code without a blank between: `S24-10233`, `CT-8823`."""

_PARTICLES: Final = frozenset("da das de del dela della delos der di dos du van von bin ibn".split())  # noqa: SIM905 as above
"""What begins a last name and no English word is."""

_LINKS: Final = _PARTICLES | frozenset("do e y la los las le den ter ten al el san santa".split())  # noqa: SIM905 as above
"""What stands within a name."""

_NICK: Final = 3
"""How many tokens a short form has with the marks around it."""

_OPENS: Final = frozenset({"(", '"', "'"})
_SHUTS: Final = frozenset({")", '"', "'"})
_LETTERED: Final = frozenset(
    """
    vitamin vitamins hepatitis hep type grade stage class group factor plan part influenza flu protein option phase
    panel bay unit room bed wing level category strep streptococcus patient apt suite building ward pod gate hall
    """.split()  # noqa: SIM905 as above
)
"""What a letter stands behind that is nobody's initial."""

SAID: Final = 6
"""How many tokens a year has that is said, with the `of` before it, at most."""

_MONTHS: Final = frozenset(
    "january february march april may june july august september october november december".split()  # noqa: SIM905 as above
)
_BEGINS: Final = frozenset(one[:3] for one in _MONTHS)
_CENTURIES: Final = frozenset({"nineteen", "twenty", "two"})
_YEARS: Final = frozenset(
    """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand and oh
    """.split()  # noqa: SIM905 as above
)
_SOUNDS: Final = frozenset(
    """
    um uh uhm hm hmm mm mmm mhm ah aah oh ooh eh er aw aww aha huh whoa wow gosh gee jeez ouch phew yay yikes okay okey
    alrighty alright well darn anyway honestly yeah yep yup nope gonna wanna gotta lemme gimme gotcha kinda sorta dunno
    """.split()  # noqa: SIM905 as above
)
_SAID_BESIDE: Final = _NEVER | _SOUNDS | _LITTLE
_SHORTENED: Final = ("'re", "'ve", "'ll", "n't", "o'clock")
_DAY: Final = re.compile(
    r"(?:mon|tues?|wed(?:nes|s)?|thu(?:r|rs)?|fri|sat(?:ur)?|sun)day|mon|tues?|wed|thu(?:rs?)?|fri", re.IGNORECASE
)
_SAID_OF: Final = frozenset({"early", "late", "mid"})
_TITLED: Final = frozenset({"Sat", "Sun", "SAT", "SUN"})
_JOINS: Final = frozenset({",", "."})


def trimmed(words: Sequence[str], first: int, last: int, /) -> tuple[int, int]:
    """Returns the first token of a name and the one behind its last, without words that belong to no name."""
    while first < last and _is_little(words[first]):
        first += 1
    if last - first > 1 and form_of(words[first]) in _KIN and words[first + 1][:1].isupper():
        first += 1
    while first < last and _is_little(words[last - 1]):
        last -= 1
    return first, last


def coded(words: Sequence[str], first: int, /) -> int:
    """Returns the first token of a code that begins at `first`, with letters and dashes that are written with it."""
    at = first
    while at and first - at < GROWS and _PREFIX.fullmatch(words[at - 1]):
        at -= 1
    return at if any(map(str.isalpha, words[at])) else first


def contact(words: Sequence[str], first: int, /) -> int:
    """Returns the first of two words that are a line's only ones before a code at `first`, as contacts are listed."""
    low = first - 2
    if low < 0 or (low and "\n" not in words[low - 1]) or any("\n" in one for one in words[low:first]):
        return first
    looks = [word(one) for one in words[low:first]]
    return low if all(len(look.plain) > 1 and look.form not in _NO_CONTACT for look in looks) else first


def sentences(words: Sequence[str], first: int, last: int, /) -> list[tuple[int, int]]:
    """Returns a name or place in the pieces that sentences cut it into: none goes on behind the end of one."""
    if last - first < _MANY or "." not in "".join(words[first + 1 : last - 1]):
        return [(first, last)]
    pieces: list[tuple[int, int]] = []
    for at in range(first + 1, last - 1):
        if words[at] == "." or words[at].strip() != ".":
            continue
        look = word(words[at - 1])
        if len(look.plain) >= _LEAST and look.form not in _SHORT:
            pieces.append((first, at))
            first = at + 1
    return [*pieces, (first, last)]


def called(words: Sequence[str], first: int, last: int, /) -> tuple[int, int]:
    """Returns the tokens of a name with the initials and particles before it, and the initial behind it."""
    first += last - first > 1 and words[first].strip() == "."
    low, high = first, last
    small = words[first][:1].islower()
    while low >= 2 and first - low < GROWS and "\n" not in words[low - 1]:
        if not (_is_initial(words, low - 2) or (small and _is_small_initial(words, low - 2))):
            break
        low -= 2
    if low == first and low and words[low - 1].strip().lower() in _PARTICLES and words[low - 1].endswith(" "):
        low -= 1
    if high < len(words) - 1 and words[high - 1].endswith(" ") and _is_initial(words, high):
        high += 1
    return low, high


def links(words: Sequence[str], last: int, first: int, /) -> bool:
    """Whether what stands between two names makes them one: particles, or a middle initial."""
    between = [one.strip() for one in words[last:first]]
    if len(between) == _NICK and between[0] in _OPENS and between[2] in _SHUTS:
        return _is_nick(words[last - 1], between[1])
    if not between or len(between) > 2 or any("\n" in one for one in words[last - 1 : first]):
        return False
    return all(one.lower() in _LINKS for one in between) or (
        len(between[0]) == 1 and between[0].isalpha() and between[0] not in "aIi" and between[1:] in ([], ["."])
    )


def _is_nick(name: str, nick: str) -> bool:
    """Whether what stands between marks is short for a name: `Earline (Ear)`, `Margaret "Margie"`."""
    return len(nick) > 1 and nick.isalpha() and name[:2].lower() == nick[:2].lower()


def closed(words: Sequence[str], first: int, last: int, /) -> int:
    """Returns the token behind a date whose number ends a sentence: nothing of the next one says when."""
    for at in range(first + 1, last - 1):
        if words[at] == "." or words[at].strip() != "." or not words[at - 1][-1:].isdecimal():
            continue
        behind = "".join(words[at + 1 : last])
        months = any(form_of(one)[:3] in _BEGINS for one in words[at + 1 : last])
        return last if months or any(map(str.isdigit, behind)) else at
    return last


def dated(words: Sequence[str], first: int, /) -> int:
    """Returns the first token of a date that begins at `first`, with what is said of it and the day of the week."""
    if first and words[first - 1].strip().lower() in _SAID_OF:
        return first - 1
    at = first - 1
    if at > 0 and words[at].strip() in _JOINS:
        at -= 1
    if at < 0 or "\n" in words[at]:
        return first
    given = words[at].strip()
    return at if _DAY.fullmatch(given) or given in _TITLED else first


def spoken(words: Sequence[str], last: int, /) -> int:
    """Returns the token behind a date that ends before `last`, with the year that is said behind its month."""
    ends = [form_of(one) for one in words[max(0, last - 2) : last]]
    if ends[-1:] == ["of"]:
        ends.pop()
    if not ends or ends[-1] not in _MONTHS:
        return last
    at = last + ("".join(words[last : last + 1]).strip().lower() == "of")
    if "".join(words[at : at + 1]).strip().lower() not in _CENTURIES:
        return last
    at += 1
    while at < min(len(words), last + SAID) and form_of(words[at]) in _YEARS:
        at += 1
    return at


def _is_initial(words: Sequence[str], at: int) -> bool:
    """Whether a capital letter with its full stop stands at a place, behind nothing that has letters for its kinds."""
    letter = words[at].strip()
    if len(letter) != 1 or not letter.isupper() or words[at] != letter or words[at + 1].strip() != ".":
        return False
    return not at or form_of(words[at - 1]) not in _LETTERED


def _is_small_initial(words: Sequence[str], at: int) -> bool:
    """Whether a small letter with its full stop stands at a place, behind none and nothing with letters for kinds."""
    letter = words[at]
    if len(letter) != 1 or not letter.islower() or words[at + 1].strip() != ".":
        return False
    return not at or (form_of(words[at - 1]) not in _LETTERED and words[at - 1] != ".")


def _is_little(token: str) -> bool:
    look = word(token)
    if not look.plain:
        return not any(map(str.isalnum, token))
    if look.form not in _SAID_BESIDE and "'" not in look.form:
        return False  # most are none
    if look.form in _NEVER and look.look != "u":
        return True
    if (look.form in _SOUNDS and look.look != "u") or look.form.endswith(_SHORTENED):
        return True
    return look.form in _LITTLE and (look.look == "l" or "'" in look.form)
