"""A call on its way: who asked for what, what the monitor and policy say of it, and what leave it needs besides.

Leave is given by people who approve exactly this call, and by budgets: what a call takes is set aside before it is
made, so that calls at the same time can't share one place.
"""

import asyncio
import contextlib
from typing import Final, NamedTuple

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import InputError, Unavailable
from asepsis.core.ports import Approvals, Digester, Reservation, Spending
from asepsis.core.types import Decision, DecisionInput, Outline, Principal, Verdict
from asepsis.tools import refusals
from asepsis.tools.flow.types import Flow, Rule
from asepsis.tools.live import Live
from asepsis.tools.mcp.front import Call
from asepsis.tools.members import About
from asepsis.tools.outlined import outlined
from asepsis.tools.passes.tokens import arguments_digest
from asepsis.tools.planning import granted
from asepsis.tools.sessions import Session
from asepsis.tools.types import Json, Manifest

__all__ = ["Asked", "approved", "denied", "noted", "reserved", "settle", "told", "unmade"]

_LARGE: Final = 1 << 16


class Asked(NamedTuple):
    """A call that was decided on; `question_back` is what the person at the client has to be asked first.

    `said` is what the caller is told beside the decision's reason. `begun` is what it took as a call asked for once,
    None where it took no place, and `used` the case that it used up; `heard` is how much the user had said by then.
    """

    who: Principal
    session: Session
    server: str
    manifest: Manifest
    call: Call
    live: Live
    about: About
    flow: Flow
    question: DecisionInput
    decision: Decision
    reserved: Reservation | None = None
    question_back: dict[str, Json] | None = None
    said: str = ""
    begun: str | None = None
    used: str = ""
    heard: int = 0

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whom the call and its session are about, by keyed digests."""
        return tuple(sorted(self.about.digests | {one.digest for one in self.session.monitor.subjects}))


async def told(asked: Asked, shown: Json, /) -> tuple[Asked, bool]:
    """Returns a call that is about whom its result is about, too, and whether that is beyond the caller's grant.

    Only so does the erasure of a member find a session that merely read of them.
    """
    members, who = asked.live.members, asked.who
    large = len(msgspec.json.encode(shown)) > _LARGE
    found = await asyncio.to_thread(members.told, who, shown) if large else members.told(who, shown)
    return asked._replace(about=About(asked.about.digests | found.digests, asked.about.beyond)), found.beyond


def denied(asked: Asked, rule: str, reason: str, /) -> Asked:
    """Returns a call that is decided against by one of the firewall's own rules; what policy obliges to stays."""
    before = asked.decision
    decision = Decision(Verdict.DENY, reason, (rule,), before.bundle, input=before.input, duties=before.duties)
    return asked._replace(decision=decision)


async def approved(asked: Asked, approvals: Approvals, digester: Digester, /) -> Asked:
    """Lets a call through that somebody approved exactly as it is; else says in which case that is asked for."""
    question = asked.question
    who = (question.principal, question.application, question.purpose, question.on_behalf_of)
    # What an approver was told speaks against the call is part of what they approved, and so is the task it belongs to.
    doubts = tuple(sorted({str(doubt) for doubt in asked.flow.doubts}))
    what = canonical.digest((who, asked.session.name, asked.call.tool, arguments_digest(asked.call.arguments), doubts))
    action = digester.digest("approval", what, tenant=question.tenant)
    try:
        found = await asyncio.to_thread(approvals.approval, question, asked.decision, action, _outline(asked))
    except (InputError, Unavailable) as error:
        return denied(asked, "tools.approvals", error.message)
    if found.approved:
        question = msgspec.structs.replace(question, approval=found.case)
        again = asked.live.policy.decide(question)
        if again.verdict is Verdict.ALLOW:
            said, names = f"approval {found.case}", ("tools.approved", *again.policies)
            again = msgspec.structs.replace(again, reason=said, policies=names)
        return asked._replace(question=question, decision=again, used=found.case)
    waits = refusals.waiting(found.case, asked.decision.duties)
    return asked._replace(said=refusals.denied(found.case) if found.denied else waits)


async def noted(asked: Asked, /) -> Asked:
    """Keeps whom a call is about beside its session, so that their erasure reaches it; denies it where that fails."""
    try:
        await asked.session.note(asked.subjects)
    except Unavailable as error:
        return denied(asked, error.code, error.message)
    return asked


async def reserved(asked: Asked, /) -> Asked:
    """Sets aside what an allowed call takes of the tool's budget and of those of policy and grant, or denies it."""
    # What somebody approved is made again, for they were told that it was.
    known = any(doubt.rule is Rule.AGAIN for doubt in asked.flow.doubts)
    within = granted(asked.who)
    call = "" if known else asked.session.monitor.once(asked.call.tool, asked.call.arguments, within=within)
    if barred := await _begun(asked, call):
        return denied(asked, *barred)
    asked = asked._replace(begun=call)
    budgets = asked.live.budgets
    if budgets is None:
        return asked
    spending = Spending(asked.who, "", asked.about.digests, 0, 0, asked.call.tool)
    try:
        if budgets.ready(spending):
            found = budgets.reserve(spending)
        else:
            found = await asyncio.to_thread(budgets.reserve, spending)
    except Unavailable as error:
        return denied(asked, "tools.budgets", error.message)
    if found.exhausted:
        said = f"the budget `{found.exhausted}` has not enough {found.unit} left for now"
        return denied(asked, f"budget.{found.exhausted}", said)
    return asked._replace(reserved=found)


async def _begun(asked: Asked, call: str) -> tuple[str, str] | None:
    """Takes the tool's place and what is asked for once; returns the rule and the reason against it, None for none."""
    monitor = asked.session.monitor
    try:
        if await asked.session.begin(asked.call.tool, call):
            return None
    except Unavailable as error:
        return error.code, error.message
    if monitor.unmade(call):
        return Rule.BUDGET.value, "the call is beyond the tool's budget"
    return Rule.AGAIN.value, "the same call is being made, and is asked for once"


def settle(asked: Asked, /, *, made: bool) -> None:
    """Gives back what was set aside and not taken: all of it where the call was not `made`."""
    if asked.reserved is not None and asked.live.budgets is not None:
        asked.live.budgets.settle(asked.reserved, 0, 0, made=made)


async def unmade(asked: Asked, /) -> None:
    """Gives back what a call took that reached nobody, its approval as well; what can't be kept counts as made."""
    if asked.begun is not None:
        with contextlib.suppress(Unavailable):
            await asked.session.unmake(asked.call.tool, asked.begun)
    if asked.used and (approvals := asked.live.approvals) is not None:
        with contextlib.suppress(Unavailable):
            await asyncio.to_thread(approvals.give_back, asked.used, tenant=asked.who.tenant)


def _outline(asked: Asked) -> Outline:
    """What approvers are shown."""
    origins = asked.session.monitor.origins(asked.call.tool, asked.call.arguments)
    return Outline.of_arguments(asked.subjects, outlined(asked.manifest, asked.call.arguments, origins))
