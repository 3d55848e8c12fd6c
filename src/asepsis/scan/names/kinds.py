"""What kind of thing the model found: by its form, by the words before it, by the title or label beside it.

INVARIANT: no more than `BEFORE` tokens before a run and `AFTER` behind it are looked at.
"""

import re
from collections.abc import Sequence
from typing import Final

from asepsis.core.types import Kind
from asepsis.scan.names.tokens import form_of, word

__all__ = ["AFTER", "BEFORE", "is_led", "of_code", "of_name", "of_place"]

BEFORE: Final = 5
AFTER: Final = 3

_FORMS: Final = (
    (re.compile(r"\S+@\S+\.\S+"), Kind.EMAIL),
    (re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE), Kind.URL),
    (re.compile(r"(?:[0-9]{3}|[xX*]{3})-(?:[0-9]{2}|[xX*]{2})-[0-9]{4}"), Kind.SSN),
    (re.compile(r"\+?1?[-. ]?\(?[2-9][0-9]{2}\)?[-. /]{1,2}[0-9]{3}[-. ][0-9]{4}(?:\D{1,6}[0-9]{1,6})?"), Kind.PHONE),
    (re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"), Kind.IP),
)
# A longer run of signs is no form, and to look for one would take time by the square of its length.
_LONGEST: Final = 2048
_WORDS: Final = {
    Kind.MRN: ("mrn", "mr", "chart", "record", "hospital", "patient"),
    Kind.HEALTH_PLAN_ID: ("member", "policy", "subscriber", "beneficiary", "plan", "insurance", "group", "medicare",
                          "medicaid", "mbi", "hicn", "payer", "aetna", "cigna", "humana", "bcbs", "uhc", "anthem",
                          "kaiser"),
    Kind.SSN: ("ssn", "social"),
    Kind.FAX: ("fax", "facsimile"),
    Kind.PHONE: ("phone", "tel", "cell", "mobile", "call", "text", "reach", "pager", "contact", "callback"),
    Kind.ACCOUNT: ("account", "acct", "card", "iban", "routing"),
    Kind.LICENSE: ("license", "licence", "npi", "dea", "dl", "passport"),
    Kind.VEHICLE: ("plate", "vin", "vehicle"),
    Kind.DEVICE: ("serial", "device", "pacemaker", "implant", "udi", "pump"),
    Kind.IP: ("ip",),
    Kind.PHOTO: ("photo", "picture"),
    Kind.BIOMETRIC: ("fingerprint", "biometric", "voiceprint"),
}  # fmt: skip
_KINDS: Final = {one: kind for kind, words in _WORDS.items() for one in words}
_TITLES: Final = frozenset(
    {"dr", "doctor", "nurse", "physician", "surgeon", "attending", "provider", "pcp", "pa", "np"}
)
_CREDENTIALS: Final = frozenset(
    {"md", "do", "rn", "np", "pa", "pharmd", "lcsw", "phd", "crna", "dds", "lpn", "dpm", "fnp"}
)


_PEOPLE: Final = frozenset(
    """
    patient pt name member subscriber insured client resident student claimant guarantor attending physician pcp
    provider surgeon nurse doctor prescriber radiologist pathologist anesthesiologist guardian mother father spouse
    contact caller author signed by
    """.split()  # noqa: SIM905 a list of words reads better so
)
_FORMAL: Final = frozenset({"dr", "doctor", "mr", "mrs", "ms", "miss", "mx", "dear", "prof", "rev"})
_MARKS: Final = frozenset({":", "", "."})
_FEW: Final = 3


def of_code(value: str, words: Sequence[str], first: int, /) -> Kind:
    """Returns the kind of a code that begins at token `first`: by its form, else by the nearest word that says it."""
    for form, kind in _FORMS if len(value) <= _LONGEST else ():
        if form.fullmatch(value):
            return kind
    for one in reversed(words[max(0, first - BEFORE) : first]):
        kind = _KINDS.get(form_of(one), Kind.OTHER_ID)
        if kind is not Kind.OTHER_ID:
            return kind
    return Kind.OTHER_ID


def of_name(words: Sequence[str], first: int, last: int, /) -> str:
    """Returns the rule of a name: `names.clinician` behind a title or before a credential, else `names.name`."""
    before = {form_of(one) for one in words[max(0, first - 2) : first]}
    after = {form_of(one) for one in words[last : last + AFTER]}
    return "names.clinician" if before & _TITLES or after & _CREDENTIALS else "names.name"


def of_place(words: Sequence[str], first: int, last: int, /) -> Kind:
    """Returns the kind of what reads like a place: a name behind `Attending:` or a title, if it is of a few words."""
    few = last - first <= _FEW and all(word(one).plain for one in words[first:last])
    return Kind.NAME if few and is_led(words, first) else Kind.GEO


def is_led(words: Sequence[str], first: int, /) -> bool:
    """Whether a title, or the label of a person with its colon, stands right before a token."""
    before = [one.strip() for one in words[max(0, first - BEFORE) : first]]
    colon = False
    while before and before[-1] in _MARKS:
        colon |= before.pop() == ":"
    label = form_of(before[-1]) if before else ""
    return label in _FORMAL or (colon and (label in _PEOPLE or label in _TITLES))
