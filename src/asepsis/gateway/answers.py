"""What is decided on an answer: on each tool call in it, on what nobody can read, and on the whole."""

import re
from typing import Final

import msgspec

from asepsis.core.events import Mode
from asepsis.core.ports import Conversation
from asepsis.core.types import Action, Decision, DecisionInput, Part, PartKind, Principal, Verdict
from asepsis.gateway.account import Account, Tools
from asepsis.gateway.errors import Denied
from asepsis.gateway.live import Live
from asepsis.gateway.plan import Plan
from asepsis.identity.scopes import reaches

__all__ = ["Answers"]

_TOOL: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class Answers:
    """Decides on the answer of one call; in observe mode it notes what would have closed it instead."""

    __slots__ = ("_account", "_digester", "_live", "_mode", "_observed", "_principal")

    def __init__(self, principal: Principal, live: Live, account: Account, tools: Tools, mode: Mode) -> None:
        self._principal = principal
        self._live = live
        self._account = account
        self._digester = tools.digester
        self._mode = mode
        self._observed: Decision | None = None

    def tool(self, asked: DecisionInput, name: str, /) -> None:
        """Decides on a tool call in the answer to what was `asked`; raises Denied.

        A name that no tool can have is denied: a client may read it as the name of one that is denied.
        """
        live, tenant = self._live, self._principal.tenant
        part = Part(PartKind.TEXT, "tool", name)
        known = name if _TOOL.fullmatch(name) and not any(live.scanner.scan([part])) else ""
        question = msgspec.structs.replace(
            asked, action=Action.TOOL_CALL, tool=known, found=(), opaque=(), state=(), approval=""
        )
        decision = live.policy.decide(question)
        if not known:
            decision = _against(decision, "gateway.tool", "expected the name of a tool in a tool call")
        if not reaches(self._principal, Action.TOOL_CALL, name):
            decision = _against(decision, "identity.scope", "the grant does not reach this tool")
        if live.killed(tenant, [("tool", name), ("tool", name.rpartition(".")[2])]):
            decision = _against(decision, "gateway.kill", "the tool is switched off")
        self._account.tool(known or self._digester.digest("tool", name, tenant=tenant), decision)
        if decision.verdict >= Verdict.ASK and self._mode is Mode.ENFORCE:
            raise Denied(decision.policies[0] if decision.policies else "policy.tool", decision.reason)

    def against(self, found: tuple[str, str, str] | None, bundle: str, /) -> None:
        """Decides by what speaks against the tool calls of an answer, taken with their arguments; raises Denied."""
        if found is None:
            return
        name, rule, reason = found
        decision = Decision(Verdict.DENY, reason, (rule,), bundle)
        clean = _TOOL.fullmatch(name) and not any(self._live.scanner.scan([Part(PartKind.TEXT, "tool", name)]))
        known = name if clean else self._digester.digest("tool", name, tenant=self._principal.tenant)
        self._account.tool(known, decision)
        if self._mode is Mode.ENFORCE:
            raise Denied(rule, reason)
        self._observed = decision

    def held(self, conversation: Conversation, bundle: str, chunk: bytes, *, complete: bool) -> bytes:
        """Returns what may go on of a stream: nothing from its first tool call on until it is whole. Raises Denied."""
        out = conversation.hold(chunk)
        if not complete:
            return out
        self.against(conversation.ended(), bundle)
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
