"""The settings of the room `gateway`."""

from typing import Literal

import msgspec

from asepsis.gateway.limits import Limits, StreamLimits

__all__ = ["CallLimits", "GatewayConfig", "Upstream"]


class Upstream(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model server.

    `base_url` ends where the API's own path begins (`https://api.openai.com/v1`). `credential` is the URI of the key
    that is sent there as `auth` says; with `auth = "caller"` the caller's own key goes through. `models` are globs.
    """

    name: str
    base_url: str
    family: Literal["openai", "anthropic"] = "openai"
    models: tuple[str, ...] = ("*",)
    auth: Literal["none", "bearer", "x-api-key", "api-key", "caller"] = "none"
    credential: str = ""


class CallLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sizes in bytes and times in seconds past which a call is closed."""

    request_bytes: int = 8_388_608
    answer_bytes: int = 16_777_216
    header_bytes: int = 32_768
    receive_seconds: float = 30.0
    connect_seconds: float = 10.0
    idle_seconds: float = 300.0


class GatewayConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the gateway listens, whom it asks, and how much it takes.

    `observe` names the applications for which decisions are recorded and nothing is touched.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    drain_seconds: int = 30
    upstreams: tuple[Upstream, ...] = ()
    observe: tuple[str, ...] = ()
    call: CallLimits = CallLimits()
    document: Limits = Limits()
    stream: StreamLimits = StreamLimits()
