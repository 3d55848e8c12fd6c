"""The simplest transformer: a found text gives way to the name of its kind in brackets.

Masks are ASCII, hold nothing that JSON escapes, and no rule finds anything in them, so that masking twice is masking
once.
"""

from typing import Final

from asepsis.core.errors import Bug
from asepsis.core.types import Finding, Kind, ObligationKind

__all__ = ["Masker"]

_MASKS: Final = {kind: f"[{kind.value}]" for kind in Kind}


class Masker:
    """Implements the port `Transformer` without memory: nothing can be restored from a mask.

    Tokens, surrogates and what is generalised need a scope's memory or its year; without one all of them are masks,
    which say less than what was asked for.
    """

    __slots__ = ()

    def replacement(self, finding: Finding, text: str, /, *, do: ObligationKind) -> str:  # noqa: ARG002 a mask does not depend on what it hides
        """Returns the mask, or nothing for a drop; raises Bug for a denial, which leaves nothing to replace."""
        return self.instead(finding.kind, do=do)

    def instead(self, kind: Kind, /, *, do: ObligationKind) -> str:
        """Returns what stands for any value of a kind; raises Bug for a denial."""
        match do:
            case ObligationKind.DROP:
                return ""
            case ObligationKind.DENY:
                raise Bug("a denied text is not transformed")
            case _:
                return _MASKS[kind]
