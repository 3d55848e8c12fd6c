"""The Protocols through which rooms meet, each filled by the composition root.

Clock, ids, randomness, keys and stores are ports: nothing in a room reads the time, draws a number or opens a file.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Final, NamedTuple, Protocol

import msgspec

from asepsis.core.events import Event
from asepsis.core.labels import Category, Label
from asepsis.core.types import (
    Decision,
    DecisionInput,
    Finding,
    Kind,
    ObligationKind,
    Outline,
    Part,
    Piece,
    Principal,
    Purpose,
    SealedRef,
    Verdict,
)

__all__ = [
    "UNSEEN",
    "Answer",
    "Approval",
    "Approvals",
    "Budgets",
    "Called",
    "Clock",
    "Clue",
    "Content",
    "Digester",
    "Directives",
    "Ended",
    "Entry",
    "Facts",
    "Identifier",
    "Ids",
    "KeyProvider",
    "Labeller",
    "Ledger",
    "LedgerReader",
    "OpenScan",
    "Peer",
    "Policy",
    "Provider",
    "ProviderSettings",
    "Randomness",
    "Request",
    "Reservation",
    "Resolved",
    "Resolver",
    "Said",
    "Scanner",
    "Sealed",
    "Sealer",
    "Spending",
    "Transformer",
    "Transport",
    "Unwrapper",
    "Wrapper",
]


class Clock(Protocol):
    """The wall clock for records and a monotonic one for durations."""

    def now(self) -> int:
        """Returns milliseconds since the epoch, UTC."""

    def monotonic(self) -> int:
        """Returns nanoseconds of a clock that never goes back."""


class Randomness(Protocol):
    """A source of unpredictable bytes."""

    def bytes(self, count: int, /) -> bytes:
        """Returns `count` bytes."""


class Ids(Protocol):
    """A source of identifiers."""

    def new(self) -> str:
        """Returns a new UUIDv7 (RFC 9562 5.7) in its text form; its time part is no order."""


class KeyProvider(Protocol):
    """Hands out symmetric keys by name; each tenant has its own."""

    def key(self, name: str, /, *, tenant: str) -> bytes:
        """Returns 32 bytes, the same for a name and tenant each time; raises Unavailable."""


class Wrapper(Protocol):
    """Wraps keys for whoever may open: it can't unwrap what it wrapped."""

    def wrap(self, key: bytes, /) -> bytes:
        """Returns a key of 32 bytes wrapped under the key-encrypting key; may block; raises Unavailable."""


class Unwrapper(Protocol):
    """The other half of a `Wrapper`, for the process that opens and for no other."""

    def unwrap(self, wrapped: bytes, /) -> bytes:
        """Returns a key that was wrapped; may block; raises NotTrusted and Unavailable."""


class Digester(Protocol):
    """A keyed digest of confidential values, so that equal values can be seen to be equal and nothing more."""

    def digest(self, kind: str, value: str, /, *, tenant: str) -> str:
        """Returns 32 hex digits: HMAC-SHA256 under the tenant's key, cut to 128 bits."""


class OpenScan(NamedTuple):
    """What a scanner says of a text that may go on. Offsets are code points of the text as given.

    Before `settled` nothing can change any more, whatever follows: all findings that start before it are final and end
    at or before it. From `keep` on (at most `settled`) the text is still needed, as left context of what follows.
    """

    findings: tuple[Finding, ...]
    settled: int
    keep: int


