"""The settings of the room `gateway`."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from asepsis.core.errors import ConfigError
from asepsis.gateway.limits import Limits, StreamLimits
from asepsis.gateway.retry import Rest, Retry
from asepsis.identity.config import ListenTls
from asepsis.infra import schema
from asepsis.infra.secrets import OptionalSecretUri

__all__ = ["CallLimits", "GatewayConfig", "Rename", "Upstream", "check"]


class Rename(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Models whose names fit the glob have this name at the upstream."""

    models: str
    name: str


class Upstream(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model server.

    `base_url` ends where the API's own path begins (`https://api.openai.com/v1`). `credential` is the URI of the key
    that is sent there as `auth` says; with `auth = "caller"` the caller's own key goes through. `models` are globs.
    `plugin` says how it is asked, by default that of its family. `fallbacks` names upstreams of the same family that
    are asked in turn when this one fails; `rename` gives models the names that they have here. `ca_file` and
    `client_certificate` are for HTTPS.
    """

    name: str
    base_url: str
    family: Literal["openai", "anthropic"] = "openai"
    models: tuple[str, ...] = ("*",)
    auth: Literal["none", "bearer", "x-api-key", "api-key", "caller"] = "none"
    credential: OptionalSecretUri = ""
    plugin: str = ""
    fallbacks: tuple[str, ...] = ()
    rename: tuple[Rename, ...] = ()
    retry: Retry = Retry()
    rest: Rest = Rest()
    ca_file: str = ""
    client_certificate: OptionalSecretUri = ""

    def named(self, model: str, /) -> str:
        """Returns the name that a model has here."""
        return next((one.name for one in self.rename if fnmatchcase(model, one.models)), model)


def check(upstreams: Sequence[Upstream], /) -> None:
    """Raises ConfigError for no web address, a name given twice, a fallback that is not there or speaks another API."""
    known = {one.name: one for one in upstreams}
    for number, upstream in enumerate(upstreams):
        place = f"gateway.upstreams[{number}]"
        if known[upstream.name] is not upstream:
            raise ConfigError(f"expected each upstream once, got `{upstream.name}` again", place=f"{place}.name")
        if not _is_web(upstream.base_url):
            raise ConfigError("expected an address such as `https://api.example.com/v1`", place=f"{place}.base_url")
        for name in upstream.fallbacks:
            if name not in known:
                hint = schema.nearest(name, tuple(known))
                raise ConfigError(f"expected an upstream, got `{name}`; {hint}", place=f"{place}.fallbacks")
            if known[name].family != upstream.family or name == upstream.name:
                raise ConfigError(
                    f"expected another upstream of `{upstream.family}`, got `{name}`", place=f"{place}.fallbacks"
                )


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class CallLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sizes in bytes and times in seconds past which a call is closed."""

    request_bytes: int = 8_388_608
    received_bytes: int = 268_435_456
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
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    drain_seconds: Annotated[int, Meta(ge=0, le=3_600)] = 30
    connections: Annotated[int, Meta(ge=1)] = 8_192
    backlog: Annotated[int, Meta(ge=1)] = 4_096
    tls: ListenTls = ListenTls()
    upstreams: tuple[Upstream, ...] = ()
    observe: tuple[str, ...] = ()
    call: CallLimits = CallLimits()
    document: Limits = Limits()
    stream: StreamLimits = StreamLimits()

    @property
    def address(self) -> str:
        """Where it is, as its clients on this machine write it."""
        return f"{'https' if self.tls.certificate else 'http'}://{self.host}:{self.port}"
