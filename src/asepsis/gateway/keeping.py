"""What of one call is kept, sealed: what was asked and what was answered, each part with whom it is about.

1. A text is kept as it came, before anything in it was masked; what may not be kept in any form is taken out first:
   secrets, and the codes of cards.
2. A part that names somebody is about those that it names. One that names nobody, in a call about somebody, is about
   all of them; in a call about nobody known it is the session's.
3. Definitions, the protocol's own words and the names of fields are not kept unless something was found in them.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Final

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Clue, Content, Said, Sealer
from asepsis.core.types import Finding, PartKind, Role, SealedRef
from asepsis.gateway.document import GuardedDocument
from asepsis.gateway.splice import splice
from asepsis.gateway.walk import Leaf
from asepsis.ledger.sealing.keeping import never
from asepsis.ledger.sealing.terms import CONTENT

__all__ = ["Keeping", "spared"]

_ELSEWHERE: Final = (Role.DEFINITION, Role.PROTOCOL)

About = Callable[[list[Clue]], tuple[str, ...]]
"""Returns whom clues are about, by keyed digests; nobody where they name nobody."""


class Keeping:
    """Seals the parts of one call; what was sealed and is not known to be durable yet waits in `pending`.

    `record` is the type of record that they are, as the decision on the request says.
    """

    __slots__ = ("_about", "_sealer", "_tenant", "pending", "record")

    def __init__(self, sealer: Sealer, tenant: str, about: About) -> None:
        self._sealer = sealer
        self._tenant = tenant
        self._about = about
        self.pending: list[Future[None]] = []
        self.record = CONTENT

    def document(self, guarded: GuardedDocument, subjects: Sequence[str], /) -> list[Said]:
        """Returns what of a whole document is to be kept; `subjects` are all that the call is about."""
        return [self._said(leaf, found, subjects) for leaf, found in _texts(guarded)]

    def seal(self, event: str, session: str, parts: Sequence[Said], /) -> SealedRef | None:
        """Seals parts for an Event and returns what goes into it, None for no parts; raises Unavailable."""
        if not parts:
            return None
        sealed = self._sealer.seal(Content(self._tenant, event, session, parts, self.record))
        self.pending.append(sealed.done)
        return sealed.ref

    def try_to_seal(self, event: str, session: str, parts: Sequence[Said], /) -> SealedRef | None:
        """Seals as `seal` does; what could not be sealed is never durable, and neither is the Event."""
        try:
            return self.seal(event, session, parts)
        except Unavailable as error:
            failed: Future[None] = Future()
            failed.set_exception(error)
            self.pending.append(failed)
            return None

    def _said(self, leaf: Leaf, found: tuple[Finding, ...], subjects: Sequence[str]) -> Said:
        part = leaf.part
        owners = tuple(subjects)
        if len(owners) > 1:
            named = [Clue(one.kind, part.text[one.start : one.end]) for one in found]
            owners = (self._about(named) if named else ()) or owners
        return Said(part.place, part.role.value, spared(part.text, found), owners)


def spared(text: str, found: Sequence[Finding], /, *, start: int = 0, end: int | None = None) -> str:
    """Returns a text, or a stretch of it, without what may not be kept in any form."""
    last = len(text) if end is None else end
    gone = [one for one in found if start <= one.start < last and never(one)] if found else ()
    if not gone:
        return text[start:end]
    return splice(text, gone, lambda one, _: f"[{one.kind.value}]", start=start, end=end)


def _texts(guarded: GuardedDocument) -> Iterator[tuple[Leaf, tuple[Finding, ...]]]:
    """Yields each text once, with what was found in it: JSON inside a text as that text.

    Where something inside may not be kept, the texts inside stand for it.
    """
    leaves, found = guarded.leaves, guarded.by_leaf
    skipped: set[int] = set()
    for _, start, end in guarded.nested:
        if any(never(one) for some in found[start:end] for one in some):
            skipped.add(start - 1)
        else:
            skipped.update(range(start, end))
    for number, leaf in enumerate(leaves):
        part = leaf.part
        if number in skipped or not part.text or leaf.structural or part.kind is PartKind.OPAQUE:
            continue
        here = found[number]
        if here or (part.kind is not PartKind.NAME and part.role not in _ELSEWHERE):
            yield leaf, here
