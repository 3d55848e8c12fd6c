"""The rule scanner: all parts of a document in one pass, and text that goes on.

A batch is one text for the engine: each part's text behind its object key, with separators between that no rule
crosses. The engine says which rules can match; only those are looked for.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from asepsis.core.errors import ConfigError
from asepsis.core.ports import Digester, OpenScan, Scanner
from asepsis.core.types import Finding, Part, PartKind
from asepsis.scan.config import ScanConfig
from asepsis.scan.database import Prefilter
from asepsis.scan.normalise import TRIGGERS, fold, views
from asepsis.scan.resolve import Hit, resolve
from asepsis.scan.rules import Rule, compiled, read_packs
from asepsis.scan.settle import CONTEXT, open_from
from asepsis.scan.views import View

__all__ = ["Pipeline", "RuleScanner", "build"]

_BETWEEN: Final = "\n\0\n"
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_-]+")
_KEYS: Final = 4096
_PLAIN: Final = re.compile(r"[^0-9A-Za-z@]+")


class RuleScanner:
    """Implements the port `Scanner` with rules."""

    def __init__(self, rules: Sequence[Rule], *, digester: Digester | None = None, tenant: str = "") -> None:
        self._rules = tuple(rules)
        self._prefilter = Prefilter([*(rule.expression for rule in rules), *TRIGGERS])
        self._digester = digester
        self._tenant = tenant
        self._keys: dict[str, str] = {}

    def scan(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part."""
        texts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for part in parts:
            lead = self._lead(part.key) if part.key else ""
            text = part.text if part.kind is not PartKind.OPAQUE else ""
            texts += (lead, text, _BETWEEN)
            starts.append(at + len(lead))
            ends.append(at + len(lead) + len(text))
            at = ends[-1] + len(_BETWEEN)
        hits = self._hits("".join(texts))
        return self._by_part(parts, hits, starts, ends) if hits else [()] * len(parts)

    def scan_open(self, part: Part, /) -> OpenScan:
        """Scans a part whose text may go on."""
        folded = fold(part.text)
        start = open_from(folded.text)
        settled = folded.origin(start)
        hits = resolve(self._hits(part.text, folded))
        for hit in reversed(hits):
            if hit.end > settled:
                settled = min(settled, hit.start)
        keep = folded.origin(max(0, bisect_right(folded.starts, settled) - 1 - CONTEXT)) if folded.starts else max(0, settled - CONTEXT)
        findings = tuple(self._finding(hit, part, 0) for hit in hits if hit.start < settled)
        return OpenScan(findings, settled, min(keep, settled))

    def _lead(self, key: str) -> str:
        """An object key as words before its value, as if it were written so."""
        known = self._keys.get(key)
        if known is None:
            known = _HUMP.sub(" ", key[:64]) + ": "
            if len(self._keys) < _KEYS:
                self._keys[key] = known
        return known

    def _hits(self, text: str, folded: View | None = None) -> list[Hit]:
        """All matches of all rules in all views; none without a look when the engine sees nothing."""
        plain = fold(text) if folded is None else folded
        fired = self._prefilter.fired(plain.text.encode("utf-8", "surrogatepass"))
        if not fired:
            return []
        hits = list(self._matches(plain, fired, joined=False))
        if fired[-1] >= len(self._rules):
            for number, (view, joined) in enumerate(views(plain)):
                if number:
                    more = self._prefilter.fired(view.text.encode("utf-8", "surrogatepass"))
                    hits += self._matches(view, more, joined=joined)
        return hits

    def _matches(self, view: View, fired: Sequence[int], *, joined: bool) -> Iterator[Hit]:
        for number in fired:
            if number >= len(self._rules):
                break
            rule = self._rules[number]
            if rule.joined and not joined:
                continue
            for start, end in rule.matches(view.text):
                low, high = view.back(start, end)
                if not rule.joined or high - low > end - start:
                    yield Hit(low, high, rule.score, rule.id, rule.kind, view.text[start:end])

    def _by_part(
        self, parts: Sequence[Part], hits: list[Hit], starts: list[int], ends: list[int]
    ) -> list[tuple[Finding, ...]]:
        found: list[list[Hit]] = [[] for _ in parts]
        for hit in hits:
            number = bisect_right(starts, hit.start) - 1
            if number >= 0 and hit.start < ends[number]:
                found[number].append(hit._replace(end=min(hit.end, ends[number])))
        return [
            tuple(self._finding(hit, part, start) for hit in resolve(mine)) if mine else ()
            for part, mine, start in zip(parts, found, starts, strict=True)
        ]

    def _finding(self, hit: Hit, part: Part, shift: int) -> Finding:
        digest = ""
        if self._digester is not None:
            value = _PLAIN.sub("", hit.value).lower()
            digest = self._digester.digest(hit.kind.value, value, tenant=self._tenant)
        return Finding(hit.rule, hit.kind, part.place, hit.start - shift, hit.end - shift, hit.score, digest)


class Pipeline:
    """Several scanners as one: overlapping findings become one, and only what all call settled is."""

    def __init__(self, scanners: Sequence[Scanner]) -> None:
        if not scanners:
            raise ConfigError("expected at least one scanner", place="scan")
        self._scanners = tuple(scanners)

    def scan(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part."""
        results = [scanner.scan(parts) for scanner in self._scanners]
        return [_merged([finding for found in of_part for finding in found]) for of_part in zip(*results, strict=True)]

    def scan_open(self, part: Part, /) -> OpenScan:
        """Scans a part whose text may go on."""
        results = [scanner.scan_open(part) for scanner in self._scanners]
        findings = _merged([finding for result in results for finding in result.findings])
        settled = min(result.settled for result in results)
        for finding in reversed(findings):
            if finding.end > settled:
                settled = min(settled, finding.start)
        keep = min(settled, *(result.keep for result in results))
        return OpenScan(tuple(one for one in findings if one.start < settled), settled, keep)


def build(
    config: ScanConfig, *, digester: Digester | None = None, tenant: str = "", cache: Path | None = None  # noqa: ARG001 compiling is faster than reading
) -> RuleScanner:
    """Returns the scanner of a configuration; raises ConfigError for packs that can't be used."""
    sources = read_packs([Path(one) for one in config.packs])
    known = {source.id for source in sources}
    for name in config.disabled:
        if name not in known:
            raise ConfigError(f"expected the id of a rule, got `{name}`", place="scan.disabled")
    rules = [compiled(source) for source in sources if source.id not in config.disabled]
    return RuleScanner(rules, digester=digester, tenant=tenant)


def _merged(findings: list[Finding]) -> tuple[Finding, ...]:
    by_hit = {(one.start, one.end, one.score, one.rule): one for one in findings}
    hits = resolve(Hit(one.start, one.end, one.score, one.rule, one.kind, one.digest) for one in findings)
    return tuple(
        by_hit.get((hit.start, hit.end, hit.score, hit.rule))
        or Finding(hit.rule, hit.kind, findings[0].place, hit.start, hit.end, hit.score, hit.value)
        for hit in hits
    )
