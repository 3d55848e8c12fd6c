"""What happened: the Event, and the registry of what an Event may say.

INVARIANT: a published payload only ever gains fields, each new one with a default; `docs/reference/events.json` holds
the published shapes and a test compares. Integers only: scores are per mille, times are milliseconds, durations are
microseconds. The order of Events is the ledger's index, never their time.
"""

from enum import StrEnum
from typing import Final

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import InputError
from asepsis.core.labels import Category
from asepsis.core.types import Count, Coverage, Decision, DecisionInput, Purpose, SealedRef, Verdict

__all__ = [
    "PAYLOADS",
    "AccessAsked",
    "AccessDecided",
    "AccessEnded",
    "ApprovalAsked",
    "ApprovalDecided",
    "ApprovalDelegated",
    "ApprovalEscalated",
    "ApprovalExpired",
    "ApprovalReturned",
    "ApprovalShown",
    "ApprovalStanding",
    "ApprovalUsed",
    "BodiesErased",
    "BodiesExpired",
    "BodyOpened",
    "CallClosed",
    "CallOpened",
    "CallUnclosed",
    "ConfigActivated",
    "ConfigRejected",
    "Conflict",
    "ConsoleLeft",
    "ConsoleSignedIn",
    "Event",
    "GlassBroken",
    "GlassReviewed",
    "GrantIssued",
    "GrantRefused",
    "GrantRevoked",
    "HoldReleased",
    "HoldSet",
    "KeysRewrapped",
    "KillCleared",
    "KillSet",
    "LedgerDisputed",
    "LedgerEmergency",
    "LedgerEmergencyEnded",
    "LedgerJournaled",
    "LedgerReconciled",
    "LedgerRecovered",
    "LedgerRestored",
    "LedgerTaken",
    "LedgerUnstamped",
    "Mode",
    "Outcome",
    "Payload",
    "PolicyActivated",
    "ProcessStarted",
    "ProcessStopped",
    "ToolCallClosed",
    "ToolCallOpened",
    "ToolCallUnseen",
    "ToolDecision",
    "ToolPlanSealed",
    "ToolsKept",
    "VaultErased",
    "VaultRevealed",
    "build",
    "read",
    "read_payload",
]


class Mode(StrEnum):
    """Whether decisions are carried out (enforce) or only recorded (observe)."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


class Outcome(StrEnum):
    """How a call ended."""

    COMPLETED = "completed"
    DENIED = "denied"
    CUT = "cut"
    FAILED = "failed"
    CLIENT_GONE = "client_gone"


class Payload(msgspec.Struct, frozen=True):
    """What every payload is; each concrete one is registered in PAYLOADS."""


class Minimised(msgspec.Struct, frozen=True):
    """What the minimum necessary left of a request: the fields that passed, as policy names them, and how many not.

    `went` are up to 64 paths of those that did not pass; a name that no standard has for a field is `*` in it.
    """

    passed: tuple[str, ...]
    withheld: int
    went: tuple[str, ...] = ()


class CallOpened(Payload, frozen=True):
    """A model call was decided on. Durable before the first byte of the upstream's answer is released.

    `ambiguous` is how many clues to whom it is about fit several members; those that fit one are the Event's subjects.
    `labels` are the confidential topics that the request speaks of; `grant` is the id of the grant that it was made
    with, empty for none. `sealed` is what was asked, where that is kept; `fields` is what was left of structured data.
    """

    session: str
    application: str
    surface: str
    model: str
    upstream: str
    mode: Mode
    decision: Decision
    input: DecisionInput
    found: tuple[Count, ...]
    coverage: Coverage
    trace: str = ""
    span: str = ""
    ambiguous: int = 0
    labels: tuple[Category, ...] = ()
    grant: str = ""
    sealed: SealedRef | None = None
    fields: Minimised | None = None


class ToolDecision(msgspec.Struct, frozen=True):
    """A tool call in an answer, decided on its own: the tool's name as the configuration knows it, or a digest."""

    tool: str
    decision: Decision


