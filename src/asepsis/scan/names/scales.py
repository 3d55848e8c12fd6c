"""What looks like a date, a place or a name and is a scale with its score, a sign with its answer, or an operation.

A score is the reading that a clinician came for, so nothing of it goes: `MoCA 21`, `Katz 5/6`, `Babinski downgoing`.

INVARIANT: no more than `BEFORE` tokens before a run and one behind it are looked at.
"""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

from asepsis.scan.names.tokens import Word, form_of, word

__all__ = ["BEFORE", "is_scored"]

BEFORE: Final = 4

_SCALES: Final = frozenset(
    """
    abcd2 acq aldrete alvarado apache apgar asa asdas ashworth asia audit ballard barthel basdai basfi bdi berg
    birads bishop blatchford bode borg bpp bprs braden bristol bsq bvas cage cam capra caprini ccs cdr centor cgi
    chads charlson ciwa clif constant cows crib cssrs das28 dash dast deauville dlqi dubowitz ecog edss elixhauser
    epds epworth eskd faces fagerstrom fim finnegan flacc fontaine frax fugl gad gaf gcs gds geneva glasgow gleason
    gmfcs hads hamd haq hasbled hendrich hess hoos humphrey iga ikdc ipss karnofsky katz kellgren killip koos
    lansky lawton lille lirads lugano lysholm maddrey madrs mayo mds meld mmrc mmse moca morse mrc mrs mrss naegele
    nas ndi nexus nihss nips norton nrs nyha odi okuda oncotype oswestry outerbridge padua painad panss partin pasi
    pecarn perc pga phq pirads prague psqi ramsay rancho ranson rass rockall rosemont rutherford sas scai scorad sf
    shaffer silverman sledai slums snap snot sofa stopbang tasc tegner timi tinetti tirads tug uas updrs vasi vfss
    wells westley wexner whodas wifi womac wong ymrs
    """.split()  # noqa: SIM905 a list of words reads better so
)
_SIGNS: Final = frozenset(
    """
    adson allen apley babinski brudzinski chvostek faber fabere finkelstein froment fukuda gaenslen hawkins hoffman
    hoffmann homan homans hoover kehr kernig lachman lasegue lhermitte mcmurray murphy neer ober obturator patrick
    phalen psoas
    rinne romberg rovsing schober speed spurling thomas thompson tinel trendelenburg trousseau weber yergason
    """.split()  # noqa: SIM905 as above
)
_ANSWERS: Final = frozenset(
    "neg negative pos positive downgoing upgoing equivocal absent present normal midline sign test maneuver".split()  # noqa: SIM905 as above
)
_OPERATIONS: Final = frozenset(
    {
        "ivor lewis", "mary joseph", "sister mary joseph", "austin flint", "graham steell", "argyll robertson",
        "st jude", "lou gehrig", "dandy walker", "arnold chiari", "forrest", "mason", "garden", "neer", "todani",
    }
)  # fmt: skip
"""People of two names whom something is called after, and grades that are called after one who bears a given name."""

_BEHIND: Final = frozenset("nodule nodules node murmur pupil pupils valve malformation disease esophagectomy".split())  # noqa: SIM905 as above
_PLACES: Final = frozenset("bay bed bld bldg floor gate level pod room rm step suite unit ward wing".split())  # noqa: SIM905 as above
_LED: Final = frozenset("by dr drs with w from per and to doctor mr mrs ms nurse see saw call called".split())  # noqa: SIM905 as above
_SCORE: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9])?(?:/[0-9]{1,3})?")
_OF_SOME: Final = re.compile(r"[0-9]{1,2}/[0-9]{1,3}")
_GRADE: Final = re.compile(r"I{1,3}[abcABC]?|IV[abcABC]?|V[abcABC]?")
_MANY: Final = 8
_MOST_WORDS: Final = 3
"""How many words a sign with its answer has at most, or what is called after somebody."""

_MARKS: Final = frozenset({":", "=", "-", ",", ";"})


def is_scored(words: Sequence[str], run: tuple[int, int, str, int], /) -> bool:
    """Whether a run (first token, the one behind the last, kind, likelihood) is a scale, a sign or a grade."""
    first, last, kind, _ = run
    if last - first > _MANY and _is_other(words[first:last]):
        return False
    if kind not in ("NAME", "GEO", "DATE"):
        return False
    own = [one.strip() for one in words[first:last]]
    looks = [word(one) for one in own]
    if kind == "DATE":
        return _is_reading(own, looks) or _is_score(words, first, own)
    if _is_led(words, first):
        return False
    behind = "".join(words[last : last + 1]).strip()
    said = [look.form for look in looks if look.plain]
    return (
        _is_list(own, looks, said)
        or _is_scale(looks, behind)
        or _is_sign(said, form_of(behind))
        or _is_called_after(own, said, form_of(behind))
    )


def _is_other(own: Sequence[str]) -> bool:
    """Whether a long run is none of these by its first words: too many for all but a list, and not all are scales."""
    first = list(islice((look for one in own if (look := word(one)).plain), _MOST_WORDS + 1))
    return len(first) > _MOST_WORDS and any(look.form not in _SCALES for look in first)


def _is_led(words: Sequence[str], first: int) -> bool:
    """Whether what stands before is said of people."""
    return any(form_of(one) in _LED for one in words[max(0, first - 2) : first])


def _is_reading(own: Sequence[str], looks: Sequence[Word]) -> bool:
    """Whether a date is a scale and its score, or a bay and its number: a word that is no month, and a small number."""
    if len(own) != 2 or not own[1].isdecimal() or len(own[1]) > 3 or not looks[0].plain:
        return False
    return looks[0].form in _SCALES or looks[0].form in _PLACES


def _is_score(words: Sequence[str], first: int, own: Sequence[str]) -> bool:
    """Whether a date is what a scale that stands right before it says: `Katz 5/6`."""
    if len(own) != 1 or not _OF_SOME.fullmatch(own[0]):
        return False
    at = first - 1
    while at >= 0 and words[at].strip() in _MARKS and first - at < BEFORE:
        at -= 1
    scale = form_of(words[at]) if at >= 0 else ""
    return (scale in _SCALES or scale in ("score", "scores", "scored")) and not _is_led(words, at)


def _is_list(own: Sequence[str], looks: Sequence[Word], said: Sequence[str]) -> bool:
    """Whether a name or place is scales with their scores and nothing else: `Norton 16, Katz 5/6`."""
    if not said or not _SCALES.issuperset(said):
        return False
    rest = [one for one, look in zip(own, looks, strict=True) if not look.plain and one not in _MARKS]
    return bool(rest) and all(_SCORE.fullmatch(one) for one in rest)


def _is_scale(looks: Sequence[Word], behind: str) -> bool:
    """Whether a name or place is a scale whose score stands behind it."""
    return len(looks) == 1 and looks[0].form in _SCALES and _SCORE.fullmatch(behind) is not None


def _is_sign(said: Sequence[str], behind: str) -> bool:
    """Whether a name is a sign with its answer, within it or behind it."""
    if len(said) > 1 and said[-1] in _ANSWERS:
        *said, behind = said
    return len(said) == 1 and said[0] in _SIGNS and behind in _ANSWERS


def _is_called_after(own: Sequence[str], said: Sequence[str], behind: str) -> bool:
    """Whether a name is that of an operation or of a finding, or of a classification with its grade."""
    if len(own) == 2 and _GRADE.fullmatch(own[1]):
        return form_of(own[0]) in _OPERATIONS or own[1][-1] in "abc"
    called = " ".join(said)
    return called in _OPERATIONS and (called == "ivor lewis" or behind in _BEHIND)
