"""What is decided on an answer: on each tool call in it, on what nobody can read, and on the whole."""

import functools
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import Bug, InputError, Unavailable
from asepsis.core.events import Mode
from asepsis.core.ports import Approval, Called, Conversation
from asepsis.core.types import Action, Decision, DecisionInput, Outline, Part, PartKind, Principal, Verdict
from asepsis.gateway.account import Account, Tools
from asepsis.gateway.errors import Denied, Told, Waiting
from asepsis.gateway.live import Live
from asepsis.gateway.plan import Plan
from asepsis.identity.scopes import reaches

__all__ = ["Answers"]

_TOOL: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")

_MENDED: Final = frozenset({"tools.arguments"})
"""Rules whose reason says how to make a call that is let through."""


class Answers:
    """Decides on the answer of one call; in observe mode it notes what would have closed it instead.

    `watched` says that `calls` decides on its tool calls with their arguments: what policy asks about waits for it.
    """

    __slots__ = ("_account", "_digester", "_live", "_mode", "_observed", "_principal", "_waiting", "watched")

    def __init__(self, principal: Principal, live: Live, account: Account, tools: Tools, mode: Mode) -> None:
        self._principal = principal
        self._live = live
        self._account = account
        self._digester = tools.digester
        self._mode = mode
        self._observed: Decision | None = None
        self._waiting: dict[str, Decision] = {}
        self.watched = False

    def tool(self, asked: DecisionInput, name: str, /) -> None:
        """Decides on a tool call in the answer to what was `asked`; raises Denied.

        A name that no tool can have is denied: a client may read it as the name of one that is denied.
        """
        live, tenant = self._live, self._principal.tenant
        part = Part(PartKind.TEXT, "tool", name)
        known = name if _TOOL.fullmatch(name) and not any(live.scanner.scan([part])) else ""
        decision = live.policy.decide(self._question(asked, known))
        if not known:
            decision = _against(decision, "gateway.tool", "expected the name of a tool in a tool call")
        if not reaches(self._principal, Action.TOOL_CALL, name):
            decision = _against(decision, "identity.scope", "the grant does not reach this tool")
        if live.killed(tenant, [("tool", name), ("tool", name.rpartition(".")[2])]):
            decision = _against(decision, "gateway.kill", "the tool is switched off")
        if self.watched and decision.verdict is Verdict.ASK and not decision.final:
            self._waiting[name] = decision
            return
        self._account.tool(known or self._digester.digest("tool", name, tenant=tenant), decision)
        if decision.verdict >= Verdict.ASK and self._mode is Mode.ENFORCE:
            raise Denied(decision.policies[0] if decision.policies else "policy.tool", decision.reason)

    def calls(self, asked: DecisionInput, bundle: str, called: Sequence[Called], /) -> None:
        """Decides on the tool calls in the answer to what was `asked`, with their arguments; raises Denied.

        What the monitor or policy would ask about becomes one case of exactly these calls. Where somebody approved it
        the answer goes on; else the case is named, for the same calls to be wanted again. May block for that.
        """
        waiting, self._waiting = self._waiting, {}
        asks: list[tuple[Called, Decision]] = []
        for one in called:
            decision = Decision(one.verdict, one.reason, (one.rule,), bundle, approvable=one.verdict is Verdict.ASK)
            if one.tool in waiting:
                decision = waiting[one.tool].join(decision) if one.rule else waiting[one.tool]
            if decision.verdict is Verdict.ALLOW:
                continue
            if decision.verdict is Verdict.DENY or not one.digest or self._live.approvals is None:
                self._refuse(one.tool, decision)
                return
            asks.append((one, decision))
        for name in waiting.keys() - {one.tool for one in called}:
            self._refuse(name, waiting[name])
            return
        if asks and self._mode is Mode.ENFORCE:
            self._approved(asked, asks)
        elif asks:
            self._refuse(asks[0][0].tool, asks[0][1])

    def _approved(self, asked: DecisionInput, asks: Sequence[tuple[Called, Decision]]) -> None:
        """Lets calls through that somebody approved exactly as they are; raises Denied."""
        names = [self._known(one.tool) for one, _ in asks]
        decision = functools.reduce(Decision.join, (one for _, one in asks))
        who = (asked.principal, asked.application, asked.purpose, asked.on_behalf_of)
        what = canonical.digest((who, [(one.digest, one.rule, one.reason) for one, _ in asks]))
        action = self._digester.digest("approval", what, tenant=asked.tenant)
        question = msgspec.structs.replace(self._question(asked, names[0]), arguments=(f"calls={action}",))
        found = self._asked(question, decision, action, [one for one, _ in asks])
        if not found.approved:
            said = "was denied" if found.denied else "is asked for: have the same call made again once it is given"
            reason = f"{decision.reason}; approval {found.case} {said}"
            for name in names:
                self._account.tool(name, msgspec.structs.replace(decision, reason=reason))
            raise Waiting(decision.policies[0], reason)
        for name in names:
            approved = msgspec.structs.replace(question, tool=name, approval=found.case)
            again = self._live.policy.decide(approved)
            self._account.tool(name, again)
            if again.verdict is not Verdict.ALLOW:
                raise Denied(again.policies[0] if again.policies else "policy.tool", again.reason)

    def _asked(self, question: DecisionInput, decision: Decision, action: str, calls: Sequence[Called]) -> Approval:
        approvals = self._live.approvals
        if approvals is None:
            raise Bug("people are asked where there are some")
        pieces = tuple(
            msgspec.structs.replace(piece, place=f"call {at}: {piece.place}") if len(calls) > 1 else piece
            for at, one in enumerate(calls, start=1)
            for piece in one.pieces
        )
        try:
            outline = Outline.of_arguments(tuple(sorted(self._account.subjects)), pieces)
            return approvals.approval(question, decision, action, outline)
        except (InputError, Unavailable) as error:
            raise Denied("gateway.approvals", error.message) from error

    def _refuse(self, name: str, decision: Decision) -> None:
        """Decides against a call that nobody can approve; raises Denied, or notes it where calls are only observed."""
        denied = msgspec.structs.replace(decision, verdict=Verdict.DENY)
        self._account.tool(self._known(name), denied)
        if self._mode is Mode.ENFORCE:
            rule = denied.policies[0] if denied.policies else "policy.tool"
            raise (Told if rule in _MENDED else Denied)(rule, denied.reason)
        self._observed = denied

    def _known(self, name: str) -> str:
        """The name of a tool as it may be recorded."""
        clean = _TOOL.fullmatch(name) and not any(self._live.scanner.scan([Part(PartKind.TEXT, "tool", name)]))
        return name if clean else self._digester.digest("tool", name, tenant=self._principal.tenant)

    def _question(self, asked: DecisionInput, name: str) -> DecisionInput:
        return msgspec.structs.replace(
            asked, action=Action.TOOL_CALL, tool=name, found=(), opaque=(), state=(), approval=""
        )

    def held(
        self, conversation: Conversation, asked: DecisionInput, bundle: str, chunk: bytes, *, complete: bool
    ) -> bytes:
        """Returns what may go on of a stream: nothing from its first tool call on until it is whole. Raises Denied."""
        out = conversation.hold(chunk)
        if not complete:
            return out
        self.calls(asked, bundle, conversation.ended())
        return out + conversation.release()

    def admit(self, asked: DecisionInput, kinds: tuple[str, ...], /) -> None:
        """Asks policy about content in the answer that cannot be read; raises Denied."""
        decision = self._live.policy.decide(msgspec.structs.replace(asked, opaque=kinds, found=(), state=()))
        if decision.verdict >= Verdict.ASK:
            if self._mode is Mode.ENFORCE:
                raise Denied(decision.policies[0] if decision.policies else "policy.opaque", decision.reason)
            self._observed = decision

    def would_close(self, decision: Decision, /) -> None:
        """Notes what would have closed an answer that is only observed."""
        self._observed = decision

    def passed(self, decision: Decision, plan: Plan, /, *, transformed: bool) -> Decision:
        """Returns the decision on an answer that went through; in observe mode, what it would have been.

        `decision` is that on the request.
        """
        verdict = Verdict.TRANSFORM if transformed else Verdict.ALLOW
        if self._mode is Mode.OBSERVE:
            if self._observed is not None:
                return self._observed
            verdict = plan.verdict(self._account.found_answer)
        if verdict is Verdict.DENY:
            denied = "a finding that may not pass in any form is in the answer"
            return Decision(verdict, denied, ("policy.answer",), decision.bundle, input=decision.input)
        reason = "findings are taken out" if verdict else "nothing stands against it"
        return Decision(verdict, reason, decision.policies, decision.bundle, input=decision.input)


def _against(decision: Decision, rule: str, reason: str) -> Decision:
    return Decision(Verdict.DENY, reason, (rule,), decision.bundle, input=decision.input)