class CallClosed(Payload, frozen=True):
    """A model call ended. Durable before the last byte is released; `rule` names what closed it, if a rule did.

    `found_tools` are those of `found` that stand in the arguments of tool calls.
    `tools` are the first decisions on tool calls, `tools_more` says how many more there were. `upstream` is the one
    that answered, or was asked last, after `attempts` attempts in all; `guard_us` is what reading, scanning and
    deciding took of `total_us`. `sealed` is what was answered, where that is kept.
    """

    opened: str
    outcome: Outcome
    status: int
    rule: str
    decision: Decision
    found: tuple[Count, ...]
    coverage: Coverage
    tools: tuple[ToolDecision, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    upstream_us: int = 0
    first_us: int = 0
    total_us: int = 0
    guard_us: int = 0
    upstream: str = ""
    attempts: int = 0
    ambiguous: int = 0
    tools_more: int = 0
    found_tools: tuple[Count, ...] = ()
    sealed: SealedRef | None = None


class CallUnclosed(Payload, frozen=True):
    """An incident: a call was opened and never closed, as found when the system started."""

    opened: str


class Conflict(StrEnum):
    """How a witness's history of a log differs: another one of the same length, or a longer one."""

    SPLIT = "split"
    ROLLBACK = "rollback"


class KeysRewrapped(Payload, frozen=True):
    """Keys of sealed bodies were wrapped under another key-encrypting key, named as `before` by a digest.

    `keys` were wrapped anew, `already` had been, and `lost` open with neither: the rotation is whole without those.
    """

    before: str
    after: str
    keys: int
    already: int
    lost: int


class LedgerDisputed(Payload, frozen=True):
    """An incident: a witness holds `held` entries of the log that its `size` published ones do not go on from."""

    witness: str
    reason: Conflict
    held: int
    size: int


class LedgerEmergency(Payload, frozen=True):
    """Two people, by keyed digests, opened an emergency: what for, why, and until when."""

    opening: str
    scopes: tuple[str, ...]
    reason: str
    by: tuple[str, ...]
    until: int


class LedgerEmergencyEnded(Payload, frozen=True):
    """An emergency ended: its time was up, or somebody closed it."""

    opening: str


class LedgerJournaled(Payload, frozen=True):
    """The log took nothing from entry `index` on, for a reason's code: what follows came in by an emergency journal."""

    index: int
    failed: str


class LedgerReconciled(Payload, frozen=True):
    """The log has all `entries` of an emergency journal, whose tree has that root."""

    entries: int
    root: str


class LedgerRecovered(Payload, frozen=True):
    """The log's torn tail was cut: `bytes` bytes after entry `index` - 1 were never acknowledged."""

    index: int
    bytes: int


class LedgerRestored(Payload, frozen=True):
    """The system came back from a backup with `entries` entries; `keys` that the log says were destroyed went again."""

    entries: int
    keys: int


class LedgerTaken(Payload, frozen=True):
    """A standby took over with epoch `token` at entry `index`: the writer before was silent for `silent_ms`."""

    token: int
    index: int
    silent_ms: int


class LedgerUnstamped(Payload, frozen=True):
    """An incident: of `size` published entries an authority stamped `stamped`; the rest has waited since `since`."""

    authority: str
    stamped: int
    size: int
    since: int


class ProcessStarted(Payload, frozen=True):
    """A process of the system is ready."""

    process: str
    version: str
    config: str


class ProcessStopped(Payload, frozen=True):
    """A process of the system stopped in order."""

    process: str


class ConfigActivated(Payload, frozen=True):
    """A new configuration is in force; `config` is its digest."""

    config: str


class ConfigRejected(Payload, frozen=True):
    """A new configuration was refused and the old one stays in force."""

    config: str
    code: str


class PolicyActivated(Payload, frozen=True):
    """A bundle of policies is in force; `author` and `approver` are keyed digests, empty where it may be unsigned.

    `observe` are the applications for which it is only recorded what would be decided.
    """

    bundle: str
    name: str
    version: str
    author: str = ""
    approver: str = ""
    observe: tuple[str, ...] = ()


class ApprovalAsked(Payload, frozen=True):
    """A call waits for approvals: `action` is the keyed digest of all of it, `policies` are those that ask."""

    case: str
    action: str
    reason: str
    policies: tuple[str, ...]
    expires: int


class ApprovalDecided(Payload, frozen=True):
    """Somebody said yes or no to a case; `settled` is what has become of it by that.

    `by` is the keyed digest of who that is, `person` who it is, as their calls name them (here and in what follows).

    `reason` is the keyed digest of what they gave as their reason, empty where they gave none.
    """

    case: str
    action: str
    by: str
    approved: bool
    settled: str
    reason: str = ""
    person: str = ""


class ApprovalShown(Payload, frozen=True):
    """Somebody, by keyed digest, was shown the values that decide a call that waits, to answer for it."""

    case: str
    action: str
    by: str
    person: str = ""


class ApprovalExpired(Payload, frozen=True):
    """Nobody settled a case in time: it is denied."""

    case: str
    action: str


class ApprovalEscalated(Payload, frozen=True):
    """A case waits too long: those of `group` may answer to it, too."""

    case: str
    action: str
    group: str


class ApprovalStanding(Payload, frozen=True):
    """A rule made of a decided case was `proposed`, came into force (`active`), or `ended`; `by` is a keyed digest."""

    rule: str
    case: str
    state: str
    by: str
    expires: int
    person: str = ""


class ApprovalDelegated(Payload, frozen=True):
    """An approver handed groups to somebody else until a time (`active`), or one of the two `ended` it: `who`.

    `by`, `to` and `who` are keyed digests.
    """

    delegation: str
    by: str
    to: str
    groups: tuple[str, ...]
    expires: int
    state: str
    who: str
    person: str = ""


class AccessAsked(Payload, frozen=True):
    """Somebody, by keyed digest, asks to have a template linked for a time."""

    link: str
    by: str
    template: str
    expires: int
    person: str = ""


class AccessDecided(Payload, frozen=True):
    """Somebody, by keyed digest, said yes or no to it; `state` is what has become of it by that."""

    link: str
    by: str
    granted: bool
    state: str
    person: str = ""


class AccessEnded(Payload, frozen=True):
    """A template is linked no more: its time is up (`time`), or somebody ended it, `by` as a keyed digest (`ended`)."""

    link: str
    why: str
    by: str = ""
    person: str = ""


class GlassBroken(Payload, frozen=True):
    """Somebody, by keyed digest, broke the glass for a time; `reason` is the keyed digest of theirs."""

    link: str
    by: str
    template: str
    expires: int
    reason: str
    person: str = ""


class GlassReviewed(Payload, frozen=True):
    """Somebody else looked at what was done behind broken glass, and closed the task; digests as before.

    `right` says whether they found that it was right to do so.
    """

    link: str
    by: str
    reason: str
    right: bool = True
    person: str = ""


class ApprovalUsed(Payload, frozen=True):
    """A call went through by an approval, which is used up."""

    case: str
    action: str


class ApprovalReturned(Payload, frozen=True):
    """The call that an approval let through reached nobody, and the approval is good again, until its time is up."""

    case: str
    action: str


class ConsoleSignedIn(Payload, frozen=True):
    """Somebody, by keyed digest, signed in to the console; `again` says that they showed anew who they are."""

    by: str
    again: bool = False
    person: str = ""


class ConsoleLeft(Payload, frozen=True):
    """A session in the console ended: its person signed out (`left`), the provider said so (`provider`), or in time."""

    by: str
    why: str
    person: str = ""


class GrantIssued(Payload, frozen=True):
    """Somebody got a grant: who acts and for whom, nearest first, by keyed digest, what for, how far, and until when.

    `parent` is the grant that it was narrowed from; `members` is how many members it is limited to, 0 for no limit.
    Names in `scope` are keyed digests; `plan` is the keyed digest of what its task will do, empty where nobody said so.
    """

    grant: str
    parent: str
    chain: tuple[str, ...]
    purpose: Purpose
    scope: tuple[str, ...]
    members: int
    bound: bool
    expires: int
    plan: str = ""


class GrantRefused(Payload, frozen=True):
    """Somebody asked for a grant and got none; `code` is OAuth's word for why."""

    code: str


class GrantRevoked(Payload, frozen=True):
    """Grants were taken back, `grants` in all: one by its id with all that were narrowed from it, or those of a holder.

    `holder` is a keyed digest; `by` says who took them back: `holder` or `operator`.
    """

    grant: str
    holder: str
    grants: int
    by: str


class KillSet(Payload, frozen=True):
    """Someone switched off an application, model, tool or principal; `name` is a keyed digest for principals."""

    target: str
    name: str
    reason: str


class KillCleared(Payload, frozen=True):
    """Someone switched it on again; `name` as it was when it was switched off."""

    target: str
    name: str
    reason: str = ""


class VaultRevealed(Payload, frozen=True):
    """Values behind tokens were shown, or asked for and denied: then `revealed` is empty. `scope` is a keyed digest.

    `revealed` counts each token as often as it was shown.
    """

    scope: str
    purpose: Purpose
    decision: Decision
    input: DecisionInput
    revealed: tuple[Count, ...]


class VaultErased(Payload, frozen=True):
    """A scope's key was destroyed and its values with it; `reason` is `erased` (someone asked) or `expired`."""

    scope: str
    values: int
    reason: str


class BodyOpened(Payload, frozen=True):
    """A reader, by keyed digest, was given `parts` parts of the sealed body of an Event, or was refused by a `rule`.

    `erased` is how many parts can't be opened any more.
    """

    event: str
    reader: str
    purpose: Purpose
    parts: int = 0
    erased: int = 0
    rule: str = ""


class BodiesErased(Payload, frozen=True):
    """The `keys` of an owner, a person or a session, were destroyed; `held` are under a legal hold and stayed.

    `owner` is `subject:` and a keyed digest, or `session:` and its id; `by` is a keyed digest. The logs of so many
    `sessions` of agents were about the owner and went, too.
    """

    owner: str
    keys: int
    held: int
    basis: str
    by: str
    sessions: int = 0


class BodiesExpired(Payload, frozen=True):
    """The keys of a type of record from before a day, counted from the epoch, were destroyed; `held` ones stayed."""

    record: str
    day: int
    keys: int
    held: int


class ToolCallOpened(Payload, frozen=True):
    """An agent's call of a tool was decided on. Durable before the call is made.

    `arguments` is the keyed digest of the canonical arguments. By place alone, `doubts` say what speaks against the
    call; `untrusted` says whether the session has read anything untrusted. `sealed` are the arguments, where they are
    kept; `grant` is the session grant that the caller acts by, if any.
    """

    session: str
    application: str
    server: str
    tool: str
    mode: Mode
    decision: Decision
    input: DecisionInput
    arguments: str
    doubts: tuple[str, ...] = ()
    untrusted: bool = False
    sealed: SealedRef | None = None
    grant: str = ""


class ToolCallClosed(Payload, frozen=True):
    """An agent's call of a tool ended. Durable before its result is released; `rule` names what closed it, if any.

    `sealed` is the result, where that is kept. `found` is what policy had the result searched for, as it came.
    """

    opened: str
    outcome: Outcome
    rule: str
    characters: int
    total_us: int
    sealed: SealedRef | None = None
    found: tuple[Count, ...] = ()


class ToolCallUnseen(Payload, frozen=True):
    """An agent called what it does not see. `why` is `unknown`, `down`, `gone`, or what the tool is kept for.

    `server` and `tool` are empty where people confirmed no such name: whoever calls may choose any.
    """

    application: str
    server: str
    tool: str
    why: str
    grant: str = ""


class ToolPlanSealed(Payload, frozen=True):
    """A plan is in force in a session, by its keyed digest, before anything untrusted was read in it.

    `by` says whose it is: that of a `grant`, which `grant` names, of the `application`, or of the `agent`.
    """

    session: str
    application: str
    plan: str
    steps: int
    by: str
    grant: str = ""


class ToolsKept(Payload, frozen=True):
    """A server offers tools that are kept from agents: how many, by reason; `digest` is that of all that it offers."""

    server: str
    digest: str
    admitted: int
    reasons: tuple[str, ...]


class HoldSet(Payload, frozen=True):
    """A legal hold on the keys of an owner, or of all for `*`; `case` is the approval that it was set by."""

    hold: str
    owner: str
    reason: str
    by: str
    case: str


class HoldReleased(Payload, frozen=True):
    """A legal hold was released; `case` is the approval."""

    hold: str
    reason: str
    by: str
    case: str


PAYLOADS: Final[dict[str, tuple[int, type[Payload]]]] = {
    "access.asked": (1, AccessAsked),
    "access.decided": (1, AccessDecided),
    "access.ended": (1, AccessEnded),
    "approval.asked": (1, ApprovalAsked),
    "approval.decided": (1, ApprovalDecided),
    "approval.delegated": (1, ApprovalDelegated),
    "approval.escalated": (1, ApprovalEscalated),
    "approval.expired": (1, ApprovalExpired),
    "approval.returned": (1, ApprovalReturned),
    "approval.shown": (1, ApprovalShown),
    "approval.standing": (1, ApprovalStanding),
    "approval.used": (1, ApprovalUsed),
    "breakglass.opened": (1, GlassBroken),
    "breakglass.reviewed": (1, GlassReviewed),
    "config.activated": (1, ConfigActivated),
    "config.rejected": (1, ConfigRejected),
    "console.left": (1, ConsoleLeft),
    "console.signed_in": (1, ConsoleSignedIn),
    "gateway.call.closed": (1, CallClosed),
    "gateway.call.opened": (1, CallOpened),
    "gateway.call.unclosed": (1, CallUnclosed),
    "grant.issued": (1, GrantIssued),
    "grant.refused": (1, GrantRefused),
    "grant.revoked": (1, GrantRevoked),
    "kill.cleared": (1, KillCleared),
    "kill.set": (1, KillSet),
    "ledger.bodies.erased": (1, BodiesErased),
    "ledger.bodies.expired": (1, BodiesExpired),
    "ledger.body.opened": (1, BodyOpened),
    "ledger.disputed": (1, LedgerDisputed),
    "ledger.emergency": (1, LedgerEmergency),
    "ledger.emergency.ended": (1, LedgerEmergencyEnded),
    "ledger.hold.released": (1, HoldReleased),
    "ledger.hold.set": (1, HoldSet),
    "ledger.journaled": (1, LedgerJournaled),
    "ledger.keys.rewrapped": (1, KeysRewrapped),
    "ledger.reconciled": (1, LedgerReconciled),
    "ledger.recovered": (1, LedgerRecovered),
    "ledger.restored": (1, LedgerRestored),
    "ledger.taken": (1, LedgerTaken),
    "ledger.unstamped": (1, LedgerUnstamped),
    "policy.activated": (1, PolicyActivated),
    "process.started": (1, ProcessStarted),
    "process.stopped": (1, ProcessStopped),
    "tool.call.closed": (1, ToolCallClosed),
    "tool.call.opened": (1, ToolCallOpened),
    "tool.call.unseen": (1, ToolCallUnseen),
    "tool.plan.sealed": (1, ToolPlanSealed),
    "tools.kept": (1, ToolsKept),
    "vault.erased": (1, VaultErased),
    "vault.revealed": (1, VaultRevealed),
}

_KINDS: Final = {payload: (kind, version) for kind, (version, payload) in PAYLOADS.items()}
_DECODERS: Final = {kind: msgspec.json.Decoder(payload) for kind, (_, payload) in PAYLOADS.items()}


class Event(msgspec.Struct, frozen=True):
    """One thing that happened; the only thing the ledger stores. `payload` is canonical JSON of the kind's payload."""

    id: str
    time: int
    tenant: str
    kind: str
    version: int
    principal: str
    verdict: Verdict
    payload: msgspec.Raw
    subjects: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Returns the bytes that the ledger stores."""
        return canonical.encode(self)


_EVENT: Final = msgspec.json.Decoder(Event)


def build(  # noqa: PLR0913 an Event's head is these fields, and all are named at the call
    payload: Payload,
    /,
    *,
    id: str,  # noqa: A002 the field's name
    time: int,
    tenant: str,
    principal: str = "",
    verdict: Verdict = Verdict.ALLOW,
    subjects: tuple[str, ...] = (),
) -> Event:
    """Returns the Event that carries `payload`; the kind and version come from the registry."""
    kind, version = _KINDS[type(payload)]
    raw = msgspec.Raw(canonical.encode(payload))
    return Event(id, time, tenant, kind, version, principal, verdict, raw, subjects)


def read(data: bytes, /) -> Event:
    """Reads an Event from stored bytes; raises InputError when they are not one."""
    try:
        return _EVENT.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError("expected an event in canonical JSON") from error


def read_payload(event: Event, /) -> Payload:
    """Reads an Event's payload; raises InputError for a kind this version does not know or a wrong shape."""
    decoder = _DECODERS.get(event.kind)
    if decoder is None:
        raise InputError("expected a known kind of event", code="event_kind")
    try:
        return decoder.decode(event.payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"expected the payload of `{event.kind}`") from error
