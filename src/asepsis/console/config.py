"""The settings of the room `console`."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from asepsis.core.errors import ConfigError
from asepsis.identity.config import ListenTls
from asepsis.infra.peers import is_loopback
from asepsis.infra.secrets import OptionalSecretUri

__all__ = ["Access", "ConsoleConfig", "May", "SignIn", "check_url"]

May = Literal["view", "approve"]
"""What somebody may do here; who may approve may view."""


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Signing in by an OpenID provider, one of `identity.issuers`, whose roles hold here too.

    `client_id` is what the provider knows the console as; without a `client_secret` it is a public client. A session
    ends after `hours`, after `idle_minutes` without a look, and when the provider says so. Whoever approves has to have
    shown a second factor, as one of `acr` or `amr` says, in the last `fresh_minutes`; with neither of the two no
    factor is asked for beyond the sign-in itself.
    """

    issuer: str
    client_id: str
    client_secret: OptionalSecretUri = ""
    scopes: tuple[str, ...] = ("openid",)
    hours: Annotated[int, Meta(ge=1, le=24)] = 8
    idle_minutes: Annotated[int, Meta(ge=1, le=240)] = 20
    acr: tuple[str, ...] = ()
    amr: tuple[str, ...] = ("mfa",)
    fresh_minutes: Annotated[int, Meta(ge=1, le=480)] = 30


class Access(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people in a role may do in the console and its API; `groups` are those for which they approve."""

    role: str
    may: May = "view"
    groups: tuple[str, ...] = ()


class ConsoleConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the console listens and how much it keeps in memory; beyond loopback only by TLS, and signed in to.

    `calls` is how many of the latest calls can be looked at, `page` how many stand on one page, `viewers` how many
    browsers may follow live at a time. `url` is the address that browsers know it by, where a proxy stands before it.
    Without `sign_in` whoever reaches it may look and nobody may approve; with it `access` says who may do what.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8081
    tls: ListenTls = ListenTls()
    calls: Annotated[int, Meta(ge=1, le=100_000)] = 500
    page: Annotated[int, Meta(ge=1, le=1_000)] = 50
    viewers: Annotated[int, Meta(ge=1, le=1_000)] = 32
    url: str = ""
    sign_in: SignIn | None = None
    access: tuple[Access, ...] = ()

    @property
    def address(self) -> str:
        """The address that browsers know it by, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.url.rstrip("/") or f"{'https' if self.tls.certificate else 'http'}://{host}:{self.port}"


def check_url(url: str, /) -> str:
    """Returns the address for browsers, if it is one by https, or http on loopback; raises ConfigError."""
    split = urlsplit(url)
    safe = split.scheme == "https" or (split.scheme == "http" and is_loopback(split.hostname or ""))
    if not split.hostname or not safe or split.path.strip("/") or split.query or split.fragment or split.username:
        raise ConfigError("expected an https address without a path, or http on loopback", place="console.url")
    return url
