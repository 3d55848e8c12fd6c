"""Security labels that data bears itself: FHIR's `meta.security`, as DS4P (Data Segmentation for Privacy) has it.

What a text speaks of is found by its words (`topics`); what a record says of its own sensitivity is believed beside
that. A label only adds: data without one, or with *normal*, is not less confidential for it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from asepsis.core.labels import Category

__all__ = ["bears_labels", "security_labels"]

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

_HL7: Final = "http://terminology.hl7.org/CodeSystem/"
_SUBSTANCES: Final = frozenset({Category.SUBSTANCE_USE})
_MIND: Final = frozenset({Category.MENTAL_HEALTH})
_NOTES: Final = frozenset({Category.PSYCHOTHERAPY})
_SEX: Final = frozenset({Category.REPRODUCTIVE})
_GENES: Final = frozenset({Category.GENETIC})
_CODES: Final[Mapping[str, Mapping[str, frozenset[Category]]]] = {
    f"{_HL7}v3-Confidentiality": {
        "R": frozenset({Category.RESTRICTED}),
        "V": frozenset({Category.RESTRICTED, Category.VERY_RESTRICTED}),
    },
    f"{_HL7}v3-ActCode": {
        "ETH": _SUBSTANCES,
        "ETHUD": _SUBSTANCES,
        "OPIOIDUD": _SUBSTANCES,
        "SUD": _SUBSTANCES,
        "42CFRPart2": frozenset({Category.PART2, Category.SUBSTANCE_USE}),
        "Title38Section7332": frozenset({Category.HIV, Category.SUBSTANCE_USE, Category.GENETIC}),
        "BH": _MIND,
        "EMOTDIS": _MIND,
        "MH": _MIND,
        "PSY": _MIND,
        "PSYTHPN": _NOTES | _MIND,
        "HIPAAPsyNotes": _NOTES | _MIND,
        "HIV": frozenset({Category.HIV}),
        "PREGNANT": _SEX,
        "SDV": _SEX,
        "SEX": _SEX,
        "STD": _SEX,
        "GDIS": _GENES,
        "SCA": _GENES,
        "SICKLE": _GENES,
    },
}
"""What codes of v3-ActCode (sensitivity and US privacy law) and v3-Confidentiality stand for here."""

_SYSTEMS: Final = ("v3-ActCode", "v3-Confidentiality")


def bears_labels(text: str, /) -> bool:
    """Whether a JSON text may bear labels: a yes too many costs a walk, a no is certain but for escapes in JSON."""
    return any(system in text for system in _SYSTEMS) or "\\u" in text


def security_labels(document: Json, /) -> frozenset[Category]:
    """Returns what all labels in a document say together."""
    found: set[Category] = set()
    for coding in _codings(document):
        system, code = coding.get("system"), coding.get("code")
        if isinstance(system, str) and isinstance(code, str):
            found |= _CODES.get(system, {}).get(code, frozenset())
    return frozenset(found)


def _codings(document: Json) -> Iterator[dict[str, Json]]:
    """Yields the codings of every `meta.security`, however deep."""
    ahead: list[Json] = [document]
    while ahead:
        value = ahead.pop()
        if isinstance(value, dict):
            meta = value.get("meta")
            if isinstance(meta, dict) and isinstance(security := meta.get("security"), list):
                yield from (one for one in security if isinstance(one, dict))
            ahead.extend(value.values())
        elif isinstance(value, list):
            ahead.extend(value)
