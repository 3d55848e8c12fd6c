"""The firewall: a call of an agent's from its request to its result.

1. The tool is one that people confirmed, as it was then; else there is no such tool.
2. The session's monitor says what speaks against the call; policy decides on it; the stronger answer counts.
3. What a person may approve becomes a case of exactly this call: other arguments are another case.
4. The *opened* Event is durable. Only then is the call made, with a token for just this call, and with credentials
   that the agent never sees.
5. The result is cut down to what can be read, the monitor sees it, and the *closed* Event is durable before the result
   goes out.

Whatever fails closes the call by a named rule.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core import canonical, events
from asepsis.core.errors import Error, Unavailable
from asepsis.core.events import Event, Mode, Outcome, ToolCallClosed, ToolCallOpened, ToolsKept
from asepsis.core.labels import SubjectRef
from asepsis.core.ports import Approvals, Clock, Digester, Identifier, Ids, Ledger, Policy, Sealed
from asepsis.core.types import (
    Action,
    Actor,
    Decision,
    DecisionInput,
    Outline,
    PartKind,
    Piece,
    Principal,
    Purpose,
    Role,
    SealedRef,
    Verdict,
)
from asepsis.identity.scopes import reaches
from asepsis.infra.clock import today
from asepsis.tools.catalogue import Catalogue
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.flow.types import Flow
from asepsis.tools.keeping import Keeping, Place
from asepsis.tools.mcp.front import Call
from asepsis.tools.mcp.results import Result, cut, unread
from asepsis.tools.passes.tokens import LIFETIME_SECONDS, Pass, arguments_digest, mint
from asepsis.tools.ports import Heard, ToolServer
from asepsis.tools.sessions import Session, Sessions
from asepsis.tools.shapes import leaves
from asepsis.tools.types import ArgumentRole, Json, Manifest

__all__ = ["Around", "Firewall", "Live", "Spoken", "subjects"]

_MICROSECONDS: Final = 1000
_ANYTHING: Final = frozenset({ArgumentRole.TEXT, ArgumentRole.TIME, ArgumentRole.QUERY, ArgumentRole.FREE})
_PIECES: Final = 20
_WAITING: Final = "approval {} is asked for: make the same call again once it is given"
_DENIED: Final = "approval {} was denied"


class Live(NamedTuple):
    """What may change while the firewall runs: who calls, what decides, and what is switched off."""

    identifier: Identifier
    policy: Policy
    approvals: Approvals | None
    killed: Callable[[str, list[tuple[str, str]]], str]


class Around(NamedTuple):
    """What the firewall needs from outside."""

    clock: Clock
    ids: Ids
    digester: Digester
    ledger: Ledger
    key: Ed25519PrivateKey
    tenant: str
    live: Callable[[], Live]
    keeping: Keeping | None = None


class Spoken(NamedTuple):
    """What an application whose word is taken says of a call: what its user said, and in which session."""

    words: str = ""
    session: str = ""


class _Asked(NamedTuple):
    """A call on its way."""

    who: Principal
    session: Session
    server: str
    manifest: Manifest
    call: Call
    flow: Flow
    question: DecisionInput
    decision: Decision


class _Shown(NamedTuple):
    """A result that goes out: the id of the Event that tells of it, how long it is, and where it is kept."""

    event: str
    size: int
    sealed: SealedRef | None


class Firewall:
    """Carries calls; `speaking` are the applications whose word about the user is taken."""

    def __init__(
        self, catalogue: Catalogue, servers: Mapping[str, ToolServer], around: Around, *, sessions: Sessions, mode: Mode
    ) -> None:
        self.catalogue = catalogue
        self._servers = servers
        self._around = around
        self._sessions = sessions
        self._mode = mode
        self._offered: dict[str, str] = {}

    async def refresh(self) -> None:
        """Asks all servers for their tools; one that does not answer has none until it does."""
        for name, server in self._servers.items():
            try:
                offered = await server.tools()
                kept = self.catalogue.offer(name, offered)
            except Error:
                self.catalogue.forget(name)
                continue
            digest = canonical.digest(offered)
            if self._offered.get(name) != digest and kept:
                admitted = len(offered) - len(kept)
                told = ToolsKept(name, digest, admitted, tuple(sorted(one.reason for one in kept)))
                await self._around.ledger.submit([self._event(told)])
            self._offered[name] = digest
        self._sessions.know(self.catalogue.manifests)

    async def call(self, who: Principal, call: Call, spoken: Spoken, heard: Heard, /) -> dict[str, Json]:
        """Returns what the client gets for a call: its result, or why there is none. `heard` is told its progress."""
        found = self.catalogue.find(call.tool)
        if found is None:
            return _refusal("there is no such tool", "tools.unknown")
        try:
            session = self._sessions.of(who, spoken.session)
        except Unavailable as error:
            return _refusal(error.message, error.code)
        session.hear(spoken.words)
        start = self._around.clock.monotonic()
        asked = await self._decided(who, session, found, call)
        event = self._around.ids.new()
        try:
            sealed = await self._kept(asked, event, "arguments", asked.call.arguments)
        except Unavailable:
            denied = Decision(Verdict.DENY, "what is asked can't be kept", ("tools.sealing",), asked.decision.bundle)
            asked, sealed = asked._replace(decision=denied), None
        opened = self._opened(asked, event, sealed)
        # What policy wants taken out of arguments can't be taken out here, so only a plain yes is one.
        allowed = asked.decision.verdict is Verdict.ALLOW or self._mode is Mode.OBSERVE
        if not allowed:
            rule = asked.decision.policies[0] if asked.decision.policies else "tools.policy"
            await self._durable(sealed, opened, self._closed(opened, Outcome.DENIED, start, rule=rule))
            return _refusal(asked.decision.reason, rule)
        await self._durable(sealed, opened)
        return await self._made(asked, opened, start, heard)

    async def close(self) -> None:
        """Ends the connections to all servers."""
        for server in self._servers.values():
            await server.close()

    async def _decided(self, who: Principal, session: Session, found: tuple[str, Manifest], call: Call) -> _Asked:
        live = self._around.live()
        flow = session.monitor.decide(call.tool, call.arguments)
        question = self._question(who, session.monitor, call, found[1])
        decision = live.policy.decide(question)
        decision = _stronger(decision, flow, reach=reaches(who, Action.TOOL_CALL, call.tool))
        switches = [("tool", call.tool), ("principal", who.id), ("application", who.application)]
        if killed := live.killed(who.tenant, switches):
            decision = Decision(Verdict.DENY, f"the {killed} is switched off", ("gateway.kill",), decision.bundle)
        asked = _Asked(who, session, *found, call, flow, question, decision)
        if decision.verdict is Verdict.ASK and live.approvals is not None and self._mode is Mode.ENFORCE:
            return await self._approved(asked, live.approvals)
        return asked

    async def _approved(self, asked: _Asked, approvals: Approvals) -> _Asked:
        """Lets a call through that somebody approved exactly as it is; else says in which case that is asked for."""
        question = asked.question
        who = (question.principal, question.application, question.purpose, question.on_behalf_of)
        what = canonical.digest((who, asked.call.tool, arguments_digest(asked.call.arguments)))
        action = self._around.digester.digest("approval", what, tenant=question.tenant)
        try:
            found = await asyncio.to_thread(approvals.approval, question, asked.decision, action, self._outline(asked))
        except Unavailable as error:
            denied = Decision(Verdict.DENY, error.message, ("tools.approvals",), asked.decision.bundle)
            return asked._replace(decision=denied)
        if found.approved:
            question = msgspec.structs.replace(question, approval=found.case)
            decision = Decision(Verdict.ALLOW, f"approval {found.case}", ("tools.approved",), asked.decision.bundle)
            again = self._around.live().policy.decide(question)
            return asked._replace(question=question, decision=decision if again.verdict is Verdict.ALLOW else again)
        said = (_DENIED if found.denied else _WAITING).format(found.case)
        reason = f"{asked.decision.reason}; {said}"
        return asked._replace(decision=msgspec.structs.replace(asked.decision, reason=reason))

    async def _made(self, asked: _Asked, opened: Event, start: int, heard: Heard) -> dict[str, Json]:
        """Makes a call and returns its result, once all that is said of it is durable."""
        asked.session.running += 1
        try:
            raw = await self._servers[asked.server].call(
                asked.manifest.name, asked.call.arguments, token=self._token(asked), heard=heard
            )
            result = cut(raw, self._admitted(asked, unread(raw)))
            self._see(asked, result)
            self._sessions.keep(asked.session)
            event = self._around.ids.new()
            sealed = await self._kept(asked, event, "result", result.shown)
        except Error as error:
            await self._around.ledger.submit([self._closed(opened, Outcome.FAILED, start, rule=error.code)])
            return _refusal("the server gave no result", error.code)
        except asyncio.CancelledError:
            gone = self._closed(opened, Outcome.CLIENT_GONE, start, rule="tools.cancelled")
            await asyncio.shield(asyncio.ensure_future(self._around.ledger.submit([gone])))
            raise
        finally:
            asked.session.running -= 1
        size = len(msgspec.json.encode(result.shown))
        ref = sealed.ref if sealed is not None else None
        await self._durable(sealed, self._closed(opened, Outcome.COMPLETED, start, shown=_Shown(event, size, ref)))
        return result.shown

    async def _kept(self, asked: _Asked, event: str, name: str, said: Json) -> Sealed | None:
        """Seals what is said in a call, where that is kept; raises Unavailable."""
        keeping, role = self._around.keeping, Role.TOOL if name == "result" else Role.ASSISTANT
        if keeping is None:
            return None
        place = Place(asked.who.tenant, event, asked.session.name, name, role)
        return await keeping.seal(place, said, subjects=_about(asked), decision=asked.decision)

    async def _durable(self, sealed: Sealed | None, *events: Event) -> None:
        """Ends once Events are durable and so is what they say is kept."""
        recorded = self._around.ledger.submit(events)
        if sealed is None:
            await recorded
        else:
            await asyncio.gather(recorded, asyncio.wrap_future(sealed.done))

    def _admitted(self, asked: _Asked, kinds: tuple[str, ...]) -> tuple[str, ...]:
        """Returns the kinds of content that nobody can read and that policy lets through."""
        policy = self._around.live().policy
        return tuple(
            kind
            for kind in kinds
            if policy.decide(msgspec.structs.replace(asked.question, opaque=(kind,))).verdict is Verdict.ALLOW
        )

    def _see(self, asked: _Asked, result: Result) -> None:
        monitor = asked.session.monitor
        monitor.see(asked.call.tool, asked.call.arguments, result.seen)
        for text in result.beside:
            monitor.overhear(text)

    def _outline(self, asked: _Asked) -> Outline:
        """What approvers are shown: which arguments there are and how long; why the call is asked about they know."""
        found = list(leaves(asked.call.arguments, known=asked.manifest.takes))
        pieces = (Piece(one.place, Role.ASSISTANT, PartKind.TEXT, len(str(one.value))) for one in found[:_PIECES])
        return Outline(_about(asked), tuple(pieces), max(0, len(found) - _PIECES))

    def _token(self, asked: _Asked) -> str:
        now = self._around.clock.now() // 1000
        claims = Pass(
            iss="asepsis",
            aud=asked.server,
            sub=asked.who.id,
            act=tuple(actor.id for actor in asked.question.on_behalf_of),
            tool=asked.manifest.name,
            args=arguments_digest(asked.call.arguments),
            jti=self._around.ids.new(),
            iat=now,
            exp=now + LIFETIME_SECONDS,
        )
        return mint(claims, self._around.key)

    def _question(self, who: Principal, monitor: Monitor, call: Call, manifest: Manifest) -> DecisionInput:
        return DecisionInput(
            tenant=who.tenant,
            action=Action.TOOL_CALL,
            principal=who.id,
            application=who.application,
            purpose=Purpose(dict(who.claims).get("purpose", Purpose.UNSTATED)),
            surface="mcp",
            tool=call.tool,
            roles=_roles(who),
            labels=tuple(sorted(monitor.mark.categories)),
            members=len(monitor.mark.subjects),
            day=today(self._around.clock.now()),
            on_behalf_of=_behalf(who),
            arguments=tuple(self._weighty(who, call, manifest)),
        )

    def _weighty(self, who: Principal, call: Call, manifest: Manifest) -> Iterator[str]:
        """Yields what a standing approval holds for: all arguments, by keyed digest, but those that may be anything.

        A name that no manifest knows may be anybody's words, and is told as `?`.
        """
        free = {one.path for one in manifest.arguments if one.role in _ANYTHING}
        for name in sorted(set(call.arguments).difference(free)):
            value = canonical.digest((call.tool, name, call.arguments[name]))
            known = name if name in manifest.takes else "?"
            yield f"{known}={self._around.digester.digest('argument', value, tenant=who.tenant)}"

    def _opened(self, asked: _Asked, event: str, sealed: Sealed | None) -> Event:
        digest = self._around.digester.digest
        tenant = asked.who.tenant
        payload = ToolCallOpened(
            session=asked.session.name,
            application=asked.who.application,
            server=asked.server,
            tool=asked.manifest.name,
            mode=self._mode,
            decision=asked.decision,
            input=asked.question,
            arguments=digest("arguments", arguments_digest(asked.call.arguments), tenant=tenant),
            doubts=tuple(str(doubt) for doubt in asked.flow.doubts[:20]),
            untrusted=asked.session.monitor.untrusted,
            sealed=sealed.ref if sealed is not None else None,
        )
        return events.build(
            payload,
            id=event,
            time=self._around.clock.now(),
            tenant=tenant,
            principal=asked.who.id,
            verdict=asked.decision.verdict,
            subjects=_about(asked),
        )

    def _closed(
        self, opened: Event, outcome: Outcome, start: int, *, rule: str = "", shown: "_Shown | None" = None
    ) -> Event:
        took = (self._around.clock.monotonic() - start) // _MICROSECONDS
        event, size, sealed = shown or _Shown(self._around.ids.new(), 0, None)
        payload = ToolCallClosed(opened.id, outcome, rule, size, took, sealed)
        return events.build(
            payload,
            id=event,
            time=self._around.clock.now(),
            tenant=opened.tenant,
            principal=opened.principal,
            verdict=opened.verdict,
        )

    def _event(self, payload: ToolsKept) -> Event:
        around = self._around
        return events.build(payload, id=around.ids.new(), time=around.clock.now(), tenant=around.tenant)


def _about(asked: _Asked) -> tuple[str, ...]:
    return tuple(sorted(one.digest for one in asked.session.monitor.mark.subjects))


def subjects(digester: Digester, tenant: str, /) -> Callable[[str], SubjectRef]:
    """Returns what makes keyed references to members."""
    return lambda member: SubjectRef(tenant, digester.digest("member", member, tenant=tenant))


def _stronger(decision: Decision, flow: Flow, *, reach: bool) -> Decision:
    """The stronger of what policy and what the monitor says; a grant that does not reach the tool is stronger still."""
    if not reach:
        return Decision(Verdict.DENY, "the grant does not reach this tool", ("identity.scope",), decision.bundle)
    if flow.verdict <= decision.verdict:
        return decision
    rules = tuple(dict.fromkeys(doubt.rule.value for doubt in flow.doubts))
    return Decision(
        flow.verdict, flow.reason, rules, decision.bundle, input=decision.input, approvable=flow.verdict is Verdict.ASK
    )


def _roles(who: Principal) -> tuple[str, ...]:
    return tuple(sorted(value for claim, value in who.claims if claim == "role"))


def _behalf(who: Principal) -> tuple[Actor, ...]:
    found: list[Actor] = []
    other = who.on_behalf_of
    while other is not None:
        found.append(Actor(other.id, _roles(other)))
        other = other.on_behalf_of
    return tuple(found)


def _refusal(reason: str, rule: str) -> dict[str, Json]:
    """A refusal in MCP's own shape, so that the model can go on: an error of the tool, by asepsis."""
    said: Json = [{"type": "text", "text": f"asepsis refused this call: {reason}"}]
    return {"content": said, "isError": True, "_meta": {"asepsis/rule": rule}}
