"""A decision's obligations, ready to be carried out on findings, and findings counted."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from asepsis.core.ports import Transformer
from asepsis.core.types import Count, Finding, Kind, Obligation, ObligationKind, Verdict
from asepsis.gateway.errors import Denied

__all__ = ["Plan", "counts", "handed"]

_HANDED: Final = re.compile(r"\.(?:arguments|input)(?![A-Za-z0-9_])")


class Plan:
    """What to do with each kind of finding; what is not named passes. In observe mode nothing is touched."""

    def __init__(self, obligations: Sequence[Obligation], transformer: Transformer, *, enforced: bool) -> None:
        self._obligations = obligations
        self._transformer = transformer
        self.enforced = enforced

    @cached_property
    def _by_kind(self) -> dict[Kind, ObligationKind]:
        """What is done with each kind, put in order once something was found: in most calls nothing is."""
        strictest: dict[Kind, ObligationKind] = {}
        for one in self._obligations:
            known = strictest.get(one.on)
            strictest[one.on] = one.do if known is None else max(known, one.do, key=_STRICTNESS.index)
        return strictest

    def check(self, findings: Iterable[Finding]) -> None:
        """Raises Denied when one of the findings may not pass in any form."""
        if not self.enforced:
            return
        for finding in findings:
            if self._by_kind.get(finding.kind) is ObligationKind.DENY:
                raise Denied("policy.answer", f"a finding of kind {finding.kind.value} is denied", place=finding.place)

    def verdict(self, found: Iterable[Count]) -> Verdict:
        """Returns what the plan says of findings, whether or not it is enforced."""
        due = [self._by_kind.get(count.kind) for count in found]
        if ObligationKind.DENY in due:
            return Verdict.DENY
        return Verdict.TRANSFORM if any(due) else Verdict.ALLOW

    def takes(self, finding: Finding) -> bool:
        """Whether a finding does not stay as it is."""
        return self.enforced and finding.kind in self._by_kind

    def instead(self, finding: Finding, text: str) -> str | None:
        """Returns what stands in a finding's place, None where it stays."""
        do = self._by_kind.get(finding.kind) if self.enforced else None
        return None if do is None else self._transformer.replacement(finding, text, do=do)


_STRICTNESS = tuple(map(ObligationKind, ("generalise", "surrogate", "token", "mask", "drop", "deny")))


def counts(findings: Sequence[Finding]) -> tuple[Count, ...]:
    """Returns how many findings of each kind there are."""
    if not findings:
        return ()
    tally = Counter(finding.kind for finding in findings)
    return tuple(sorted(Count(kind, number) for kind, number in tally.items()))


def handed(findings: Sequence[Finding]) -> Sequence[Finding]:
    """Returns the findings of an answer that stand in what it hands over to tools."""
    return [finding for finding in findings if _HANDED.search(finding.place)]