class Scanner(Protocol):
    """Finds things in parts, for any thread that asks. A scanner that fails raises; the guard then denies."""

    def scan(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part, in the parts' order; per part sorted by start and free of overlaps."""

    def scan_document(self, parts: Sequence[Part], /) -> list[tuple[Finding, ...]]:
        """Returns the findings of each part as `scan` does, and more: what is known from one part is found in all.

        For the parts of one whole document or request; never for a piece of a text that goes on.
        """

    def scan_open(self, part: Part, /) -> OpenScan:
        """Scans a part whose text may go on, and says how far the result is final.

        INVARIANT: for any split of a text, deciding each piece up to `settled` gives what `scan` gives for the whole,
        as long as the caller keeps the text from `keep` on in front of what comes next.
        """


class Labeller(Protocol):
    """Tells what is known about data from what it speaks of, for any thread that asks."""

    def label(self, parts: Sequence[Part], /) -> Label:
        """Returns the label of parts together: what each bears already, and what they speak of."""


class Clue(NamedTuple):
    """Something found that may say whom a text is about: its kind and the found text. Never remembered."""

    kind: Kind
    value: str


class Resolved(NamedTuple):
    """Whom clues are about: keys of members, sorted, and how many clues fit several."""

    members: tuple[str, ...]
    ambiguous: int


class Resolver(Protocol):
    """Tells whom data is about; ambiguous stays ambiguous."""

    def resolve(self, clues: Sequence[Clue], /, *, among: frozenset[str] = frozenset()) -> Resolved:
        """Returns the members that clues of one document are about; `among` are those that a grant is about."""


class Transformer(Protocol):
    """Carries out an obligation on what was found."""

    def replacement(self, finding: Finding, text: str, /, *, do: ObligationKind) -> str:
        """Returns what stands in the place of `text`, the found text; safe inside a JSON string as it is."""


class Policy(Protocol):
    """Decides. A call sees one policy from its first decision to its last."""

    def decide(self, question: DecisionInput, /) -> Decision:
        """Returns the decision; a denial is a value, an exception is taken as a denial by the caller."""


class Approval(NamedTuple):
    """A case: whether it is approved, and used up by this call, or denied; else it waits for an answer."""

    case: str
    approved: bool = False
    denied: bool = False


class Approvals(Protocol):
    """Remembers who said yes to what."""

    def approval(self, question: DecisionInput, decision: Decision, action: str, outline: Outline, /) -> Approval:
        """Uses up an approval of an action, by its keyed digest, or asks for one; may block; raises Unavailable.

        `outline` is what approvers are shown of the action.
        """

    def give_back(self, case: str, /, *, tenant: str) -> None:
        """Takes back the use of a case by a call that reached nobody; may block; raises Unavailable."""


class Facts(NamedTuple):
    """What is known of the members that a call is about: consents and refusals, by category, and relations to them."""

    consented: tuple[Category, ...] = ()
    refused: tuple[Category, ...] = ()
    relations: tuple[str, ...] = ()


class Directives(Protocol):
    """Knows what members consented to and refused, and who stands how to them."""

    def about(self, members: frozenset[str], who: Principal, purpose: Purpose, /) -> Facts:
        """Returns what holds for a call about members, by keyed digests; never blocks."""


class Spending(NamedTuple):
    """What a call may take at most: tokens each way, and whose data, as keyed digests of members.

    `tokens_out` is None where the request does not say how many its answer may have. A call of a tool names it, and has
    neither a model nor tokens.
    """

    principal: Principal
    model: str
    members: frozenset[str]
    tokens_in: int
    tokens_out: int | None
    tool: str = ""


class Reservation(Protocol):
    """What was set aside for a call, to be settled once."""

    @property
    def exhausted(self) -> str:
        """The name of the budget that has not enough left, an empty text where all have; then nothing is set aside."""

    @property
    def unit(self) -> str:
        """What that budget counts, such as `tokens`."""


class Budgets(Protocol):
    """Counts what calls take, so that many at once can't take more than there is."""

    def ready(self, what: Spending, /) -> bool:
        """Whether `reserve` can say at once; else it blocks and belongs into a thread."""

    def reserve(self, what: Spending, /) -> Reservation:
        """Sets aside what a call may take; raises Unavailable where nobody can say what is left."""

    def settle(self, reserved: Reservation, tokens_in: int, tokens_out: int, /, *, made: bool) -> None:
        """Gives back what a call did not take, and all but its members where it was not `made`; never blocks.

        A call that says nothing of its tokens (both 0) took what was set aside.
        """

    def close(self) -> None:
        """Gives back what is held for calls to come; for what another takes the place of."""


class Peer(NamedTuple):
    """The other end of a connection: its address, and the certificate in DER that it proved to hold, if it did."""

    address: str = ""
    certificate: bytes = b""


UNSEEN: Final = Peer()
"""The other end of a connection that nobody looked at."""


class Called(NamedTuple):
    """A call that an answer wants made, and what speaks against it: the rule and the reason, by places alone.

    `digest` is the SHA-256 of the tool and its arguments in canonical JSON, empty for what can't be read; `pieces` are
    its arguments as approvers see them.
    """

    tool: str
    verdict: Verdict
    rule: str = ""
    reason: str = ""
    digest: str = ""
    pieces: tuple[Piece, ...] = ()


class Conversation(Protocol):
    """One request to a model and its answer, as what it says was read and what it wants done."""

    @property
    def labels(self) -> frozenset[Category]:
        """The categories of the results of tools that the request holds."""

    def answered(self, document: Mapping[str, object], /) -> Sequence[Called]:
        """Returns the calls that a whole answer wants made."""

    def sources(self, document: Mapping[str, object], /) -> str:
        """Returns which sentences of a whole answer rest on untrusted sources, as JSON in ASCII; empty for none."""

    def hold(self, chunk: bytes, /) -> bytes:
        """Takes bytes of a streamed answer and returns those that may go on; the rest waits for `ended`."""

    def calls(self, chunk: bytes, /) -> bool:
        """Whether a stream whose next bytes these are speaks of a call by now, so that to end it may take people."""

    def ended(self) -> Sequence[Called]:
        """Returns the calls that a stream that is complete wants made."""

    def release(self) -> bytes:
        """Returns what was held."""


class Conversations(Protocol):
    """Watches the calls of tools that models' answers want made, for any thread that asks."""

    def of(self, who: Principal, surface: str, document: Mapping[str, object], /) -> Conversation | None:
        """Returns what watches the answer to a request, which it reads at once; None where nobody wants it watched."""


class Ended(NamedTuple):
    """Why a right that was somebody's is over: the rule that closes it, and a reason that is for its holder alone."""

    rule: str
    why: str


class Identifier(Protocol):
    """Tells who calls."""

    def identify(self, headers: Sequence[tuple[str, str]], /, *, peer: Peer = UNSEEN) -> Principal | Ended | None:
        """Returns the principal behind request headers (names in lower case) and the connection's other end.

        None where nobody is admitted, and why where the right that is shown, with all it is bound to, is over.
        """

    def later(
        self, headers: Sequence[tuple[str, str]], /, *, method: str, path: str, peer: Peer = UNSEEN
    ) -> Callable[[], Principal | Ended | None] | None:
        """Returns work for a thread that gives what `identify` can't say at once, None for what it can."""


class Entry(NamedTuple):
    """One stored Event with its place in the log."""

    index: int  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]  # nobody searches an entry for a value: this is its place
    data: bytes


