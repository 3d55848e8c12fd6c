"""The few types that everything flows through: who asks, what was found, what was decided.

All are frozen Structs. Confidential text is never in a Finding, a Decision or anything that is remembered.
"""

from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import Final

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import Bug, InputError
from asepsis.core.labels import TRUSTED, Category, Label
from asepsis.core.plans import Plan

__all__ = [
    "ANONYMOUS",
    "Action",
    "Actor",
    "Count",
    "Coverage",
    "Decision",
    "DecisionInput",
    "Elevation",
    "Finding",
    "Grant",
    "Kind",
    "Limit",
    "Obligation",
    "ObligationKind",
    "Outline",
    "Part",
    "PartKind",
    "Piece",
    "Principal",
    "Purpose",
    "Role",
    "SealedRef",
    "Session",
    "Verdict",
]


class Kind(StrEnum):
    """What a finding is: the eighteen identifiers of 45 CFR 164.514(b)(2)(i), or one of four others."""

    NAME = "NAME"
    GEO = "GEO"
    DATE = "DATE"
    AGE_OVER_89 = "AGE_OVER_89"
    PHONE = "PHONE"
    FAX = "FAX"
    EMAIL = "EMAIL"
    SSN = "SSN"
    MRN = "MRN"
    HEALTH_PLAN_ID = "HEALTH_PLAN_ID"
    ACCOUNT = "ACCOUNT"
    LICENSE = "LICENSE"
    VEHICLE = "VEHICLE"
    DEVICE = "DEVICE"
    URL = "URL"
    IP = "IP"
    BIOMETRIC = "BIOMETRIC"
    PHOTO = "PHOTO"
    OTHER_ID = "OTHER_ID"
    SECRET = "SECRET"  # noqa: S105 the name of a kind, not a password
    INJECTION = "INJECTION"
    EXFIL = "EXFIL"
    CANARY = "CANARY"


class PartKind(StrEnum):
    """How a piece of an exchange can be read; opaque pieces cannot, and policy admits them by name or not at all."""

    TEXT = "text"
    NAME = "name"
    NUMBER = "number"
    OPAQUE = "opaque"


class Role(StrEnum):
    """Who speaks in a part; what nobody is known to have said is untrusted user input."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    DEFINITION = "definition"
    PROTOCOL = "protocol"


class Part(msgspec.Struct, frozen=True):
    """One piece of an exchange.

    `place` is a path such as `messages[3].content[0].text` and never holds unknown key text. `key` is the object key
    that stands before the text, known or not; rules read it as context, and nothing remembers it. `opaque` names the
    kind of content for a part that cannot be read (`image`, `audio`, `tokens` and so on). `year` is that in which the
    part's document was written and ages are reckoned; 0 where nobody said.
    """

    kind: PartKind
    place: str
    text: str
    role: Role = Role.USER
    label: Label = TRUSTED
    key: str = ""
    opaque: str = ""
    year: int = 0


class Finding(msgspec.Struct, frozen=True):
    """Something found in a part: never the text itself.

    `start` and `end` count code points of the text as given, `end` exclusive; `score` is per mille; `digest` is a
    keyed digest of the normalised value, empty where nobody gave a key.
    """

    rule: str
    kind: Kind
    place: str
    start: int
    end: int
    score: int
    digest: str = ""


class Principal(msgspec.Struct, frozen=True):
    """A person, workload or agent of one tenant, with the chain of those on whose behalf it acts."""

    tenant: str
    id: str
    application: str
    claims: tuple[tuple[str, str], ...] = ()
    on_behalf_of: "Principal | None" = None


ANONYMOUS: Final = "anonymous"
"""The id of the principal that all callers without a key are; nothing is kept for it beyond a call."""


class Limit(msgspec.Struct, frozen=True, order=True):
    """At most so much of a unit with a grant and all that are narrowed from it, until the time of that one is up."""

    grant: str
    unit: str
    most: int
    expires: int


class Grant(msgspec.Struct, frozen=True):
    """A right that is held by an opaque handle: who acts, on whose behalf and for which purpose, and how far it goes.

    `scope` are actions with what they may reach, such as `model.invoke:llama-*`; `members` are keys of the members
    that it is about, none for whomever policy admits. `bound` is the thumbprint of the key (RFC 7638) or
    certificate (RFC 8705) whose holder alone may use it, empty where the handle is enough. `parent` is the grant
    that it was narrowed from, and `root` the first of all those, empty for one that was not; `expires` is in
    milliseconds since the epoch. `budgets` are what calls with it may take, and with those that it was narrowed from.
    `plan` is what its task will do, None where nobody said so. `may_act` are the principals that may have it narrowed
    for themselves (RFC 8693 4.4): of what is bound nobody else, where there are none of what is not bound anybody.
    """

    id: str
    principal: Principal
    scope: tuple[str, ...]
    expires: int
    members: tuple[str, ...] = ()
    bound: str = ""
    parent: str = ""
    budgets: tuple[Limit, ...] = ()
    plan: Plan | None = None
    root: str = ""
    may_act: tuple[str, ...] = ()


class Session(msgspec.Struct, frozen=True):
    """A principal's session; without an identifier from the caller each call is a session of its own."""

    tenant: str
    principal: str
    id: str


