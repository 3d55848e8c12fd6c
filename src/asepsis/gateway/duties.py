"""What a decision obliges to beside findings, carried out at the gateway.

| duty | what is done |
| --- | --- |
| `minimise:PATHS` | of JSON within a request's texts only those fields go on (45 CFR 164.502(b)) |
| `route:UPSTREAMS` | only those upstreams are asked |
| `consent:WORDS` | goes with the answer as the header `x-asepsis-consent`: the scope that travels with the data |

Of several duties of a sort all hold. `seal` is `ledger.sealing`'s, `ask` the approvals', `notify` the webhooks'.
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from asepsis.core.fields import Needed, as_needed
from asepsis.core.types import Decision, Role
from asepsis.deid.minimise import Fields, minimise
from asepsis.gateway.config import Upstream
from asepsis.gateway.document import GuardedDocument
from asepsis.gateway.live import Live

__all__ = ["consent", "leads_to", "minimised", "needed", "routed"]

_MINIMISE: Final = "minimise:"
_ROUTE: Final = "route:"
_CONSENT: Final = "consent:"
_DATA: Final = frozenset({Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL})
_HANDED: Final = ".arguments"
"""What the model handed over to a tool, as the protocol has it: the tool would not know it without its fields."""


def needed(decision: Decision, /) -> list[Needed]:
    """Returns what each duty to minimise lets pass; none where nothing has to be minimised."""
    return [as_needed(said.split()) for said in _said(decision, _MINIMISE)]


def minimised(guarded: GuardedDocument, allowed: Sequence[Needed], /) -> Fields:
    """Takes the other fields out of the JSON within texts, in place; what was scanned before holds no more."""
    fields = Fields()
    for leaf, _, _ in guarded.nested:
        if leaf.part.role in _DATA and not leaf.part.place.endswith(_HANDED):
            minimise(leaf.inner, allowed, fields)
            # Always afresh: of a key that is written twice, the text has more than the document that was looked at.
            leaf.put(msgspec.json.encode(leaf.inner).decode())
    return fields


def routed(live: Live, decision: Decision, family: str, model: str, /) -> Iterator[Upstream]:
    """Yields the upstreams of a family that have a model and that the decision leads to."""
    for one in live.config.upstreams:
        serves = one.family == family and (not model or any(fnmatchcase(model, pattern) for pattern in one.models))
        if serves and leads_to(decision, one):
            yield one


def leads_to(decision: Decision, upstream: Upstream, /) -> bool:
    """Whether every duty to route lets an upstream be asked."""
    return all(any(fnmatchcase(upstream.name, word) for word in said.split()) for said in _said(decision, _ROUTE))


def consent(decision: Decision, /) -> str:
    """Returns the scopes of consent that go with the answer, an empty text for none."""
    return ", ".join(_said(decision, _CONSENT))


def _said(decision: Decision, sort: str) -> list[str]:
    return [duty.removeprefix(sort) for duty in decision.duties if duty.startswith(sort)] if decision.duties else []
