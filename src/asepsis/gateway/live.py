"""What the gateway knows at a moment: one read-only value, swapped whole, so that a call sees one state of things."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from asepsis.core.ports import (
    Approvals,
    Budgets,
    Conversations,
    Directives,
    Identifier,
    Labeller,
    Policy,
    Provider,
    Resolver,
    Scanner,
    Transformer,
    Transport,
)
from asepsis.core.types import Elevation
from asepsis.gateway.config import GatewayConfig, Upstream
from asepsis.gateway.errors import Denied
from asepsis.gateway.pseudonyms import Vaults

__all__ = ["Elevated", "Kill", "Live"]


class Kill(NamedTuple):
    """A switch that is thrown: `target` is `application`, `model`, `tool` or `principal`; `name` may be `*`."""

    tenant: str
    target: str
    name: str


class Elevated(NamedTuple):
    """What somebody may do for a time, and until when, in milliseconds."""

    tenant: str
    principal: str
    template: str
    link: str
    expires: int


class Live(msgspec.Struct, frozen=True):
    """The configuration, the ports made from it, and the thrown switches.

    `providers` and `transports` are by upstream; one without a transport of its own shares the worker's. `vault` is
    there where an application's requests get tokens, `resolver` where there is a roster, `labeller` where what requests
    speak of is noted, `approvals` where there are people who can approve, `budgets` and `directives` where there are
    some, `conversations` where the arguments of tool calls in answers are watched, and `elevated` is what some may do
    for a time.
    """

    config: GatewayConfig
    identifier: Identifier
    policy: Policy
    scanner: Scanner
    transformer: Transformer
    providers: Mapping[str, Provider]
    kills: frozenset[Kill] = frozenset()
    transports: Mapping[str, Transport] = {}
    vault: Vaults | None = None
    resolver: Resolver | None = None
    labeller: Labeller | None = None
    approvals: Approvals | None = None
    budgets: Budgets | None = None
    directives: Directives | None = None
    elevated: tuple[Elevated, ...] = ()
    conversations: Conversations | None = None

    def elevations(self, tenant: str, principals: Sequence[str], now: int, /) -> tuple[Elevation, ...]:
        """Returns what some may do for a time that is not over."""
        if not self.elevated:
            return ()
        mine = [one for one in self.elevated if one.tenant == tenant and one.principal in principals]
        return tuple(sorted(Elevation(one.principal, one.template, one.link) for one in mine if now < one.expires))

    def killed(self, tenant: str, names: Sequence[tuple[str, str]], /) -> str:
        """Returns which of the (target, name) pairs is switched off, an empty string if none is."""
        if not self.kills:
            return ""
        thrown = {(one.target, one.name.casefold()) for one in self.kills if one.tenant == tenant}
        for target, name in names:
            if (target, name.casefold()) in thrown or (target, "*") in thrown:
                return target
        return ""

    def candidates(self, family: str, model: str, /) -> tuple[Upstream, ...]:
        """Returns the first upstream of that family that has the model, and its fallbacks; raises Denied for none."""
        first = self.upstream(family, model)
        if not first.fallbacks:
            return (first,)
        known = {one.name: one for one in self.config.upstreams}
        return (first, *(known[name] for name in first.fallbacks))

    def upstream(self, family: str, model: str, /) -> Upstream:
        """Returns the first upstream of that family that has the model (any, for no model); raises Denied."""
        for upstream in self.config.upstreams:
            if upstream.family == family and (
                not model or any(fnmatchcase(model, pattern) for pattern in upstream.models)
            ):
                return upstream
        raise Denied("gateway.model", "no upstream has this model")