class Purpose(StrEnum):
    """Purpose of use, HL7 v3 PurposeOfUse codes; it has none for underwriting, so that word is ours."""

    TREATMENT = "TREAT"
    CARE_MANAGEMENT = "CAREMGT"
    PAYMENT = "HPAYMT"
    OPERATIONS = "HOPERAT"
    RESEARCH = "HRESCH"
    PATIENT_REQUEST = "PATRQT"
    BREAK_GLASS = "BTG"
    UNDERWRITING = "UNDERWRITING"
    UNSTATED = "UNSTATED"


class Action(StrEnum):
    """What a decision is about."""

    MODEL_INVOKE = "model.invoke"
    MODEL_REVEAL = "model.reveal"
    DATA_EMBED = "data.embed"
    RETRIEVE_READ = "retrieve.read"
    TOOL_CALL = "tool.call"
    ARTIFACT_LOAD = "artifact.load"
    ARTIFACT_PROMOTE = "artifact.promote"
    APPROVAL_GRANT = "approval.grant"
    LEDGER_READ = "ledger.read"
    LEDGER_HOLD = "ledger.hold"
    LEDGER_RELEASE = "ledger.release"
    MODE_CHANGE = "mode.change"
    BREAK_GLASS_OPEN = "breakglass.open"


class Verdict(IntEnum):
    """The four answers, weakest first; a join takes the strongest."""

    ALLOW = 0
    TRANSFORM = 1
    ASK = 2
    DENY = 3


class ObligationKind(StrEnum):
    """What has to be done with what was found before it may pass.

    A mask names the kind, a token stands for one value and can be turned back, a surrogate is a plausible value that
    can't be real, and what is generalised says less than it did.
    """

    MASK = "mask"
    DROP = "drop"
    DENY = "deny"
    TOKEN = "token"  # noqa: S105 the name of an obligation, not a password
    SURROGATE = "surrogate"
    GENERALISE = "generalise"


class Obligation(msgspec.Struct, frozen=True, order=True):
    """Do this with every finding of that kind."""

    do: ObligationKind
    on: Kind


class Count(msgspec.Struct, frozen=True, order=True):
    """How many findings of a kind there were."""

    kind: Kind
    count: int


class Actor(msgspec.Struct, frozen=True):
    """Somebody on whose behalf a call is made, and the roles that they are in."""

    id: str
    roles: tuple[str, ...] = ()


class Elevation(msgspec.Struct, frozen=True, order=True):
    """What somebody may do for a time beyond their roles: the template that is linked for them, and by what."""

    principal: str
    template: str
    link: str


