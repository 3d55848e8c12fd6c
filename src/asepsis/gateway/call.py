"""One guarded model call, without input or output: bytes and heads in, decisions, Events and bytes out.

1. `open` reads the request, scans all of it, asks policy, and gives the request to send or the denial. Its two halves
   are `read` and `settle`, for a shell that must not be held up while people are asked.
2. `document` guards a whole answer; `stream` gives the guard of a streamed one.
3. `close` gives the Event that ends the call. There is one for each `open`, whatever happened between.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import cached_property, partial
from typing import Final, NamedTuple, TypeVar, TypeVarTuple
from urllib.parse import unquote

import msgspec

from asepsis.core.errors import Bug, NotTrusted, Unavailable
from asepsis.core.events import Event, Minimised, Mode, Outcome
from asepsis.core.ports import Conversation, Request, Spending
from asepsis.core.types import (
    ANONYMOUS,
    Action,
    Decision,
    DecisionInput,
    Obligation,
    ObligationKind,
    Principal,
    Purpose,
    Verdict,
)
from asepsis.gateway.account import Account, Ended, Tools
from asepsis.gateway.answers import Answers
from asepsis.gateway.config import Upstream
from asepsis.gateway.document import GuardedDocument, decode
from asepsis.gateway.duties import consent, leads_to, minimised, needed, routed
from asepsis.gateway.errors import Denied
from asepsis.gateway.headers import answer_headers, query_string, request_headers
from asepsis.gateway.intake import conversation_of, model_of, read, trace_of
from asepsis.gateway.leave import Leave
from asepsis.gateway.live import Live
from asepsis.gateway.observed import ObservedStream
from asepsis.gateway.plan import Plan
from asepsis.gateway.pseudonyms import Pseudonyms, Source
from asepsis.gateway.questions import Questions
from asepsis.gateway.retry import reason_of
from asepsis.gateway.stream import StreamGuard
from asepsis.gateway.surfaces.routes import Route
from asepsis.gateway.surfaces.types import Document, Usage
from asepsis.gateway.times import Times
from asepsis.gateway.types import Head, Reply
from asepsis.identity.scopes import reaches

__all__ = ["Call"]

_REMEMBERED: Final = frozenset({ObligationKind.TOKEN, ObligationKind.SURROGATE, ObligationKind.GENERALISE})
"""What needs the memory of a scope, or its year."""
_T = TypeVar("_T")
_Given = TypeVarTuple("_Given")
_JSON: Final = ("content-type", "application/json")


class _Asked(NamedTuple):
    """A request that was read and decided on; `people` says that people have to be asked, too.

    `spending` is what it takes of budgets at most, where there are some.
    """

    head: Head
    body: bytes
    headers: tuple[tuple[str, str], ...]
    query: str
    document: Document | None
    state: tuple[str, ...]
    guarded: GuardedDocument
    people: bool
    spending: Spending | None


class Call:
    """One call of one principal on one route."""

    def __init__(self, route: Route, principal: Principal, live: Live, tools: Tools) -> None:
        self.route = route
        self.surface = route.surface
        self.principal = principal
        self.live = live
        self._tools = tools
        self._account = Account(principal, live, tools)
        self.id = self._account.id
        self.times = Times(tools.clock)
        self.closed = False
        self.model = ""
        self.candidates: tuple[Upstream, ...] = ()
        self.upstream: Upstream | None = None
        self.attempts = 0
        self.mode = Mode.OBSERVE if principal.application in live.config.observe else Mode.ENFORCE
        self._leave = Leave(principal, live, self._account, tools)
        self._questions = Questions(self.surface.name, principal, live, self._account, tools)
        self._answers = Answers(principal, live, self._account, tools, self.mode)
        self.decision = Decision(Verdict.DENY, "the call was not decided")
        self._said = ""
        self.answer = Decision(Verdict.ALLOW, "no answer")
        self.plan = Plan((), live.transformer, enforced=False)
        self.pseudonyms: Pseudonyms | None = None
        self._asked: _Asked | None = None
        self._streaming = False
        self._conversation: Conversation | None = None
        self._came: tuple[Head, bytes] | None = None

    @cached_property
    def question(self) -> DecisionInput:
        """What policy was asked; until the request is read, what would be asked of one that says nothing."""
        return self._questions.about("", "")

    # 1. The request

    def open(self, head: Head, body: bytes, /) -> tuple[Request | None, Event]:
        """Decides on a request: returns what to send upstream (None for a denial) and the Event that opens the call."""
        self.read(head, body)
        return self.settle()

    def read(self, head: Head, body: bytes, /) -> bool:
        """Reads a request and asks policy; returns whether `settle` may block, for people or budgets are asked."""
        asked = self._asked = self.times.timed(self._closing, self._request, head, body)
        if asked is None:
            return False
        return asked.people or self._leave.waits(asked.spending)

    def settle(self) -> tuple[Request | None, Event]:
        """Carries out what was decided on the request that was read, and returns what `open` does."""
        request = self.times.timed(self._closing, self._settled, self._asked) if self._asked is not None else None
        self._asked = None
        return request, self.opened()

    def _closing(self, work: Callable[[*_Given], _T | None], *given: *_Given) -> _T | None:
        """Does a piece of the guard's work; whatever fails in it closes the call, and None is returned."""
        try:
            return work(*given)
        except Denied as denied:
            self.deny(denied)
        except Exception as error:  # noqa: BLE001 whatever fails in the guard closes the call
            self.deny(Denied("gateway.guard", f"the guard failed with `{type(error).__name__}`"))
        return None

    def deny(self, denied: Denied, /) -> None:
        """Decides against the call by one of the gateway's own rules."""
        self.decision = Decision(
            Verdict.DENY, denied.message, (denied.code,), self.decision.bundle, input=self.question.digest
        )

    def _request(self, head: Head, body: bytes) -> _Asked:
        scanner = self.live.scanner
        self._note(head)
        headers = request_headers(head.headers, scanner)
        query = query_string(head.query, self.route.query, scanner)
        document = read(head, body, depth=self.live.config.document.depth)
        state = self.surface.state(document) if document is not None else ()
        guarded = GuardedDocument(
            document if document is not None else {"path": unquote(head.path)}, scanner, self.live.config.document
        )
        self._account.request(guarded, body=document is not None)
        if self.live.conversations is not None and document is not None:
            self._conversation = self.live.conversations.of(self.principal, self.surface.name, document)
            self._answers.watched = self._conversation is not None
            if self._conversation is not None:
                self._account.labels = tuple(sorted(self._conversation.labels.union(self._account.labels)))
        if any(finding.place == "model" for finding in guarded.findings):
            raise Denied("gateway.model", "expected the name of a model")
        self._choose(document)
        self.question = self._questions.about(self.model, self.candidates[0].name, guarded.opaque, state)
        self._reach()
        self._kill_switch()
        self.decision = self.live.policy.decide(self.question)
        self._route()
        enforced, verdict = self.mode is Mode.ENFORCE, self.decision.verdict
        people = enforced and verdict is Verdict.ASK and self._leave.people
        goes_on = enforced and (people or verdict < Verdict.ASK)
        spending = self._leave.spending(self.question, self.surface.name, document) if goes_on else None
        return _Asked(head, body, headers, query, document, state, guarded, people, spending)

    def _settled(self, asked: _Asked) -> Request | None:
        head, body, headers, query, document, state, guarded, people, spending = asked
        enforced = self.mode is Mode.ENFORCE
        if people:
            said: Document = document if document is not None else {"path": unquote(head.path)}
            sent = (said, headers, query)
            self.question, self.decision, self._said = self._leave.approved(self.question, self.decision, sent, guarded)
        self.plan = Plan(self.decision.plan, self.live.transformer, enforced=enforced)
        if enforced and self.decision.verdict >= Verdict.ASK:
            return None
        if spending is not None:
            self._leave.reserve(spending)
        if not self._account.session and (conversation := conversation_of(document, state)):
            self._account.named(conversation)
        guarded = self._minimise(document, guarded, self.decision)
        self._apply(guarded, self.decision.obligations, text=document is not None)
        if len(self.candidates) > 1:
            self._came = (head, body)
        request = self._outgoing(head, headers, query, self._sending(document, body))
        try:
            self._account.keep(self.decision)
        except Unavailable as error:
            raise Denied("gateway.sealing", "what is asked can't be kept") from error
        return request

    def fallback(self, upstream: Upstream, /) -> Request | None:
        """Returns the request for another upstream than the first, None where policy or the guard denies it there."""
        if self._came is None:
            raise Bug("a call with a fallback keeps its request")
        head, body = self._came
        question = msgspec.structs.replace(self.question, upstream=upstream.name, approval="")
        decision = self.live.policy.decide(question)
        enforced = self.mode is Mode.ENFORCE
        if enforced and (decision.verdict >= Verdict.ASK or not leads_to(decision, upstream)):
            return None
        try:
            document = read(head, body, depth=self.live.config.document.depth)
            if document is not None:
                self.surface.state(document)
                guarded = GuardedDocument(document, self.live.scanner, self.live.config.document)
                guarded = self._minimise(document, guarded, decision)
                self._apply(guarded, decision.obligations, text=True)
        except Denied:
            return None
        self.upstream, self.question, self.decision = upstream, question, decision
        self.plan = Plan(decision.plan, self.live.transformer, enforced=enforced)
        scanner = self.live.scanner
        headers, query = request_headers(head.headers, scanner), query_string(head.query, self.route.query, scanner)
        return self._outgoing(head, headers, query, self._sending(document, body))

    def _route(self) -> None:
        """Asks policy about the upstreams that it leads to, where the first is none of them; raises Denied for none."""
        decision, family = self.decision, self.surface.family
        if self.mode is Mode.OBSERVE or leads_to(decision, self.candidates[0]):
            return
        for one in routed(self.live, decision, family, self.model):
            question = msgspec.structs.replace(self.question, upstream=one.name)
            decision = self.live.policy.decide(question)
            if leads_to(decision, one):
                self.candidates, self.upstream = (one,), one
                self.question, self.decision = question, decision
                return
        raise Denied("policy.route", "no upstream that policy leads to has this model")

    def _minimise(self, document: Document | None, guarded: GuardedDocument, decision: Decision) -> GuardedDocument:
        """Takes fields that are not needed out of a request, and has what is left scanned anew. Raises Denied."""
        allowed = needed(decision) if document is not None and self.mode is Mode.ENFORCE else []
        if document is None or not allowed:
            return guarded
        fields = minimised(guarded, allowed)
        self._account.fields = Minimised(tuple(sorted(fields.passed)), fields.withheld, tuple(sorted(fields.went)))
        return GuardedDocument(document, self.live.scanner, self.live.config.document)

    def _apply(self, guarded: GuardedDocument, due: Sequence[Obligation], *, text: bool) -> None:
        """Carries out on a request what a decision obliges to, and keeps its tokens before it leaves. Raises Denied."""
        enforced = self.mode is Mode.ENFORCE
        wanted = any(one.do in _REMEMBERED for one in due) or (self._account.session and self.live.vault is not None)
        if enforced and wanted and self.pseudonyms is None:
            self.pseudonyms = _kept(self._pseudonyms)
        pseudonyms = self.pseudonyms if enforced else None
        transformer = self.live.transformer
        if pseudonyms is not None:
            transformer = pseudonyms.memory
            pseudonyms.memory.observe([leaf.part.text for leaf in guarded.leaves])
        if guarded.apply(Plan(due, transformer, enforced=enforced), strict=True) and not text:
            raise Denied("gateway.structure", "something was found in the path")
        if pseudonyms is not None:
            _kept(pseudonyms.keep)

    def _pseudonyms(self) -> Pseudonyms:
        """Opens this call's tokens, and asks policy whether their values may be shown again, for a purpose."""
        who, tools = self.principal, self._tools
        session = f"{who.id}\0{self._account.session}" if self._account.session and who.id != ANONYMOUS else ""
        made = Pseudonyms(Source(self.live.vault, tools.clock, tools.randomness), who.tenant, session)
        question = msgspec.structs.replace(
            self.question, action=Action.MODEL_REVEAL, found=(), opaque=(), state=(), approval=""
        )
        if question.purpose is not Purpose.UNSTATED and reaches(who, Action.MODEL_REVEAL, ""):
            made.admit(question, self.live.policy.decide(question))
        return made

    def revealed(self) -> Event | None:
        """Returns the Event that says which values were shown again, None for none; may wait for the vault."""
        shown = self.pseudonyms.revealed() if self.pseudonyms is not None else None
        return self._account.event(self._tools.ids.new(), shown, Verdict.ALLOW) if shown is not None else None

    def _sending(self, document: Document | None, body: bytes) -> bytes:
        """Returns the body to send: what was scanned, encoded afresh; what is only observed goes on byte for byte."""
        if document is None:
            return b""
        name = self.upstream.named(self.model) if self.upstream is not None else self.model
        if name != self.model:
            document["model"] = name
        return body if self.mode is Mode.OBSERVE and name == self.model else msgspec.json.encode(document)

    def _choose(self, document: Document | None) -> None:
        self.model = model_of(document)
        self.candidates = self.live.candidates(self.surface.family, self.model)
        self.upstream = self.candidates[0]

    def _reach(self) -> None:
        """Raises Denied for what the caller's grant does not reach."""
        if not reaches(self.principal, self.question.action, self.model):
            raise Denied("identity.scope", "the grant does not reach this")
        if self._account.beyond:
            raise Denied("identity.members", "the call is about a member whom the grant is not about")

    def _kill_switch(self) -> None:
        if killed := self.killed(self.live):
            raise Denied("gateway.kill", f"the {killed} is switched off")

    def killed(self, live: Live, /) -> str:
        """Returns what of this call is switched off, an empty string if nothing is."""
        who = self.principal
        sent = self.upstream.named(self.model) if self.upstream is not None else self.model
        names = [("application", who.application), ("principal", who.id), ("model", self.model), ("model", sent)]
        return live.killed(who.tenant, names)

    def _outgoing(self, head: Head, headers: tuple[tuple[str, str], ...], query: str, body: bytes) -> Request:
        upstream = self.upstream
        if upstream is None:
            raise Bug("a call that was decided has an upstream")
        extra: list[tuple[str, str]] = [("accept-encoding", "identity")]
        if head.method == "POST":
            extra.append(_JSON)
        if trace := self._account.trace[0]:
            extra.append(("traceparent", f"00-{trace}-{self._span()}-01"))
        provider = self.live.providers[upstream.name]
        named = {name for name, _ in headers}
        own = [(name, value) for name, value in provider.headers(head.headers) if name not in named]
        return Request(head.method, provider.url(self.route.path, query), (*headers, *extra, *own), body)

    def asks(self, upstream: Upstream, /) -> None:
        """Notes that an upstream is asked, once more or for the first time."""
        self.upstream = upstream
        self.attempts += 1

    # 2. The answer

    def document(self, status: int, headers: Sequence[tuple[str, str]], body: bytes, /) -> Reply:
        """Guards a whole answer and returns what the client gets; raises Denied."""
        return self.times.timed(self._guarded, status, headers, body)

    def _guarded(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> Reply:
        self._check_encoding(headers)
        passing = answer_headers(headers, self.live.scanner)
        if self.mode is Mode.OBSERVE:
            self._watch(body)
            kind = dict(headers).get("content-type", _JSON[1])
            return Reply(status, self._headers([("content-type", kind), *passing]), body)
        try:
            document = decode(body, what="the answer", depth=self.live.config.document.depth)
        except Denied:
            if status < 400:
                raise
            text = f"the upstream answered with status {status}"
            plain = self.surface.denial(status, "asepsis_upstream", text, self.id)
            return Reply(status, self._headers([_JSON, *passing]), plain)
        guarded = self._scan(document)
        changed = guarded.apply(self.plan, strict=False)
        self.answer = self._answers.passed(self.decision, self.plan, transformed=changed)
        if self.pseudonyms is not None:
            guarded.restore(self.pseudonyms.restorer)
        resting = self._conversation.sources(document) if self._conversation is not None else ""
        beside = [("x-asepsis-sources", resting)] if resting else []
        return Reply(status, self._headers([_JSON, *passing, *beside]), msgspec.json.encode(document))

    def _watch(self, body: bytes) -> None:
        """Reads an answer that is only observed, and notes what would have become of it."""
        try:
            self._scan(decode(body, what="the answer", depth=self.live.config.document.depth))
        except Denied as denied:
            self._would_deny(denied)
        self.answer = self._answers.passed(self.decision, self.plan, transformed=False)

    def _scan(self, document: Document) -> GuardedDocument:
        """Scans an answer, notes what is in it, and decides on its tools and what can't be read. Raises Denied."""
        self.surface.strip(document)
        guarded = GuardedDocument(document, self.live.scanner, self.live.config.document)
        self._account.answer(guarded, self.surface.usage(document))
        for name in self.surface.tools(document):
            self._answers.tool(self.question, name)
        if guarded.opaque:
            self._answers.admit(self.question, guarded.opaque)
        self.plan.check(guarded.findings)
        if self._conversation is not None:  # last, for an approval is used up by it
            self._answers.calls(self.question, self.decision.bundle, self._conversation.answered(document))
        return guarded

    def stream(self, headers: Sequence[tuple[str, str]], /) -> StreamGuard | ObservedStream:
        """Returns the guard of a streamed answer, or what only reads along; raises Denied."""
        self._check_encoding(headers)
        self._streaming = True
        config = self.live.config
        guard = StreamGuard(
            self.surface.dialect(),
            self.live.scanner,
            self.plan,
            tool=partial(self._answers.tool, self.question),
            admit=partial(self._answers.admit, self.question),
            limits=config.document,
            stream_limits=config.stream,
            restore=self.pseudonyms.restorer if self.pseudonyms is not None else None,
            clues=self._account.clues,
            keep=self._account.keeps,
            held=self._holding(),
        )
        return guard if self.mode is Mode.ENFORCE else ObservedStream(guard, self._would_deny)

    def _holding(self) -> Callable[..., bytes] | None:
        """What holds the tool calls of a stream until they are decided on, None where they are not watched."""
        if self._conversation is None:
            return None
        return partial(self._answers.held, self._conversation, self.question, self.decision.bundle)

    def takes_people(self, chunk: bytes = b"", /) -> bool:
        """Whether people may be asked about tool calls in the answer, or in a stream whose next bytes these are."""
        conversation = self._conversation
        if conversation is None or self.live.approvals is None:
            return False
        return not self._streaming or conversation.calls(chunk)

    def stream_headers(self, headers: Sequence[tuple[str, str]], /) -> tuple[tuple[str, str], ...]:
        """Returns the headers of a streamed answer."""
        passing = answer_headers(headers, self.live.scanner)
        return self._headers(
            [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache"), *passing]
        )

    def streamed(self, guard: StreamGuard | ObservedStream, /) -> None:
        """Takes over what a stream's guard saw."""
        self._account.streamed(guard)
        if self.answer.verdict < Verdict.DENY:
            self.answer = self._answers.passed(
                self.decision, self.plan, transformed=bool(guard.findings) and self.plan.enforced
            )

    def _would_deny(self, denied: Denied) -> None:
        """Notes what would have closed an answer that is only observed."""
        self._answers.would_close(self._denial(denied))

    def deny_answer(self, denied: Denied, /) -> None:
        """Decides against the answer by a rule."""
        self.answer = self._denial(denied)

    def _denial(self, denied: Denied) -> Decision:
        return Decision(Verdict.DENY, denied.message, (denied.code,), self.decision.bundle, input=self.decision.input)

    def refusal(self, decision: Decision, /, *, status: int = 403) -> Reply:
        """Returns the denial that the client gets."""
        rule = decision.policies[0] if decision.policies else "policy"
        said = self._said if decision is self.decision else ""
        message = f"denied by asepsis: {decision.reason}{said} (rule {rule}, event {self.id})"
        body = self.surface.denial(status, "asepsis_denied", message, self.id)
        return Reply(status, self._headers([_JSON]), body)

    def failure(self, status: int, message: str, /) -> Reply:
        """Returns the error that the client gets when the upstream failed."""
        body = self.surface.denial(status, "asepsis_upstream", f"{message} (event {self.id})", self.id)
        return Reply(status, self._headers([_JSON]), body)

    # 3. The Events

    def pending(self) -> "list[Future[None]]":
        """Returns what has to be durable with the Events that were made, each once."""
        return self._account.pending()

    def opened(self) -> Event:
        """Returns the Event that opens the call."""
        return self._account.opened(self.question, self.decision, self.mode)

    def close(self, outcome: Outcome, status: int, /, *, rule: str = "") -> Event:
        """Returns the Event that closes the call."""
        self.closed = True
        # A stream that did not come to its end may have taken more than it said so far: all set aside stays taken.
        usage = Usage() if self._streaming and outcome is not Outcome.COMPLETED else self._account.usage
        made = bool(self.attempts) and not (outcome is Outcome.FAILED and reason_of(rule) == "connect")
        self._leave.settle(usage, made=made)
        asked = self.upstream.name if self.upstream is not None and self.attempts else ""
        ended = Ended(outcome, status, rule, self.decision, self.answer, asked, self.attempts)
        return self._account.closed(ended, self.times)

    def _note(self, head: Head) -> None:
        """Takes the caller's session and trace from the headers."""
        named = dict(head.headers)
        if session := named.get("x-asepsis-session", ""):
            self._account.named(session)
        self._account.trace = trace_of(named.get("traceparent", ""))

    def _span(self) -> str:
        return self.id.replace("-", "")[16:]

    def _check_encoding(self, headers: Sequence[tuple[str, str]]) -> None:
        if dict(headers).get("content-encoding", "identity").lower() not in ("identity", ""):
            raise Denied("gateway.answer.encoding", "the answer has an encoding that was not asked for")

    def _headers(self, headers: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        said = consent(self.decision)
        return (*headers, ("x-asepsis-event", self.id), *((("x-asepsis-consent", said),) if said else ()))


def _kept(work: Callable[[], _T]) -> _T:
    """Does what needs the vault; raises Denied where it can't be done."""
    try:
        return work()
    except (Unavailable, NotTrusted) as error:
        raise Denied("gateway.vault", "the vault can't keep or give back what tokens stand for") from error