class Ledger(Protocol):
    """Remembers Events."""

    def submit(self, events: Sequence[Event], /) -> Awaitable[None]:
        """Queues Events in order; the awaitable ends once all are durable, and raises Unavailable if they are not."""

    def note(self, events: Sequence[Event], /) -> Awaitable[None]:
        """Queues Events as `submit` does, in no hurry: they leave this process at once, and last within milliseconds.

        Events that are submitted, and `hasten`, take them along.
        """

    def hasten(self) -> None:
        """Makes durable at once what was noted."""


class Said(NamedTuple):
    """A piece of content to be kept: its place, who speaks, its text, and whom it is about, by keyed digests."""

    place: str
    role: str
    text: str
    subjects: tuple[str, ...] = ()


class Content(NamedTuple):
    """What is to be sealed with an Event; pieces about nobody known belong to the session.

    `record` is the type of record that it is, which says how long it is kept.
    """

    tenant: str
    event: str
    session: str
    parts: Sequence[Said]
    record: str = "content"


class Sealed(msgspec.Struct, frozen=True, gc=False):
    """What goes into the Event for a sealed body, and the end of making that body durable: None, or Unavailable."""

    ref: SealedRef | None
    done: "Future[None]"


class Sealer(Protocol):
    """Keeps content sealed, for any thread that asks."""

    def seal(self, content: Content, /) -> Sealed:
        """Seals content of at least one piece and queues it to be made durable; raises Unavailable."""


class LedgerReader(Protocol):
    """Reads one tenant's log in order."""

    def entries(self, start: int, /) -> Iterator[Entry]:
        """Yields the durable entries from index `start` on, to the present end."""


class Request(NamedTuple):
    """What is sent upstream. `headers` has names in lower case and no hop-by-hop header.

    What is to be done `once` is not sent again where it may have arrived (RFC 9110 9.2.2).
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    once: bool = False


class Answer(Protocol):
    """An upstream's answer, read as it comes; leaving it unread closes the connection."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """The headers, names in lower case."""

    def chunks(self, take: Callable[[bytes], bool] | None = None, /) -> AsyncIterator[bytes]:
        """Yields the body as it comes; raises Unavailable when it breaks off before its end.

        While the next chunk is waited for, it may be offered to `take` where it comes in; what that takes (True) is
        not yielded. A transport need not do so.
        """

    def close(self) -> None:
        """Ends the exchange; an unfinished upstream call is cancelled."""


class ProviderSettings(NamedTuple):
    """What an upstream plugin is built from: `auth` says how the secret is sent, as `gateway.upstreams[].auth` does."""

    name: str
    base_url: str
    auth: str
    secret: str


class Provider(Protocol):
    """How one upstream wants to be asked; built by a plugin of the group `asepsis.upstreams`."""

    @property
    def family(self) -> str:
        """The surfaces that it speaks: `openai` or `anthropic`."""

    def url(self, path: str, query: str, /) -> str:
        """Returns the address of a surface's path such as `chat/completions`; `query` is empty or begins with `?`."""

    def headers(self, caller: Sequence[tuple[str, str]], /) -> tuple[tuple[str, str], ...]:
        """Returns the headers that it needs beside those that pass: credentials, versions. `caller` has what came."""


class Transport(Protocol):
    """The one seam to upstream servers."""

    async def send(self, request: Request, /) -> Answer:
        """Sends a request and returns the answer once its head is there; raises Unavailable."""

    async def close(self) -> None:
        """Closes all connections."""
