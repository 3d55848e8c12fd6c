"""The values of the room: what a code is good for, and how it may be shown again."""

from enum import StrEnum

import msgspec

from asepsis.core.errors import NotTrusted
from asepsis.core.types import Action, Decision, DecisionInput, Kind, Purpose, Verdict

__all__ = ["Channel", "Issued", "Reveal", "Scope", "ScopeKind"]


class ScopeKind(StrEnum):
    """How far codes are the same for the same value."""

    SESSION = "session"
    PATIENT = "patient"
    PROJECT = "project"


class Scope(msgspec.Struct, frozen=True):
    """Within which the same value gets the same code; `id` is whatever names the session, patient or project."""

    tenant: str
    kind: ScopeKind
    id: str


class Channel(StrEnum):
    """Where text goes: values come back for the reader alone, in JSON with JSON's escapes."""

    READER = "reader"
    READER_JSON = "reader_json"
    TOOL = "tool"
    FETCHED = "fetched"


class Issued(msgspec.Struct, frozen=True):
    """A token and what it stands for. Never logged, never in an Event: it holds the value."""

    token: str
    kind: Kind
    value: str


class Reveal(msgspec.Struct, frozen=True):
    """The right to show values again: a decision on `model.reveal` and the question that it answers.

    INVARIANT: only `admit` makes one.
    """

    question: DecisionInput
    decision: Decision

    @classmethod
    def admit(cls, question: DecisionInput, decision: Decision, /) -> "Reveal":
        """Returns the right; raises NotTrusted unless the decision allows just that, for a stated purpose."""
        sound = (
            question.action is Action.MODEL_REVEAL
            and question.purpose is not Purpose.UNSTATED
            and decision.verdict is Verdict.ALLOW
            and decision.input == question.digest
        )
        if not sound:
            raise NotTrusted("expected a decision that allows `model.reveal` for a purpose", code="vault_reveal")
        return cls(question, decision)
