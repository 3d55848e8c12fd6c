"""What may be kept of what is said, and how long: what policies let be kept, and what nobody may keep in any form.

Nobody may keep secrets, and the codes that PCI DSS 3.3.1 lets nobody keep once a card was tried (CVV and the like).
"""

from typing import Final

from asepsis.core.types import Decision, Finding, Kind
from asepsis.ledger.sealing.terms import CONTENT, Term, days_in

__all__ = ["kept", "never", "record"]

_SEAL: Final = "seal:"
_RETENTION: Final = "retention:"
_BROKEN: Final = "breakglass:"
_CODES: Final = frozenset({"payment.cvv"})


def kept(decision: Decision, /, *, everything: bool) -> bool:
    """Whether a decision lets what is said be kept: no policy says `off`, and one asks where not everything is."""
    asked = {duty for duty in decision.duties if duty.startswith(_SEAL)} if decision.duties else ()
    return f"{_SEAL}off" not in asked and (everything or bool(asked))


def record(decision: Decision, /) -> str:
    """Returns the type of record that what is said under a decision is: of several times the shortest holds.

    What is done behind broken glass is to be reviewed: there it is the longest, and the usual time at least.
    """
    duties = decision.duties
    terms = [days_in(one.removeprefix(_RETENTION)) for one in duties if one.startswith(_RETENTION)] if duties else ()
    if not terms:
        return CONTENT
    if any(one.startswith(_BROKEN) for one in duties):
        return Term(max(terms), least=True).record
    return Term(min(terms)).record


def never(one: Finding, /) -> bool:
    """Whether something that was found may not be kept in any form."""
    return one.kind is Kind.SECRET or one.rule in _CODES
