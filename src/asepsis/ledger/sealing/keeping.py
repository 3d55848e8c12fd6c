"""What may be kept of what is said: what policies let be kept, and what nobody may keep in any form.

Nobody may keep secrets, and the codes that PCI DSS 3.3.1 lets nobody keep once a card was tried (CVV and the like).
"""

from typing import Final

from asepsis.core.types import Decision, Finding, Kind

__all__ = ["kept", "never"]

_SEAL: Final = "seal:"
_CODES: Final = frozenset({"payment.cvv"})


def kept(decision: Decision, /, *, everything: bool) -> bool:
    """Whether a decision lets what is said be kept: no policy says `off`, and one asks where not everything is."""
    asked = {duty for duty in decision.duties if duty.startswith(_SEAL)} if decision.duties else ()
    return f"{_SEAL}off" not in asked and (everything or bool(asked))


def never(one: Finding, /) -> bool:
    """Whether something that was found may not be kept in any form."""
    return one.kind is Kind.SECRET or one.rule in _CODES
