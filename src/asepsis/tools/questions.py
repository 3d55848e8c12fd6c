"""What policy is asked of a call of a tool: who calls, for whom and for what, and what is known of whom it is about."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from asepsis.core import canonical
from asepsis.core.ports import Clock, Digester, Facts
from asepsis.core.types import Action, Actor, DecisionInput, Principal, Purpose
from asepsis.infra.clock import today
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.live import Live
from asepsis.tools.mcp.front import Call
from asepsis.tools.members import About
from asepsis.tools.types import ArgumentRole, Manifest

__all__ = ["Questions"]

_ANYTHING: Final = frozenset({ArgumentRole.TEXT, ArgumentRole.TIME, ArgumentRole.QUERY, ArgumentRole.FREE})


class Questions(NamedTuple):
    """Puts questions, with the clock and the digests of the firewall."""

    clock: Clock
    digester: Digester

    def ask(
        self, who: Principal, live: Live, call: Call, *, manifest: Manifest, monitor: Monitor, about: About
    ) -> DecisionInput:
        """Returns the question whether a call may be made.

        Its labels are those of what the session has read and of what the tool would answer; the members are those of
        the session and of the call.
        """
        purpose = Purpose(dict(who.claims).get("purpose", Purpose.UNSTATED))
        members = about.digests | {one.digest for one in monitor.subjects}
        facts = live.directives.about(members, who, purpose) if live.directives is not None else Facts()
        behalf = _behalf(who)
        now = self.clock.now()
        return DecisionInput(
            tenant=who.tenant,
            action=Action.TOOL_CALL,
            principal=who.id,
            application=who.application,
            purpose=purpose,
            surface="mcp",
            tool=call.tool,
            roles=_roles(who),
            labels=tuple(sorted(monitor.categories | manifest.answers)),
            members=len(members),
            day=today(now),
            on_behalf_of=behalf,
            arguments=tuple(self._weighty(who, call, manifest)),
            consented=facts.consented,
            refused=facts.refused,
            relations=facts.relations,
            elevations=live.elevations(who.tenant, (who.id, *(one.id for one in behalf)), now),
        )

    def _weighty(self, who: Principal, call: Call, manifest: Manifest) -> Iterator[str]:
        """Yields what a standing approval holds for: all arguments, by keyed digest, but those that may be anything.

        A name that no manifest knows may be anybody's words, and is told as `?`.
        """
        free = {one.path for one in manifest.arguments if one.role in _ANYTHING}
        for name in sorted(set(call.arguments).difference(free)):
            value = canonical.digest((call.tool, name, call.arguments[name]))
            known = name if name in manifest.takes else "?"
            yield f"{known}={self.digester.digest('argument', value, tenant=who.tenant)}"


def _roles(who: Principal) -> tuple[str, ...]:
    return tuple(sorted({value for claim, value in who.claims if claim == "role"}))


def _behalf(who: Principal) -> tuple[Actor, ...]:
    found: list[Actor] = []
    other = who.on_behalf_of
    while other is not None:
        found.append(Actor(other.id, _roles(other)))
        other = other.on_behalf_of
    return tuple(found)
