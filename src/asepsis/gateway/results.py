"""The results of tools under the same guard as answers of models: walked, scanned, and rewritten as policy obliges."""

import msgspec

from asepsis.core.ports import Scanner, Transformer
from asepsis.core.types import Count, Decision
from asepsis.gateway.document import GuardedDocument
from asepsis.gateway.limits import Limits
from asepsis.gateway.plan import Plan, counts
from asepsis.gateway.walk import Json

__all__ = ["Results"]


class Results:
    """Carries out on results of MCP tools what decisions say of answers. For any thread that asks."""

    def __init__(self, scanner: Scanner, transformer: Transformer, limits: Limits) -> None:
        self._scanner = scanner
        self._transformer = transformer
        self._limits = limits

    def cut(
        self, shown: dict[str, object], decision: Decision, /, *, enforced: bool
    ) -> tuple[dict[str, object], tuple[Count, ...]]:
        """Returns a result as it may go out, and what was found in it; what is not `enforced` is only counted.

        The result that was given stays as it was. Raises Denied for a finding that may not pass in any form, and for a
        result beyond the limits.
        """
        copy: dict[str, Json] = msgspec.json.decode(msgspec.json.encode(shown))
        guarded = GuardedDocument(copy, self._scanner, self._limits)
        plan = Plan(decision.plan, self._transformer, enforced=enforced)
        plan.check(guarded.findings)
        guarded.apply(plan, strict=False)
        return dict(copy), counts(guarded.findings)
