"""Several scanners as one."""

from collections.abc import Sequence
from typing import Final

import msgspec

from asepsis.core.errors import ConfigError
from asepsis.core.ports import OpenScan, Scanner
from asepsis.core.types import Finding, Part
from asepsis.scan.leads import is_lead
from asepsis.scan.resolve import Hit, resolve

__all__ = ["Pipeline", "kept", "merged", "uncut"]

_GUESSED: Final = "names."
_CODE: Final = "names.id"


class Pipeline:
    """Implements the port `Scanner` over several: findings that overlap come apart; only what all call settled is."""

    def __init__(self, scanners: Sequence[Scanner]) -> None:
        if not scanners:
            raise ConfigError("expected at least one scanner", place="scan")
        self._scanners = tuple(scanners)

    def scan(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part."""
        return _together(parts, [scanner.scan(parts) for scanner in self._scanners])

    def scan_document(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part of one document."""
        return _together(parts, [scanner.scan_document(parts) for scanner in self._scanners])

    def scan_open(self, part: Part, /) -> OpenScan:
        """Scans a part whose text may go on."""
        results = [scanner.scan_open(part) for scanner in self._scanners]
        found = [one for result in results for one in result.findings]
        settled = uncut(found, min(result.settled for result in results))
        needed = (kept(one, part, result, settled) for one, result in zip(self._scanners, results, strict=True))
        keep = min(settled, *needed)
        return OpenScan(merged([one for one in found if one.start < settled], part), settled, keep)


def kept(scanner: Scanner, part: Part, said: OpenScan, settled: int, /) -> int:
    """Returns from where on a scanner needs a text of which less is settled than it said.

    What it needs stands before the word or the segment that goes on: it says so of the text that ends there.
    """
    if said.settled <= settled or not said.keep:
        return said.keep
    return scanner.scan_open(msgspec.structs.replace(part, text=part.text[:settled])).keep


def uncut(findings: Sequence[Finding], place: int, /) -> int:
    """Returns the last place, from this one back, that lies inside no finding."""
    while (low := min((one.start for one in findings if one.start < place < one.end), default=place)) < place:
        place = low
    return place


def merged(findings: Sequence[Finding], part: Part, /) -> tuple[Finding, ...]:
    """Returns the findings of a part, come apart and in their order.

    What is left of a guess between two others, and is only the word before a code, is none; nor is what is left of a
    guess at a code and has no digit.
    """
    text, given = part.text, {(one.start, one.end) for one in findings}
    hits = resolve((Hit(one.start, one.end, one.score, one.rule, one.kind, one.digest) for one in findings), text)
    return tuple(
        Finding(one.rule, one.kind, part.place, one.start, one.end, one.score, one.value)
        for one in hits
        if not (one.rule.startswith(_GUESSED) and _is_rest(one, text[one.start : one.end], given))
    )


def _is_rest(one: Hit, value: str, given: set[tuple[int, int]]) -> bool:
    """Whether a guess, or what is left of it, is nothing of its own."""
    cut = one.rule == _CODE and (one.start, one.end) not in given
    return is_lead(value) or (cut and not any(map(str.isdigit, value)))


def _together(parts: Sequence[Part], results: Sequence[list[tuple[Finding, ...]]]) -> list[tuple[Finding, ...]]:
    return [_of_part(part, of_part) for part, of_part in zip(parts, zip(*results, strict=True), strict=True)]


def _of_part(part: Part, of_part: Sequence[tuple[Finding, ...]]) -> tuple[Finding, ...]:
    some = [one for one in of_part if one]
    if len(some) < 2:
        return some[0] if some else ()
    return merged([found for one in some for found in one], part)
