"""Carrying out obligations on what was found: masks, and nothing at all.

A mask is the finding's kind in brackets. It is ASCII without quotes or backslashes, so it stands in a JSON string as
it is, and no rule finds anything in it, so a guarded text can be guarded again without change.
"""

from asepsis.core.errors import Bug
from asepsis.core.types import Finding, ObligationKind

__all__ = ["Masker"]


class Masker:
    """Implements the port `Transformer` with masks."""

    def replacement(self, finding: Finding, text: str, /, *, do: ObligationKind) -> str:  # noqa: ARG002 the port hands out what is replaced
        """Returns `[KIND]` for a mask and nothing for a drop; raises Bug for what is no transformation."""
        if do is ObligationKind.MASK:
            return f"[{finding.kind.value}]"
        if do is ObligationKind.DROP:
            return ""
        raise Bug(f"expected a transformation, got `{do.value}`")
