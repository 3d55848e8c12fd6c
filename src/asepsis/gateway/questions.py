"""What policy is asked of a call: who calls, for whom and for what, and what was found."""

from collections.abc import Iterator
from typing import Final

from asepsis.core.ports import Facts
from asepsis.core.types import Action, Actor, DecisionInput, Principal, Purpose
from asepsis.gateway.account import Account, Tools
from asepsis.gateway.live import Live
from asepsis.infra.clock import today

__all__ = ["Questions"]

_ACTIONS: Final = {"openai.embeddings": Action.DATA_EMBED}
_NOTHING: Final = Facts()


class Questions:
    """Puts the questions of one call, by what its account knows at that time."""

    __slots__ = ("_account", "_behalf", "_clock", "_day", "_live", "_principal", "_roles", "_surface")

    def __init__(self, surface: str, principal: Principal, live: Live, account: Account, tools: Tools) -> None:
        self._surface = surface
        self._principal = principal
        self._live = live
        self._account = account
        self._clock = tools.clock
        self._day = today(tools.clock.now())
        self._roles = _roles(principal)
        self._behalf = tuple(_behalf(principal)) if principal.on_behalf_of is not None else ()

    def about(
        self, model: str, upstream: str, /, opaque: tuple[str, ...] = (), state: tuple[str, ...] = ()
    ) -> DecisionInput:
        """Returns the question whether the call may be made of that model and upstream."""
        who, live, account = self._principal, self._live, self._account
        facts, purpose = _NOTHING, Purpose(dict(who.claims).get("purpose", Purpose.UNSTATED))
        if live.directives is not None:
            facts = live.directives.about(account.subjects, who, purpose)
        actors = (who.id, *(one.id for one in self._behalf))
        return DecisionInput(
            tenant=who.tenant,
            action=_ACTIONS.get(self._surface, Action.MODEL_INVOKE),
            principal=who.id,
            application=who.application,
            purpose=purpose,
            surface=self._surface,
            model=model,
            upstream=upstream,
            found=account.found,
            opaque=opaque,
            state=state,
            roles=self._roles,
            labels=account.labels,
            members=account.members,
            day=self._day,
            on_behalf_of=self._behalf,
            consented=facts.consented,
            refused=facts.refused,
            relations=facts.relations,
            elevations=live.elevations(who.tenant, actors, self._clock.now()),
        )


def _roles(who: Principal) -> tuple[str, ...]:
    return tuple(sorted({value for name, value in who.claims if name == "role"}))


def _behalf(who: Principal) -> Iterator[Actor]:
    """Yields those for whom a principal acts, the nearest first."""
    while who.on_behalf_of is not None:
        who = who.on_behalf_of
        yield Actor(who.id, _roles(who))
