"""Callers known by a JWT access token of an OpenID provider, RFC 9068 on RFC 7519, with keys as RFC 7517 has them.

1. The token is of at most `MOST` characters; its header names a type, a key by id, and one of the issuer's algorithms,
   which all need a public key: `none` and shared secrets are never taken.
2. The issuer is the one that is configured under exactly that name, and the signature holds under its key of that id.
3. Audience, times, client, and the claims that RFC 9068 2.2 requires are there and fit.
4. A token that is bound to a certificate (RFC 8705 3) counts on a connection that showed it; one that is bound to
   another key (RFC 9449 6) does not, for nobody here asks for the proof.
5. Who acts for whom is the claim `act` (RFC 8693 4.1): the outermost one calls, and the subject is whom it is for.

A token that was verified is remembered, by its digest, until it expires or the keys change.
"""

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from asepsis.core.errors import InputError
from asepsis.core.ports import Clock
from asepsis.core.types import Principal, Purpose
from asepsis.identity.config import Issuer
from asepsis.identity.keysets import key_set

__all__ = ["ID_JAG", "MOST", "TokenIdentifier", "Verified"]

MOST: Final = 16_384
"""How many characters a token may have."""

ID_JAG: Final = "oauth-id-jag+jwt"
"""The type of an identity assertion authorization grant, draft-ietf-oauth-identity-assertion-authz-grant."""

_REMEMBERED: Final = 4096
_CHAIN: Final = 8
_GROUPS: Final = 512
_NAME: Final = 256
_PURPOSES: Final = frozenset(one.value for one in Purpose)


class _Head(msgspec.Struct, frozen=True):
    alg: str
    kid: str
    typ: str = ""


class Verified(NamedTuple):
    """What a token says: who, until when in seconds since the epoch, for which client, its id, and its scope.

    `bound` is the SHA-256, as RFC 8705 3.1 writes it, of the certificate without which it does not count.
    """

    principal: Principal
    until: int
    client: str
    id: str
    scope: str
    bound: str = ""


class _Refused(Exception):
    """A token that is not taken; why is nobody's to know."""


