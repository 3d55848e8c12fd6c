"""What is known about data: how far it can be trusted, how confidential it is, and whom it is about.

Labels form a join-semilattice: `join` is associative, commutative and idempotent, and never loses anything. What
was joined up comes down only by a declassification, which is an Event of its own.
"""

from enum import IntEnum, StrEnum

import msgspec

__all__ = ["TRUSTED", "Category", "Integrity", "Label", "SubjectRef"]


class Integrity(IntEnum):
    """Whether data may steer: what an untrusted origin touched is untrusted."""

    TRUSTED = 0
    UNTRUSTED = 1


class Category(StrEnum):
    """Confidentiality categories; PHI is 45 CFR 160.103, PART2 is 42 CFR Part 2.

    RESTRICTED and VERY_RESTRICTED are what data is labelled as itself (HL7 v3 Confidentiality, R and V).
    """

    PHI = "phi"
    PART2 = "part2"
    PSYCHOTHERAPY = "psychotherapy"
    MENTAL_HEALTH = "mental_health"
    SUBSTANCE_USE = "substance_use"
    REPRODUCTIVE = "reproductive"
    HIV = "hiv"
    GENETIC = "genetic"
    RESTRICTED = "restricted"
    VERY_RESTRICTED = "very_restricted"
    SECRET = "secret"  # noqa: S105 the name of a category, not a password


class SubjectRef(msgspec.Struct, frozen=True, order=True):
    """A person that data is about: the tenant and a keyed digest of the member key, never the key itself."""

    tenant: str
    digest: str


class Label(msgspec.Struct, frozen=True):
    """What is known about a piece of data inside one tenant's call."""

    integrity: Integrity = Integrity.TRUSTED
    origins: frozenset[str] = frozenset()
    categories: frozenset[Category] = frozenset()
    subjects: frozenset[SubjectRef] = frozenset()

    def join(self, other: "Label", /) -> "Label":
        """Returns the least label that says all that either says."""
        return Label(
            integrity=max(self.integrity, other.integrity),
            origins=self.origins | other.origins,
            categories=self.categories | other.categories,
            subjects=self.subjects | other.subjects,
        )

    def covers(self, other: "Label", /) -> bool:
        """Whether this label already says all that `other` says."""
        return self.join(other) == self


TRUSTED = Label()
