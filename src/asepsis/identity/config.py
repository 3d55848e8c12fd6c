"""The settings of the room `identity`."""

from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from asepsis.core.types import Purpose
from asepsis.infra.secrets import OptionalSecretUri

__all__ = [
    "Algorithm",
    "Caller",
    "GrantsConfig",
    "IdentityConfig",
    "Issuer",
    "ListenTls",
    "RoleOf",
    "Source",
    "TrustDomain",
    "WorkloadRule",
]

Algorithm = Literal["ES256", "ES384", "ES512", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
"""Signatures with a public key (RFC 7518 3.1, RFC 8037); nothing else is ever taken."""


class Caller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A caller's key, by its SHA-256 in hex, and what it stands for: application, principal, roles, purpose of use.

    `expires` is the last day, YYYY-MM-DD in UTC, on which the key is good; empty for no end. A principal may have
    several keys, which is how one is replaced. With `networks` it counts from those addresses alone, with
    `certificate_sha256` only on a connection that showed the client's certificate of that SHA-256, in hex over its DER.
    """

    key_sha256: str
    application: str
    principal: str = ""
    tenant: str = ""
    purpose: Purpose = Purpose.UNSTATED
    roles: tuple[str, ...] = ()
    expires: str = ""
    networks: tuple[str, ...] = ()
    certificate_sha256: str = ""


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


class WorkloadRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the workloads are whose SPIFFE ID's path fits the glob `path`, such as `/ns/claims/sa/*`."""

    path: str
    application: str
    roles: tuple[str, ...] = ()
    purpose: Purpose = Purpose.UNSTATED


class TrustDomain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A SPIFFE trust domain whose workloads may call; the first of `workloads` that fits says what one is.

    `bundle` is where its trust bundle is (SPIFFE Trust Domain and Bundle 4): an https address, http on loopback, or a
    file's path. `audience` is what its JWT-SVIDs have to be for; without one none is taken. X.509-SVIDs are taken where
    the gateway's listener trusts the domain (`gateway.tls.trust_domain`).
    """

    name: str
    bundle: str
    workloads: tuple[WorkloadRule, ...]
    audience: str = ""
    algorithms: tuple[Algorithm, ...] = ("ES256", "ES384", "RS256")
    tenant: str = ""

    @property
    def source(self) -> str:
        """What its bundle is known by, as an issuer's keys are."""
        return f"spiffe://{self.name} {self.bundle}"


class Source(NamedTuple):
    """Keys to fetch: whose they are, where from, what they are known by, and whether they are a trust bundle."""

    name: str
    address: str
    source: str
    spiffe: bool


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
    providers whose tokens are taken, `trust_domains` those whose workloads may call; the keys of both are fetched every
    `refresh_seconds`. `grants` are what is given for tokens and keys.
    """

    anonymous: str = ""
    callers: tuple[Caller, ...] = ()
    purpose: Purpose = Purpose.UNSTATED
    roles: tuple[str, ...] = ()
    issuers: tuple[Issuer, ...] = ()
    refresh_seconds: Annotated[int, Meta(ge=1, le=86_400)] = 60
    trust_domains: tuple[TrustDomain, ...] = ()
    grants: GrantsConfig = GrantsConfig()

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where keys are fetched from."""
        issuers = [Source(one.name, one.jwks, one.source, spiffe=False) for one in self.issuers]
        domains = [Source(one.name, one.bundle, one.source, spiffe=True) for one in self.trust_domains]
        return (*issuers, *domains)


class ListenTls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """TLS towards clients, none without a `certificate`: the URI of a chain and its key in PEM.

    Clients are asked for certificates of the authorities in the PEM file `client_ca`, which keys and tokens may be
    bound to, or of the SPIFFE trust domain `trust_domain`, whose workloads they then are; with `required` a client
    without one is turned away.
    """

    certificate: OptionalSecretUri = ""
    client_ca: str = ""
    trust_domain: str = ""
    required: bool = False
