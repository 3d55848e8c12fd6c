"""The settings of the room `identity`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from asepsis.core.types import Purpose

__all__ = ["Algorithm", "Caller", "GrantsConfig", "IdentityConfig", "Issuer", "RoleOf"]

Algorithm = Literal["ES256", "ES384", "ES512", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
"""Signatures with a public key (RFC 7518 3.1, RFC 8037); nothing else is ever taken."""


class Caller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A caller's key, by its SHA-256 in hex, and what it stands for: application, principal, roles, purpose of use.

    `expires` is the last day, YYYY-MM-DD in UTC, on which the key is good; empty for no end. A principal may have
    several keys, which is how one is replaced.
    """

    key_sha256: str
    application: str
    principal: str = ""
    tenant: str = ""
    purpose: Purpose = Purpose.UNSTATED
    roles: tuple[str, ...] = ()
    expires: str = ""


class RoleOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The role that members of a provider's group are in."""

    group: str
    role: str


class Issuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An OpenID provider whose access tokens (RFC 9068) are taken, for calls to one application.

    `issuer` and `audience` are compared exactly. `jwks` is where its keys are: an https address, http on loopback, or
    a file's path. `name` stands before the subject in a principal's id. `groups_claim` has the groups that `roles`
    maps, `purpose_claim` the purpose of use; without one it is `purpose`. `clients` are the OAuth clients whose tokens
    count, none for all. `token_type` is the header `typ`: set it to `JWT` only for a provider that has no other, since
    an ID token then looks like an access token but for its audience.
    """

    name: str
    issuer: str
    audience: str
    jwks: str
    application: str
    algorithms: tuple[Algorithm, ...] = ("ES256", "EdDSA", "RS256")
    groups_claim: str = "groups"
    roles: tuple[RoleOf, ...] = ()
    purpose_claim: str = "purpose_of_use"
    purpose: Purpose = Purpose.UNSTATED
    clients: tuple[str, ...] = ()
    tenant: str = ""
    token_type: Literal["at+jwt", "JWT"] = "at+jwt"  # noqa: S105 a type, not a password
    leeway_seconds: Annotated[int, Meta(ge=0, le=300)] = 30
    longest_seconds: Annotated[int, Meta(ge=60)] = 86_400

    @property
    def source(self) -> str:
        """What its keys are known by: where they are from is part of it, so that another address brings other keys."""
        return f"{self.name} {self.jwks}"


class GrantsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Session grants, given out by the control plane in exchange for tokens (RFC 8693); none without an issuer.

    `issuer` is the control plane's own address as its clients know it, `gateway` the gateway's, which proofs of
    possession name; both without a path at the end. A grant lasts `minutes` at most; with `bound` every one is bound to
    a key of its holder (RFC 9449).
    """

    issuer: str = ""
    gateway: str = ""
    minutes: Annotated[int, Meta(ge=1, le=1440)] = 60
    bound: bool = False


class IdentityConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may call. `anonymous` names the application of callers without a known key; empty refuses them.

    `purpose` is what those callers use data for, `roles` those that policies take them to be in. `issuers` are the
    providers whose tokens are taken, and `refresh_seconds` is how often their keys are fetched. `grants` are what is
    given for tokens and keys.
    """

    anonymous: str = ""
    callers: tuple[Caller, ...] = ()
    purpose: Purpose = Purpose.UNSTATED
    roles: tuple[str, ...] = ()
    issuers: tuple[Issuer, ...] = ()
    refresh_seconds: Annotated[int, Meta(ge=1, le=86_400)] = 60
    grants: GrantsConfig = GrantsConfig()
