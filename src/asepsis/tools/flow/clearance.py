"""Confidentiality: what a session has read so far may flow only into tools that are cleared for it.

The mark of a session is the join of the labels of all that was read. It only goes up; a person may take categories off
it, which is an Event of its own. A hostile model can say anything in other words, so no text is taken to be free of
what the session knows.
"""

from collections.abc import Callable, Iterable

import msgspec

from asepsis.core.labels import Category, Integrity, Label, SubjectRef
from asepsis.tools.flow.types import Doubt, Rule
from asepsis.tools.types import ArgumentRole, Effect, Manifest

__all__ = ["Declassified", "Mark"]


class Declassified(msgspec.Struct, frozen=True):
    """What a person took off a session's mark; the ledger keeps it."""

    categories: tuple[Category, ...]
    reason: str


class Mark:
    """One session's high-water mark."""

    def __init__(self, subject: Callable[[str], SubjectRef]) -> None:
        self.categories: frozenset[Category] = frozenset()
        self.subjects: frozenset[SubjectRef] = frozenset()
        self._integrity = Integrity.TRUSTED
        self._origins: dict[str, None] = {}
        self._subject = subject

    @property
    def label(self) -> Label:
        """The mark as a label; made when it is asked for, since it names each place that something untrusted is at."""
        return Label(self._integrity, frozenset(self._origins), self.categories, self.subjects)

    def join(self, manifest: Manifest, place: str, *, categories: frozenset[Category], subjects: Iterable[str]) -> None:
        """Raises the mark by what a result holds; whom it is about counts where it is confidential."""
        if categories:
            self.categories |= categories
            self.subjects = self.subjects.union(map(self._subject, subjects))
        if manifest.untrusted:
            self._integrity = Integrity.UNTRUSTED
            self._origins[place] = None

    def declassify(self, categories: Iterable[Category], reason: str, /) -> Declassified:
        """Takes categories off the mark, and returns what the ledger has to keep of it."""
        gone = frozenset(categories) & self.categories
        self.categories -= gone
        return Declassified(tuple(sorted(gone)), reason)

    def doubts(self, manifest: Manifest, about: Iterable[str], named: Callable[[SubjectRef], bool]) -> list[Doubt]:
        """Returns why a call may not carry what the session knows out: not cleared for it, or about somebody else."""
        if Effect.EGRESS not in manifest.effects:
            return []
        closed = tuple(sorted(self.categories - manifest.clears))
        doubts = [Doubt(Rule.CLEARANCE, categories=closed)] if closed else []
        own = {self._subject(one) for one in about}
        others = {one for one in self.subjects if one not in own and not named(one)}
        if others and (own or len(self.subjects) > 1):
            doubts.append(Doubt(Rule.SUBJECT, role=ArgumentRole.SUBJECT))
        return doubts
