"""Values that are known and must not be said: the credentials that this installation itself holds.

A provider that refuses a key often repeats it in its error, and a key without a form is known by no rule.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import msgspec

from asepsis.core.ports import Digester, OpenScan
from asepsis.core.types import Finding, Kind, Part, PartKind

__all__ = ["RULE", "SHORTEST", "KnownScanner"]

RULE: Final = "secrets.own"
"""The rule of what is found here."""

SHORTEST: Final = 8
"""How many characters a value has to have: a shorter one would be found in ordinary words."""

_SCORE: Final = 1000
_BETWEEN: Final = "\n"


class KnownScanner:
    """Implements the port `Scanner` for values as they are written or escaped; it keeps them in memory alone."""

    def __init__(self, values: Sequence[str], *, digester: Digester, tenant: str) -> None:
        forms = {form for one in values if len(one) >= SHORTEST for form in _forms(one)}
        self._values = sorted(forms, key=len, reverse=True)
        self._digester = digester
        self._tenant = tenant

    def scan(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part."""
        texts = ["" if part.kind is PartKind.OPAQUE else part.text for part in parts]
        whole = _BETWEEN.join(texts)
        if not any(value in whole for value in self._values):
            return [()] * len(parts)
        return [self._found(part, text) for part, text in zip(parts, texts, strict=True)]

    def scan_document(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part: nothing is remembered from part to part."""
        return self.scan(parts)

    def scan_open(self, part: Part, /) -> OpenScan:
        """Scans a part whose text may go on; what may be the beginning of a value at its end is not settled."""
        text = part.text
        settled = min((_begun(text, value) for value in self._values), default=len(text))
        findings = tuple(one for one in self._found(part, text) if one.start < settled)
        return OpenScan(findings, settled, settled)

    def _found(self, part: Part, text: str) -> tuple[Finding, ...]:
        found: list[tuple[int, int]] = []
        for value in self._values:
            at = text.find(value)
            while at >= 0:
                end = at + len(value)
                if not any(start < end and at < stop for start, stop in found):
                    found.append((at, end))
                at = text.find(value, at + 1)
        return tuple(self._finding(part, text, *one) for one in sorted(found))

    def _finding(self, part: Part, text: str, start: int, end: int) -> Finding:
        digest = self._digester.digest(Kind.SECRET.value, text[start:end], tenant=self._tenant)
        return Finding(RULE, Kind.SECRET, part.place, start, end, _SCORE, digest)


def _forms(value: str) -> set[str]:
    """Returns a value as it is, and as it stands in JSON that nobody reads and in a web address."""
    return {value, msgspec.json.encode(value).decode()[1:-1], quote(value, safe="")}


def _begun(text: str, value: str) -> int:
    """Returns where a value may have begun at the end of a text without having ended, its length where it did not."""
    at = text.find(value[0], max(0, len(text) - len(value) + 1))
    while at >= 0:
        if value.startswith(text[at:]):
            return at
        at = text.find(value[0], at + 1)
    return len(text)