class DecisionInput(msgspec.Struct, frozen=True):
    """All that a decision was made from, free of PHI, so that the decision can be made again.

    `on_behalf_of` are those for whom the principal acts, the nearest first. `labels` are confidential topics, `members`
    is how many members the call is known to be about, and `day` the day in UTC as a number such as 20261126, 0 where
    nobody said. `approval` is the case in which somebody said yes to exactly this, empty for none. `arguments` are
    those of a tool call that say whom, what and how much, such as `payee=3f…`: names with keyed digests. `consented`
    and `refused` are categories that all members, or one of them, said yes or no to for this purpose and application,
    and `relations` how the caller stands to them. `elevations` are those of the principal, and of whom it acts for,
    that were open at the time.
    """

    tenant: str
    action: Action
    principal: str
    application: str
    purpose: Purpose
    surface: str
    model: str = ""
    upstream: str = ""
    tool: str = ""
    found: tuple[Count, ...] = ()
    opaque: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    labels: tuple[Category, ...] = ()
    members: int = 0
    day: int = 0
    on_behalf_of: tuple[Actor, ...] = ()
    approval: str = ""
    arguments: tuple[str, ...] = ()
    consented: tuple[Category, ...] = ()
    refused: tuple[Category, ...] = ()
    relations: tuple[str, ...] = ()
    elevations: tuple[Elevation, ...] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of the canonical form, in hex."""
        return canonical.digest(self)


class Decision(msgspec.Struct, frozen=True):
    """What was decided and why.

    `plan` says what to do with findings in the answer, `obligations` what to do with those in the request. `duties`
    are what else it obliges to, such as `notify:privacy`. `approvable` says of a denial whether an approval would turn
    it. Decisions of one bundle form a join-semilattice under `join`: the strongest verdict wins and brings its reason
    along; an approval turns the join only if it turns each.
    """

    verdict: Verdict
    reason: str
    policies: tuple[str, ...] = ()
    bundle: str = ""
    obligations: tuple[Obligation, ...] = ()
    plan: tuple[Obligation, ...] = ()
    input: str = ""
    duties: tuple[str, ...] = ()
    approvable: bool = False

    def join(self, other: "Decision", /) -> "Decision":
        """Returns the decision that satisfies both; raises Bug when they come from two bundles."""
        if self.bundle != other.bundle:
            raise Bug("decisions of two bundles do not join")
        lead = max(self, other, key=lambda one: (one.verdict, one.reason, one.input))
        return Decision(
            verdict=lead.verdict,
            reason=lead.reason,
            policies=_union(self.policies, other.policies),
            bundle=self.bundle,
            obligations=_union(self.obligations, other.obligations),
            plan=_union(self.plan, other.plan),
            input=lead.input,
            duties=_union(self.duties, other.duties),
            approvable=(self.approvable or other.approvable) and not (self.final or other.final),
        )

    @property
    def final(self) -> bool:
        """Whether it says no and no approval would turn it."""
        return self.verdict >= Verdict.ASK and not self.approvable


class Coverage(msgspec.Struct, frozen=True):
    """How much of one direction of an exchange was seen, scanned and could not be read.

    `digest` is the SHA-256 of the canonical detail (the places and their lengths), `channels` the number of stream
    channels that carried text.
    """

    parts: int = 0
    characters: int = 0
    scanned: int = 0
    channels: int = 0
    opaque: tuple[str, ...] = ()
    digest: str = ""


class Piece(msgspec.Struct, frozen=True):
    """One part of a call as an approver sees it: where it stands, who says it, and what was found in it.

    `origin` is where the value of a tool's argument comes from, by place alone, empty where nobody traced it. `value`
    is that of an argument that decides whom, what or how much; it is sealed wherever it is kept, and no text is one.
    """

    place: str
    role: Role
    kind: PartKind
    characters: int
    found: tuple[Count, ...] = ()
    opaque: str = ""
    origin: str = ""
    value: str = ""


_MOST_PIECES: Final = 20
_MOST_VALUES: Final = 200
_MOST_LETTERS: Final = 20_000


class Outline(msgspec.Struct, frozen=True):
    """A call as an approver sees it: whose data, by keyed digest, and its parts; `more` is how many are left out."""

    subjects: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()
    more: int = 0

    @classmethod
    def of_arguments(cls, subjects: tuple[str, ...], pieces: Sequence[Piece], /) -> "Outline":
        """Returns that of a tool's call: all that has a value, then the first of the rest.

        Raises InputError where it has more values than anybody reads: whoever says yes has seen all that decides.
        """
        valued = [one for one in pieces if one.value]
        if len(valued) > _MOST_VALUES or sum(len(one.value) for one in valued) > _MOST_LETTERS:
            said = f"at most {_MOST_VALUES} values of {_MOST_LETTERS} characters for an approver to see"
            raise InputError(f"expected {said}, got more in one call")
        shown = (*valued, *(one for one in pieces if not one.value))[: max(_MOST_PIECES, len(valued))]
        return cls(subjects, shown, len(pieces) - len(shown))


class SealedRef(msgspec.Struct, frozen=True, gc=False):
    """Where the sealed body of an Event lies, and what it commits to; nothing of it can be guessed from this.

    It is the `size` bytes at `offset` of the file `segment`, and their SHA-256 is `digest`. The first three of its
    `parts` have their salted `commitments` here, `root` is over those of the rest, empty where there are none.
    `omitted` counts the parts that were not kept, for their size.
    """

    segment: str
    offset: int
    size: int
    digest: str
    parts: int
    commitments: tuple[str, ...]
    root: str = ""
    omitted: int = 0


def _union(one: tuple, other: tuple) -> tuple:  # type: ignore[type-arg]  # works for any sortable item
    if one == other or not one or not other:
        return one or other
    return tuple(sorted({*one, *other}))