class TokenIdentifier:
    """Says who stands behind a token; `keys` are the issuers' key sets as fetched, by the issuers' sources."""

    def __init__(self, issuers: Sequence[Issuer], keys: Mapping[str, str], *, tenant: str, clock: Clock) -> None:
        self._issuers = {one.issuer: one for one in issuers}
        self._keys: dict[str, KeySet] = {}
        for one in issuers:
            try:
                self._keys[one.issuer] = key_set(keys.get(one.source, "").encode())
            except InputError:
                continue  # without keys nobody of that issuer is known
        self._tenant = tenant
        self._clock = clock
        self._known: dict[bytes, Verified] = {}

    def principal(self, token: str, /, *, certificate: str = "") -> Principal | None:
        """Returns who is behind a token, None where it does not hold."""
        known = self.verified(token, certificate=certificate)
        return known.principal if known is not None else None

    def verified(self, token: str, /, *, certificate: str = "") -> Verified | None:
        """Returns what an access token says, None where it does not hold with that certificate."""
        if len(token) > MOST:
            return None
        digest = hashlib.sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known is None:
            known = self._read(token)
            if known is None:
                return None
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[digest] = known
        if known.bound and known.bound != certificate:
            return None
        return known if self._clock.now() // 1000 < known.until else None

    def assertion(self, token: str, /, *, audience: str) -> Verified | None:
        """Returns what an identity assertion for an authorization server says, None where it does not hold."""
        return self._read(token, type=ID_JAG, audience=audience) if len(token) <= MOST else None

    def _read(self, token: str, *, type: str = "", audience: str = "") -> Verified | None:  # noqa: A002 the header's name
        try:
            return self._verified(token, type, audience)
        except (_Refused, JoseError, LookupError, ValueError, TypeError, OverflowError, RecursionError):
            return None

    def _verified(self, token: str, kind: str, audience: str) -> Verified:
        issuer = self._issuers[_unverified_issuer(token)]
        keys = self._keys[issuer.issuer]
        read = jwt.decode(token, keys, algorithms=list(issuer.algorithms))
        head = msgspec.convert(read.header, _Head)
        wanted = kind or issuer.token_type
        if head.typ.lower().removeprefix("application/") != wanted.lower() or read.header.get("crit"):
            raise _Refused
        claims = read.claims
        until = _times(claims, issuer, self._clock.now() // 1000)
        given = claims["aud"]
        audiences = given if isinstance(given, list) else [given]
        if claims["iss"] != issuer.issuer or (audience or issuer.audience) not in audiences:
            raise _Refused
        client = claims.get("client_id", claims.get("azp"))
        if not isinstance(client, str) or (issuer.clients and client not in issuer.clients):
            raise _Refused
        scope = claims.get("scope", "")
        if not isinstance(scope, str):
            raise _Refused
        bound = _bound(claims.get("cnf"))
        return Verified(self._chain(claims, issuer), until, client, str(claims["jti"]), scope, bound)

    def _chain(self, claims: Mapping[str, object], issuer: Issuer) -> Principal:
        """Returns who calls, with whom it is on behalf of; the outermost `act` is who calls now."""
        purpose = claims.get(issuer.purpose_claim, issuer.purpose.value)
        if purpose not in _PURPOSES:
            raise _Refused
        who = self._one(claims, issuer, str(purpose))
        actors: list[Mapping[str, object]] = []
        act = claims.get("act")
        while act is not None:
            if not isinstance(act, dict) or len(actors) >= _CHAIN:
                raise _Refused
            actors.append(act)
            act = act.get("act")
        for actor in reversed(actors):
            who = msgspec.structs.replace(self._one(actor, issuer, str(purpose)), on_behalf_of=who)
        return who

    def _one(self, claims: Mapping[str, object], issuer: Issuer, purpose: str) -> Principal:
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _NAME or not subject.isprintable():
            raise _Refused
        groups = claims.get(issuer.groups_claim, [])
        if not isinstance(groups, list) or len(groups) > _GROUPS:
            raise _Refused
        roles = sorted({one.role for one in issuer.roles if one.group in groups})
        said = [("purpose", purpose)] if purpose != Purpose.UNSTATED else []
        return Principal(
            tenant=issuer.tenant or self._tenant,
            id=f"{issuer.name}:{subject}",
            application=issuer.application,
            claims=(*said, *(("role", role) for role in roles)),
        )


def _unverified_issuer(token: str) -> str:
    """Returns the issuer that a token says it is of, to look its keys up by; nothing else is believed of it."""
    payload = token.split(".")[1]
    said = msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=dict[str, msgspec.Raw])
    return msgspec.json.decode(said["iss"], type=str)


def _bound(cnf: object) -> str:
    """Returns the certificate that a token is bound to; what is bound in a way nobody here can check does not hold."""
    if cnf is None:
        return ""
    if not isinstance(cnf, dict) or set(cnf) != {"x5t#S256"} or not isinstance(cnf["x5t#S256"], str):
        raise _Refused
    return cnf["x5t#S256"] or "-"


class _Times(msgspec.Struct, frozen=True):
    """What RFC 9068 2.2 requires of a token's times and id; JSON numbers, with or without a fraction."""

    exp: float
    iat: float
    jti: str
    nbf: float = 0


def _times(claims: Mapping[str, object], issuer: Issuer, now: int) -> int:
    """Returns until when a token is good, in seconds since the epoch; raises where it is not good now."""
    said = msgspec.convert(claims, _Times)
    until = int(said.exp) + issuer.leeway_seconds
    since = max(said.iat, said.nbf) - issuer.leeway_seconds
    if not since <= now < until or said.exp - said.iat > issuer.longest_seconds:
        raise _Refused
    return until
