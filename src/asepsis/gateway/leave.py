"""The leave that a call needs besides policy's: of people who approve exactly this call, and of budgets."""

from collections.abc import Sequence
from typing import Final

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import Bug, Unavailable
from asepsis.core.ports import Reservation, Spending
from asepsis.core.types import Action, Decision, DecisionInput, Principal
from asepsis.gateway.account import Account, Tools
from asepsis.gateway.document import GuardedDocument
from asepsis.gateway.errors import Denied
from asepsis.gateway.intake import longest_of
from asepsis.gateway.live import Live
from asepsis.gateway.surfaces.types import Document, Usage

__all__ = ["Leave"]

_LONG: Final = frozenset({"tokens", "microdollars"})
"""What budgets count that grows with an answer."""

_EACH_TIME: Final = frozenset({"idempotency-key"})
"""Headers that say nothing of what is asked, and that clients make anew each time they ask."""


class Leave:
    """Asks for the leave that one call needs, and holds what was set aside of budgets until it ends."""

    __slots__ = ("_account", "_live", "_principal", "_reserved", "_tools")

    def __init__(self, principal: Principal, live: Live, account: Account, tools: Tools) -> None:
        self._principal = principal
        self._live = live
        self._account = account
        self._tools = tools
        self._reserved: Reservation | None = None

    @property
    def people(self) -> bool:
        """Whether there are people who can be asked."""
        return self._live.approvals is not None

    def approved(
        self,
        question: DecisionInput,
        decision: Decision,
        asked: tuple[Document, Sequence[tuple[str, str]], str],
        guarded: GuardedDocument,
    ) -> tuple[DecisionInput, Decision, str]:
        """Decides anew where somebody approved exactly this call; else says in which case that is asked for.

        What is said is for the caller: the decision stays as policy made it, so that it can be made again.

        What is `asked` is a document, headers and a query. Raises Denied where cases can't be looked up.
        """
        approvals = self._live.approvals
        if approvals is None:
            raise Bug("approvals are looked up where there are some")
        document, headers, query = asked
        who = (question.principal, question.application, question.purpose, question.on_behalf_of)
        asking = sorted(one for one in headers if one[0] not in _EACH_TIME)
        what = (question.surface, question.model, question.upstream, query, asking, document)
        action = self._tools.digester.digest("approval", canonical.digest((who, what)), tenant=question.tenant)
        try:
            found = approvals.approval(question, decision, action, self._account.outline(guarded))
        except Unavailable as error:
            raise Denied("gateway.approvals", error.message) from error
        if found.approved:
            question = msgspec.structs.replace(question, approval=found.case)
            return question, self._live.policy.decide(question), ""
        said = "was denied" if found.denied else "is asked for: make the same call again once it is given"
        return question, decision, f"; approval {found.case} {said}"

    def spending(self, question: DecisionInput, surface: str, document: Document | None, /) -> Spending | None:
        """Returns what the call takes of budgets at most: not more tokens than it has characters, as a rule."""
        if document is None or self._live.budgets is None:
            return None
        out = 0 if question.action is Action.DATA_EMBED else longest_of(document, surface)
        account = self._account
        return Spending(self._principal, question.model, account.subjects, account.characters, out)

    def waits(self, spending: Spending | None, /) -> bool:
        """Whether setting that much aside has to wait for the store of budgets."""
        budgets = self._live.budgets
        return budgets is not None and spending is not None and not budgets.ready(spending)

    def reserve(self, spending: Spending, /) -> None:
        """Sets aside what the call may take; raises Denied where a budget has not that much left."""
        if self._live.budgets is None:
            raise Bug("what a call takes is reckoned where there are budgets")
        try:
            reserved = self._live.budgets.reserve(spending)
        except Unavailable as error:
            raise Denied("gateway.budgets", error.message) from error
        if reserved.exhausted:
            unstated = "; as the call says not how long its answer may be, `policy.unstated_tokens` are set aside"
            hint = unstated if spending.tokens_out is None and reserved.unit in _LONG else ""
            said = f"the budget `{reserved.exhausted}` has not enough {reserved.unit} left for now{hint}"
            raise Denied(f"budget.{reserved.exhausted}", said)
        self._reserved = reserved

    def settle(self, usage: Usage, /, *, made: bool) -> None:
        """Gives back what was set aside and not taken; all of it where the call was not `made`."""
        if self._reserved is not None and self._live.budgets is not None:
            self._live.budgets.settle(self._reserved, usage.tokens_in, usage.tokens_out, made=made)
