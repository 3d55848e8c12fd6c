"""The firewall: a call of an agent's from its request to its result.

1. The tool is one that people confirmed, as it was then; a call of any other is recorded, and not made.
2. The session's monitor says what speaks against the call; policy decides on it; the stronger answer counts. What the
   caller's grant does not reach, by tool or by member, and what is for another purpose, is denied whoever approves.
3. What the user may say yes to is put to them where their client can (`eliciting`); what else a person may approve
   becomes a case of exactly this call: other arguments are another case. What a call takes of
   budgets is set aside before it is made.
4. The *opened* Event is durable. Only then is the call made, with a token for just this call, and with credentials
   that the agent never sees.
5. The result is cut down to what can be read, the monitor sees it, what policy wants out of answers is taken out, and
   the *closed* Event is durable before the result goes out.

Whatever fails closes the call by a named rule.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core import events
from asepsis.core.errors import Error, InputError, Unavailable
from asepsis.core.events import (
    Event,
    Mode,
    Outcome,
    Payload,
    ToolCallClosed,
    ToolCallOpened,
    ToolCallUnseen,
    ToolPlanSealed,
)
from asepsis.core.labels import SubjectRef
from asepsis.core.plans import Plan
from asepsis.core.ports import Clock, Digester, Ids, Ledger, Sealed
from asepsis.core.types import Action, Count, Decision, Principal, Role, SealedRef, Verdict
from asepsis.identity.scopes import GRANT, reaches
from asepsis.tools.asked import Asked, approved, denied, noted, reserved, settle, told, unmade
from asepsis.tools.catalogue import Catalogue, server_of
from asepsis.tools.eliciting import Asking, Elicitor, is_theirs
from asepsis.tools.fitting import RULE
from asepsis.tools.flow.types import Flow
from asepsis.tools.inventory import Inventory
from asepsis.tools.keeping import Keeping, Place
from asepsis.tools.live import Live
from asepsis.tools.manifests import Confirmed
from asepsis.tools.mcp.front import Call
from asepsis.tools.mcp.results import Result, cut, unread
from asepsis.tools.passes.tokens import LIFETIME_SECONDS, Pass, arguments_digest, mint
from asepsis.tools.planning import granted, read
from asepsis.tools.ports import Heard, ToolServer
from asepsis.tools.questions import Questions
from asepsis.tools.refusals import nobody, reached, refused, unanswered, unseen
from asepsis.tools.sessions import Session, Sessions
from asepsis.tools.standing import Told
from asepsis.tools.types import Json, Manifest

__all__ = ["Around", "Firewall", "Spoken", "subjects"]

_MICROSECONDS: Final = 1000


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
    credentials: tuple[str, ...] = ()


class Spoken(NamedTuple):
    """What an application whose word is taken says of a call: what its user said, in which session, in which turn.

    `asking` is how its user can be asked, where it is trusted to; `plan` is what the task will do, None if nobody said.
    `grant` is the first of the grants that the call is made by, whose session it belongs to then, whatever it names.
    """

    words: str = ""
    session: str = ""
    asking: Asking = Asking()
    plan: Plan | None = None
    grant: str = ""
    turn: str = ""


class _Shown(NamedTuple):
    """A result that goes out: the id of its Event, its length, where it is kept, what was found, whom it is about."""

    event: str
    size: int
    sealed: SealedRef | None
    found: tuple[Count, ...] = ()
    about: tuple[str, ...] = ()


class Firewall:
    """Carries calls; `speaking` are the applications whose word about the user is taken."""

    def __init__(
        self,
        catalogue: Catalogue,
        servers: Mapping[str, ToolServer],
        around: Around,
        *,
        sessions: Sessions,
        mode: Mode,
        running: int = 16,
    ) -> None:
        self.catalogue = catalogue
        self._servers = servers
        self._around = around
        self._sessions = sessions
        self._mode = mode
        self._questions = Questions(around.clock, around.digester)
        self._elicitor = Elicitor(around.clock, around.ids, around.digester)
        self._slots = asyncio.Semaphore(running)
        self._inventory = Inventory(
            catalogue, servers, around.clock, self._record, lambda: sessions.know(catalogue.manifests)
        )

    @property
    def told(self) -> Told:
        """How the servers stand."""
        return self._inventory.told

    def confirm(self, confirmed: Sequence[Confirmed], /) -> None:
        """Takes what people confirmed now, at once; raises ConfigError for what can't be told apart."""
        self.catalogue.confirm(confirmed)
        self._sessions.know(self.catalogue.manifests)
        self._inventory.again()

    async def refresh(self) -> None:
        """Asks all servers for their tools."""
        await self._inventory.take()
        with contextlib.suppress(Unavailable):  # what ended and is still there is asked for by nobody
            await self._sessions.sweep(self._around.tenant)

    async def call(self, who: Principal, call: Call, spoken: Spoken, heard: Heard, /) -> dict[str, Json]:
        """Returns what the client gets for a call: its result, or why there is none. `heard` is told its progress."""
        try:
            await self._inventory.freshen(server_of(call.tool))
        except Error as error:
            return _refusal(error.message, error.code)
        found = self.catalogue.find(call.tool)
        if found is None:
            return await self._unseen(who, call.tool)
        try:
            session = await self._sessions.of(who, spoken.session, spoken.grant)
            await session.hear(spoken.words, spoken.turn)
            given, said = granted(who), spoken.plan
            if given is not None and (said is None or not said.within(given)):
                await self._committed(who, session, given, "grant")
            elif said is not None:
                await self._committed(who, session, said, "application")
        except Unavailable as error:
            return _refusal(error.message, error.code)
        start = self._around.clock.monotonic()
        asked = await noted(await self._decided(who, session, found, call, spoken.asking))
        event = self._around.ids.new()
        try:
            sealed = await self._kept(asked, event, "arguments", asked.call.arguments)
        except Unavailable:
            asked, sealed = denied(asked, "tools.sealing", "what is asked can't be kept"), None
        opened = self._opened(asked, event, sealed)
        # What policy wants taken out of arguments can't be taken out here, so only a plain yes is one.
        allowed = asked.decision.verdict is Verdict.ALLOW or self._mode is Mode.OBSERVE
        if not allowed:
            settle(asked, made=False)
            await unmade(asked)
            rule = asked.decision.policies[0] if asked.decision.policies else "tools.policy"
            await self._durable(sealed, opened, self._closed(opened, Outcome.DENIED, start, rule=rule))
            reason = asked.decision.reason.replace(asked.flow.reason, asked.session.monitor.told(asked.flow))
            return asked.question_back or _refusal(reason, rule, asked.said)
        try:
            await self._durable(sealed, opened)
        except BaseException:
            settle(asked, made=False)
            await asyncio.shield(asyncio.ensure_future(unmade(asked)))
            raise
        settle(asked, made=True)
        return await self._made(asked, opened, start, heard)

    async def plan(self, who: Principal, call: Call, spoken: Spoken, /) -> dict[str, Json]:
        """Commits an agent's session to its plan, if nothing untrusted was read; returns what the client gets."""
        given = granted(who)
        try:
            plan = read(call.arguments)
            if given is not None and not plan.within(given):
                return _refusal("the plan goes beyond that of the grant", "flow.plan")
            session = await self._sessions.of(who, spoken.session, spoken.grant)
            await session.hear(spoken.words, spoken.turn)
            kept = await self._committed(who, session, plan, "agent")
        except (InputError, Unavailable) as error:
            return _refusal(error.message, error.code)
        if not kept:
            return _refusal("a plan is in force already, or something untrusted was read", "flow.plan")
        return {"content": [{"type": "text", "text": "the plan is in force"}], "isError": False}

    async def close(self) -> None:
        """Ends the connections to all servers."""
        await self._inventory.close()
        for server in self._servers.values():
            await server.close()

    async def _unseen(self, who: Principal, tool: str) -> dict[str, Json]:
        """Records the call of what agents do not see, and returns why it is not made."""
        kept = self.catalogue.unseen(tool)
        payload = ToolCallUnseen(who.application, kept.server, kept.tool, kept.reason, dict(who.claims).get(GRANT, ""))
        await self._record(payload, who, Verdict.DENY)
        return _refusal(*unseen(kept.reason))

    async def _committed(self, who: Principal, session: Session, plan: Plan, by: str) -> bool:
        """Puts a plan in force where that can be, and has it recorded; raises Unavailable."""
        if not await session.commit(plan, within=granted(who)):
            return False
        digest = self._around.digester.digest("plan", plan.digest, tenant=who.tenant)
        grant = dict(who.claims).get(GRANT, "")
        told = ToolPlanSealed(session.name, who.application, digest, len(plan.steps), by, grant)
        await self._record(told, who)
        return True

    async def _decided(
        self, who: Principal, session: Session, found: tuple[str, Manifest], call: Call, asking: Asking
    ) -> Asked:
        live, manifest = self._around.live(), found[1]
        flow = session.monitor.decide(call.tool, call.arguments, within=granted(who))
        about = live.members.about(who, manifest, call.arguments)
        question = self._questions.ask(who, live, call, manifest=manifest, monitor=session.monitor, about=about)
        decision = _stronger(live.policy.decide(question), flow)
        asked = Asked(who, session, *found, call, live, about, flow, question, decision, heard=session.monitor.heard)
        if barred := self._barred(asked):
            return denied(asked, *barred)
        if self._mode is Mode.OBSERVE:
            return asked
        if decision.verdict is Verdict.ASK:
            asked = await self._elicitor.asked(asked, asking)
        if asked.decision.verdict is Verdict.ASK and asked.question_back is None:
            if live.approvals is None:
                return asked._replace(said=nobody(users=is_theirs(asked)))
            asked = await approved(asked, live.approvals, self._around.digester)
        return await reserved(asked) if asked.decision.verdict is Verdict.ALLOW else asked

    def _barred(self, asked: Asked) -> tuple[str, str] | None:
        """The rule and the reason against a call that nobody's approval lifts."""
        who, call, purposes = asked.who, asked.call, asked.manifest.purposes
        switches = [("tool", call.tool), ("principal", who.id), ("application", who.application)]
        if killed := asked.live.killed(who.tenant, switches):
            return "gateway.kill", f"the {killed} is switched off"
        if not reaches(who, Action.TOOL_CALL, call.tool):
            return "identity.scope", "the grant does not reach this tool"
        if asked.about.beyond:
            return "identity.members", "the call may be about a member whom the grant is not about"
        if purposes and asked.question.purpose not in purposes:
            return "tools.purpose", f"expected the purpose {' or '.join(sorted(purposes))}"
        wrong = self.catalogue.misfit(asked.server, asked.manifest.name, call.arguments)
        return (RULE, wrong) if wrong else None

    async def _made(self, asked: Asked, opened: Event, start: int, heard: Heard) -> dict[str, Json]:
        """Makes a call and returns its result, once all that is said of it is durable."""
        asked.session.running += 1
        raw: dict[str, Json] | None = None
        sent = False
        try:
            waits = self._slots.locked()
            async with self._slots:
                if waits:
                    await self._check_still(asked)
                sent = True
                raw = await self._servers[asked.server].call(
                    asked.manifest.name, asked.call.arguments, token=self._token(asked), heard=heard
                )
            self._check_credentials(raw)
            result = cut(raw, _admitted(asked, unread(raw)))
            asked, beyond = await told(asked, result.shown)
            shown, found = await self._seen(asked, result, beyond=beyond)
            event = self._around.ids.new()
            sealed = await self._kept(asked, event, "result", shown)
        except Error as error:
            if raw is None:
                self._inventory.failed(asked.server, error)
                if not reached(error.code):
                    await unmade(asked)
            await self._around.ledger.submit([self._closed(opened, Outcome.FAILED, start, rule=error.code)])
            return _error(unanswered(error.code, came=raw is not None), error.code)
        except asyncio.CancelledError:
            if not sent:
                await asyncio.shield(asyncio.ensure_future(unmade(asked)))
            gone = self._closed(opened, Outcome.CLIENT_GONE, start, rule="tools.cancelled")
            await asyncio.shield(asyncio.ensure_future(self._around.ledger.submit([gone])))
            raise
        finally:
            asked.session.running -= 1
        size = len(msgspec.json.encode(shown))
        ref = sealed.ref if sealed is not None else None
        last = _Shown(event, size, ref, found, asked.subjects)
        await self._durable(sealed, self._closed(opened, Outcome.COMPLETED, start, shown=last))
        return shown

    async def _check_still(self, asked: Asked) -> None:
        """Raises Unavailable for a call that waited for its place, and is not to be made any more.

        The user may have said stop meanwhile, and somebody may have switched the tool or its caller off.
        """
        await asked.session.fresh()
        now = asked._replace(live=self._around.live())
        does = not asked.manifest.called_with(asked.call.arguments).reads_only
        if (does and asked.session.monitor.heard != asked.heard) or self._barred(now):
            raise Unavailable("what the call was decided by is over", code="tools.overtaken")

    async def _seen(
        self, asked: Asked, result: Result, /, *, beyond: bool
    ) -> tuple[dict[str, Json], tuple[Count, ...]]:
        """Has the monitor see a result, and returns it as it may go out; raises Error for one that may not."""
        shown: dict[str, Json] = {}
        found: tuple[Count, ...] = ()
        fault: Error | None = None
        try:
            if beyond:
                raise Unavailable("the result is about a member whom the grant is not about", code="identity.members")
            shown, found = await self._answered(asked, result.shown)
        except Error as error:
            fault = error
        seen = (asked.call.tool, asked.call.arguments, result.seen, result.beside)
        await asked.session.see(*seen, about=asked.subjects, hidden=shown != result.shown)
        if fault is not None:
            raise fault
        return shown, found

    async def _answered(self, asked: Asked, shown: dict[str, Json]) -> tuple[dict[str, Json], tuple[Count, ...]]:
        """Returns a result as policy lets it go out, and what was found in it; raises Error for one that may not."""
        if not asked.decision.plan:
            return shown, ()
        if asked.live.answers is None:
            raise Unavailable("what policy wants out of a result can't be taken out here", code="tools.answers")
        enforced = self._mode is Mode.ENFORCE
        return await asyncio.to_thread(asked.live.answers.cut, shown, asked.decision, enforced=enforced)

    def _check_credentials(self, raw: Json) -> None:
        """Raises Unavailable for a result that repeats a credential of a server's: no model is to read one."""
        held = self._around.credentials
        text = msgspec.json.encode(raw).decode() if held else ""
        if any(one in text for one in held):
            raise Unavailable("the result repeats a credential", code="tools.credential")

    async def _kept(self, asked: Asked, event: str, name: str, said: Json) -> Sealed | None:
        """Seals what is said in a call, where that is kept; raises Unavailable."""
        keeping, role = self._around.keeping, Role.TOOL if name == "result" else Role.ASSISTANT
        if keeping is None:
            return None
        place = Place(asked.who.tenant, event, asked.session.name, name, role)
        return await keeping.seal(place, said, subjects=asked.subjects, decision=asked.decision)

    async def _durable(self, sealed: Sealed | None, *events: Event) -> None:
        """Ends once Events are durable and so is what they say is kept."""
        recorded = self._around.ledger.submit(events)
        if sealed is None:
            await recorded
        else:
            await asyncio.gather(recorded, asyncio.wrap_future(sealed.done))

    def _token(self, asked: Asked) -> str:
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

    def _opened(self, asked: Asked, event: str, sealed: Sealed | None) -> Event:
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
            grant=dict(asked.who.claims).get(GRANT, ""),
        )
        return events.build(
            payload,
            id=event,
            time=self._around.clock.now(),
            tenant=tenant,
            principal=asked.who.id,
            verdict=asked.decision.verdict,
            subjects=asked.subjects,
        )

    def _closed(
        self, opened: Event, outcome: Outcome, start: int, *, rule: str = "", shown: "_Shown | None" = None
    ) -> Event:
        took = (self._around.clock.monotonic() - start) // _MICROSECONDS
        event, size, sealed, found, about = shown or _Shown(self._around.ids.new(), 0, None)
        payload = ToolCallClosed(opened.id, outcome, rule, size, took, sealed, found)
        return events.build(
            payload,
            id=event,
            time=self._around.clock.now(),
            tenant=opened.tenant,
            principal=opened.principal,
            verdict=opened.verdict,
            subjects=about or opened.subjects,
        )

    async def _record(self, told: Payload, who: Principal | None = None, verdict: Verdict = Verdict.ALLOW) -> None:
        """Has it recorded what `who` did, or what came about by nobody."""
        around = self._around
        tenant, principal = (who.tenant, who.id) if who is not None else (around.tenant, "")
        event = events.build(
            told, id=around.ids.new(), time=around.clock.now(), tenant=tenant, principal=principal, verdict=verdict
        )
        await around.ledger.submit([event])


