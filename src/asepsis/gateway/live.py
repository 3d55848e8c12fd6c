"""What the gateway knows at a moment: one read-only value, swapped whole, so that a call sees one state of things."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from asepsis.core.ports import Identifier, Policy, Scanner, Transformer
from asepsis.gateway.config import GatewayConfig, Upstream
from asepsis.gateway.errors import Denied

__all__ = ["Kill", "Live"]


class Kill(NamedTuple):
    """A switch that is thrown: `target` is `application`, `model`, `tool` or `principal`; `name` may be `*`."""

    tenant: str
    target: str
    name: str


class Live(msgspec.Struct, frozen=True):
    """The configuration, the ports made from it, the upstreams' credentials, and the thrown switches."""

    config: GatewayConfig
    identifier: Identifier
    policy: Policy
    scanner: Scanner
    transformer: Transformer
    credentials: dict[str, str]
    kills: frozenset[Kill] = frozenset()

    def killed(self, tenant: str, names: Sequence[tuple[str, str]], /) -> str:
        """Returns which of the (target, name) pairs is switched off, an empty string if none is."""
        if not self.kills:
            return ""
        for target, name in names:
            if Kill(tenant, target, name) in self.kills or Kill(tenant, target, "*") in self.kills:
                return target
        return ""

    def upstream(self, family: str, model: str, /) -> Upstream:
        """Returns the first upstream of that family that has the model (any, for no model); raises Denied."""
        for upstream in self.config.upstreams:
            if upstream.family == family and (
                not model or any(fnmatchcase(model, pattern) for pattern in upstream.models)
            ):
                return upstream
        raise Denied("gateway.model", "no upstream has this model")
