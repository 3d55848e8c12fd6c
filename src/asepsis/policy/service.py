"""The static policy: decides from configuration alone, by rules that are named in each decision.

| policy id | says |
| --- | --- |
| static.application | an application that is not configured may do nothing |
| static.model | the model is none of the application's |
| static.opaque | content that cannot be read is admitted by kind or not at all |
| static.state | state on the provider's side is admitted by name or not at all |
| static.tool | the tool is denied to the application |
| static.reveal | values come back for applications that may see them, for a stated purpose |
| static.kinds | each kind found is denied, dropped, masked, made a token or let through |
"""

from fnmatch import fnmatchcase
from typing import Final

from asepsis.core import canonical
from asepsis.core.errors import ConfigError
from asepsis.core.types import Action, Decision, DecisionInput, Kind, Obligation, ObligationKind, Purpose, Verdict
from asepsis.policy.config import ApplicationRules, KindRules, PolicyConfig

__all__ = ["StaticPolicy"]

_REMEMBERED: Final = 4096


class StaticPolicy:
    """Implements the port `Policy`; decisions on equal questions are equal, so they are remembered."""

    def __init__(self, config: PolicyConfig) -> None:
        self.bundle = canonical.digest(config)
        self._rules: dict[str, ApplicationRules] = {}
        self._answer: dict[str, tuple[Obligation, ...]] = {}
        self._request: dict[str, dict[Kind, Obligation]] = {}
        self._decided: dict[DecisionInput, Decision] = {}
        for number, rules in enumerate(config.applications):
            if rules.name in self._rules:
                raise ConfigError("expected each application once", place=f"policy.applications[{number}].name")
            if (rules.answer or config.answer).token:
                raise ConfigError(
                    "expected tokens in requests only", place=f"policy.applications[{number}].answer.token"
                )
            self._rules[rules.name] = rules
            self._request[rules.name] = _by_kind(rules.request or config.request)
            self._answer[rules.name] = tuple(sorted(_by_kind(rules.answer or config.answer).values()))

    def decide(self, question: DecisionInput, /) -> Decision:
        """Returns the decision; equal questions get equal decisions."""
        known = self._decided.get(question)
        if known is not None:
            return known
        decision = self._decide(question)
        if len(self._decided) >= _REMEMBERED:
            self._decided.clear()
        self._decided[question] = decision
        return decision

    def _decide(self, question: DecisionInput) -> Decision:  # noqa: PLR0911 a return for each rule, in their order
        rules = self._rules.get(question.application)
        if rules is None:
            return self._deny(question, "static.application", "the application is not configured")
        if question.action is Action.TOOL_CALL:
            if _denied(question.tool, rules.tools_denied):
                return self._deny(question, "static.tool", "the tool is denied to the application")
            return Decision(
                Verdict.ALLOW, "the tool is not denied", ("static.tool",), self.bundle, input=question.digest
            )
        if question.action is Action.MODEL_REVEAL:
            return self._reveal(question, rules)
        if question.model and not any(fnmatchcase(question.model, pattern) for pattern in rules.models):
            return self._deny(question, "static.model", "the model is not among the application's")
        for kind in question.opaque:
            if kind not in rules.admit:
                return self._deny(question, "static.opaque", f"content that cannot be read (`{kind}`) is not admitted")
        for name in question.state:
            if name not in rules.state:
                return self._deny(question, "static.state", f"state on the provider's side (`{name}`) is not admitted")
        return self._kinds(question)

    def _reveal(self, question: DecisionInput, rules: ApplicationRules) -> Decision:
        if not rules.reveal:
            return self._deny(question, "static.reveal", "the application may not see values again")
        if question.purpose is Purpose.UNSTATED:
            return self._deny(question, "static.reveal", "the caller has no stated purpose")
        return Decision(
            Verdict.ALLOW,
            "the application may see values again",
            ("static.reveal",),
            self.bundle,
            input=question.digest,
        )

    def _kinds(self, question: DecisionInput) -> Decision:
        table = self._request[question.application]
        due = tuple(sorted(table[count.kind] for count in question.found if count.kind in table))
        denied = [one.on.value for one in due if one.do is ObligationKind.DENY]
        if denied:
            return self._deny(question, "static.kinds", f"findings of kind {', '.join(denied)} are denied")
        return Decision(
            verdict=Verdict.TRANSFORM if due else Verdict.ALLOW,
            reason="findings are taken out" if due else "nothing stands against it",
            policies=("static.kinds",),
            bundle=self.bundle,
            obligations=due,
            plan=self._answer[question.application],
            input=question.digest,
        )

    def _deny(self, question: DecisionInput, policy: str, reason: str) -> Decision:
        return Decision(Verdict.DENY, reason, (policy,), self.bundle, input=question.digest)


def _denied(tool: str, patterns: tuple[str, ...]) -> bool:
    """Whether a pattern fits a tool's name, whatever its case, or what stands behind the last dot of it.

    Clients look names up without regard to case, and some models write a namespace before them (`functions.look_up`).
    """
    name = tool.casefold()
    names = {name, name.rpartition(".")[2]}
    return any(fnmatchcase(one, pattern.casefold()) for one in names for pattern in patterns)


def _by_kind(rules: KindRules) -> dict[Kind, Obligation]:
    """What each kind obliges to; a kind in two lists gets the stricter."""
    table: dict[Kind, Obligation] = {}
    for kind in Kind:
        if kind in rules.deny:
            table[kind] = Obligation(ObligationKind.DENY, kind)
        elif kind in rules.drop:
            table[kind] = Obligation(ObligationKind.DROP, kind)
        elif kind in rules.token:
            table[kind] = Obligation(ObligationKind.TOKEN, kind)
        elif kind not in rules.allow:
            table[kind] = Obligation(ObligationKind.MASK, kind)
    return table