def subjects(digester: Digester, tenant: str, key: Callable[[str], str], /) -> Callable[[str], SubjectRef]:
    """Returns what makes keyed references to members, by the keys that arguments name them by."""
    return lambda member: SubjectRef(tenant, digester.digest("member", key(member), tenant=tenant))


def _admitted(asked: Asked, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the kinds of content that nobody can read and that policy lets through."""
    return tuple(
        kind
        for kind in kinds
        if asked.live.policy.decide(msgspec.structs.replace(asked.question, opaque=(kind,))).verdict is Verdict.ALLOW
    )


def _stronger(decision: Decision, flow: Flow) -> Decision:
    """The stronger of what policy and what the monitor says."""
    if flow.verdict <= decision.verdict:
        return decision
    rules = tuple(dict.fromkeys(doubt.rule.value for doubt in flow.doubts))
    approvable = flow.verdict is Verdict.ASK
    return msgspec.structs.replace(
        decision, verdict=flow.verdict, reason=flow.reason, policies=rules, approvable=approvable
    )


def _refusal(reason: str, rule: str, more: str = "") -> dict[str, Json]:
    """A refusal, so that the model can go on."""
    return _error(refused(reason, rule, more), rule)


def _error(text: str, rule: str) -> dict[str, Json]:
    """What asepsis says in the place of a result, in MCP's own shape: an error of the tool."""
    said: Json = [{"type": "text", "text": text}]
    return {"content": said, "isError": True, "_meta": {"asepsis/rule": rule}}
