"""The rows of the control database as values, free of any database driver."""

from typing import Final

import msgspec

__all__ = [
    "ALL", "ApprovalCase", "BudgetRow", "ConsoleSession",
    "DelegationRow",
    "ElevationRow", "GrantRow", "Hold", "KillSwitch", "OwnerKey", "Purse",
    "SealedScope", "SealedValue", "StandingApproval", "ToolSession",
]  # fmt: skip

ALL: Final = "*"
"""The owner that a hold on everything names."""


class KillSwitch(msgspec.Struct, frozen=True):
    """Something that is switched off: an application, model, tool or principal; `set_at` is the database's to say."""

    tenant: str
    target: str
    name: str
    reason: str
    set_by: str
    set_at: int = 0


class ApprovalCase(msgspec.Struct, frozen=True):
    """Something that waits for approvals, was decided, or was used; times are in milliseconds since the epoch.

    `action` is the keyed digest of all of it; `question` and `decision` are canonical JSON of both, and `answers` a
    JSON array of the approvers' signed statements. `state` is open, approved, denied, used or expired; one that is past
    `expires` is open or approved no more. `outline` is canonical JSON of what approvers are shown of its parts, and
    `settled` when it was approved, denied or expired.
    """

    tenant: str
    case: str
    action: str
    principal: str
    question: bytes
    decision: bytes
    asked: int
    expires: int
    state: str = "open"
    answers: bytes = b"[]"
    outline: bytes = b"{}"
    settled: int = 0


class StandingApproval(msgspec.Struct, frozen=True):
    """A rule that two people made of a decided case: what fits `scope` (canonical JSON) needs nobody's yes.

    It is good until `expires` and for `most` calls, `used` of which were made. `state` is proposed, active or ended,
    and `answers` is a JSON array of the signed statements of who made it.
    """

    tenant: str
    rule: str
    case: str
    principal: str
    scope: bytes
    made: int
    expires: int
    most: int
    used: int = 0
    state: str = "proposed"
    answers: bytes = b"[]"


class Purse(msgspec.Struct, frozen=True):
    """A budget of one holder in one window; times are in milliseconds since the epoch."""

    tenant: str
    name: str
    holder: str
    begins: int
    ends: int


class BudgetRow(msgspec.Struct, frozen=True):
    """How much of a purse the workers hold or have spent."""

    purse: Purse
    leased: int


class ConsoleSession(msgspec.Struct, frozen=True):
    """Somebody's session in the console; times are in milliseconds since the epoch.

    `session` is the SHA-256 of what the browser holds, `sid` the session's name at the provider, empty where it has
    none, and `facts` canonical JSON of what was known when it began: roles, and how and when they showed who they are.
    """

    tenant: str
    session: str
    principal: str
    issuer: str
    subject: str
    sid: str
    facts: bytes
    created: int
    seen: int
    expires: int


class GrantRow(msgspec.Struct, frozen=True):
    """A grant: `handle` is the SHA-256 of what its holder shows, `sealed` all that it says, and times are milliseconds.

    `parent` is the grant that it was narrowed from, empty for none; `revoked` is 0 while nobody took it back.
    """

    tenant: str
    grant: str
    handle: str
    parent: str
    principal: str
    sealed: bytes
    issued: int
    expires: int
    revoked: int = 0


class OwnerKey(msgspec.Struct, frozen=True):
    """A key of whoever sealed parts are about: `owner` is `subject:` and a keyed digest, or `session:` and its id.

    `wrapped` is the key under one that lived for a minute, and `via` is that one under the key-encrypting key. `record`
    is the type of record that it seals and `day` when, counted from the epoch.
    """

    tenant: str
    key: bytes
    owner: str
    record: str
    day: int
    wrapped: bytes
    via: bytes


class Hold(msgspec.Struct, frozen=True):
    """A legal hold on an owner's keys, or on all of them where `owner` is `*`; `set_at` is in milliseconds."""

    tenant: str
    hold: str
    owner: str
    reason: str
    set_at: int


class SealedScope(msgspec.Struct, frozen=True):
    """A scope of tokens: `scope` is a keyed digest, `wrapped` its data key under the tenant's key."""

    tenant: str
    scope: str
    wrapped: bytes
    created: int
    expires: int


class SealedValue(msgspec.Struct, frozen=True):
    """A value behind a token, sealed under its scope's data key; `revealed` counts how often it was shown."""

    tenant: str
    scope: str
    token: str
    sealed: bytes
    created: int
    revealed: int = 0


class DelegationRow(msgspec.Struct, frozen=True):
    """Groups that an approver hands to somebody else, as the desk signed it; until when in milliseconds."""

    tenant: str
    delegation: str
    expires: int
    statement: bytes


class ElevationRow(msgspec.Struct, frozen=True):
    """A template that is linked for somebody, was, or is asked for; times are in milliseconds since the epoch.

    `kind` is grant or glass, `state` asked, active, review, ended, denied or closed, and `answers` a JSON array of
    signed statements: that it was opened or granted, and by whom.
    """

    tenant: str
    link: str
    principal: str
    template: str
    kind: str
    asked: int
    expires: int
    state: str
    answers: bytes = b"[]"


class ToolSession(msgspec.Struct, frozen=True):
    """A session of an agent: its keyed digest, the id of its log, that log's key, wrapped, and when it ends.

    Without a key its log was destroyed: somebody whom it was about was erased, or it ended and its name is remembered.
    `mark` is for how many milliseconds behind its end that is, and -1 where it is a mark itself.
    """

    tenant: str
    session: str
    log: str
    wrapped: bytes
    expires: int
    mark: int = 0
