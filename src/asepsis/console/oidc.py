"""The protocol of signing in: OpenID Connect 1.0, authorization code with PKCE (RFC 7636), without input or output.

1. Each sign-in has a state, a nonce and a verifier of its own, 256 bits each; the browser keeps them, sealed.
2. An answer counts when its state is the browser's, it comes in time, and its issuer (RFC 9207) is the provider asked.
3. The code goes to the provider with the verifier, and nobody else's code can be brought in (RFC 9700 2.1).
4. The ID token holds by a key of the provider, for this client alone, with the nonce, in its time (Core 3.1.3.7).
5. Where a fresh or stronger sign-in was asked for, the token says that it was one.
6. A logout token holds as an ID token does, says that it is one, and has no nonce (Back-Channel Logout 1.0, 2.6).
"""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from hmac import compare_digest
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from asepsis.console.config import SignIn
from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.ports import Randomness
from asepsis.identity.config import Issuer

__all__ = [
    "DISCOVERY",
    "Begun",
    "Ended",
    "Provider",
    "SignedIn",
    "address",
    "begin",
    "code",
    "credentials",
    "ended",
    "form",
    "provider",
    "signed_in",
]

DISCOVERY: Final = "/.well-known/openid-configuration"
"""Where a provider says what it is, behind its issuer's address (Discovery 1.0, 4)."""

_LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"
_RANDOM: Final = 32
_SECONDS: Final = 600
_MOST: Final = 16_384
_NAME: Final = 256
_GROUPS: Final = 512
_OTHER_TYPES: Final = frozenset({"at+jwt", "logout+jwt", "dpop+jwt"})
_LOGOUT_TYPES: Final = frozenset({"logout+jwt", "jwt", ""})


class Provider(msgspec.Struct, frozen=True):
    """What a provider's metadata says, as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str = ""
    authorization_response_iss_parameter_supported: bool = False


class Begun(msgspec.Struct, frozen=True):
    """A sign-in that waits for the provider: its secrets, where to go then, and until when it counts (seconds).

    `again` asks for a fresh sign-in with a second factor, of somebody who is here already.
    """

    state: str
    nonce: str
    verifier: str
    path: str
    until: int
    again: bool = False


class SignedIn(msgspec.Struct, frozen=True):
    """Who signed in: subject and session at the provider, roles, and how and when (seconds) they showed who it is."""

    subject: str
    sid: str
    roles: tuple[str, ...]
    acr: str
    amr: tuple[str, ...]
    at: int


class Ended(NamedTuple):
    """Whose sessions a provider ends: of a subject, of one of its sessions, or of both."""

    subject: str
    sid: str


class _Claims(msgspec.Struct, frozen=True):
    """The claims that are read of an ID token; JSON numbers, with or without a fraction."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str
    azp: str | None = None
    auth_time: float = 0
    acr: str = ""
    amr: list[str] = []
    sid: str = ""
    nbf: float = 0


class _LogoutClaims(msgspec.Struct, frozen=True):
    iss: str
    aud: str | list[str]
    exp: float
    iat: float
    jti: str
    events: dict[str, dict[str, msgspec.Raw]]
    sub: str = ""
    sid: str = ""
    nonce: msgspec.Raw | None = None


class _Head(msgspec.Struct, frozen=True):
    alg: str
    kid: str
    typ: str = ""
    crit: msgspec.Raw | None = None


def provider(data: bytes, /, *, issuer: str) -> Provider:
    """Reads a provider's metadata; raises NotTrusted where it is another's, InputError where it can't be read."""
    try:
        found = msgspec.json.decode(data, type=Provider)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("expected the metadata of an OpenID provider") from error
    if found.issuer != issuer:
        raise NotTrusted("expected the metadata of the issuer that is configured")
    return found


def begin(randomness: Randomness, now: int, /, *, path: str, again: bool) -> Begun:
    """Returns a new sign-in; `now` is in seconds."""
    state, nonce, verifier = (_text(randomness.bytes(_RANDOM)) for _ in range(3))
    return Begun(state, nonce, verifier, path, now + _SECONDS, again)


def address(one: Provider, begun: Begun, config: SignIn, /, *, back: str) -> str:
    """Returns where the browser goes to sign in; `back` is where the provider sends it then."""
    asked = {
        "response_type": "code",
        "client_id": config.client_id,
        "redirect_uri": back,
        "scope": " ".join(config.scopes),
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": _text(hashlib.sha256(begun.verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    if begun.again:
        asked["max_age"] = "0"
        asked |= {"acr_values": " ".join(config.acr)} if config.acr else {}
    mark = "&" if urlsplit(one.authorization_endpoint).query else "?"
    return f"{one.authorization_endpoint}{mark}{urlencode(asked)}"


def code(one: Provider, begun: Begun, query: Mapping[str, str], now: int, /) -> str:
    """Returns the code of the provider's answer; raises NotTrusted for an answer to something else, or of another."""
    same = compare_digest(query.get("state", "").encode(), begun.state.encode())
    issuer = query.get("iss", "" if one.authorization_response_iss_parameter_supported else one.issuer)
    if not same or now >= begun.until or issuer != one.issuer or not query.get("code"):
        raise NotTrusted("expected the provider's answer to this sign-in")
    return query["code"]


def form(begun: Begun, got: str, config: SignIn, /, *, back: str) -> dict[str, str]:
    """Returns what is posted for the tokens; a public client says who it is in it."""
    said = {"grant_type": "authorization_code", "code": got, "redirect_uri": back, "code_verifier": begun.verifier}
    return said if config.client_secret else {**said, "client_id": config.client_id}


def credentials(client: str, secret: str, /) -> tuple[tuple[str, str], ...]:
    """Returns the header by which a client with a secret says who it is (RFC 6749 2.3.1), none without one."""
    pair = b64encode(f"{quote(client, safe='')}:{quote(secret, safe='')}".encode()).decode()
    return (("authorization", f"Basic {pair}"),) if secret else ()


def signed_in(data: bytes, begun: Begun, keys: KeySet, issuer: Issuer, config: SignIn, *, now: int) -> SignedIn:
    """Reads the token endpoint's answer and returns who signed in; raises NotTrusted."""
    try:
        token = msgspec.json.decode(msgspec.json.decode(data, type=dict[str, msgspec.Raw])["id_token"], type=str)
        head, raw = _read(token, keys, issuer)
        claims = msgspec.convert(raw, _Claims)
        _same(claims.iss, claims.aud, issuer, config)
        _in_time(claims.exp, max(claims.iat, claims.nbf), issuer, now)
        azp = claims.azp if claims.azp is not None else config.client_id
        several = isinstance(claims.aud, list) and len(claims.aud) > 1 and claims.azp is None
        nonce = compare_digest(claims.nonce.encode(), begun.nonce.encode())
        if not nonce or azp != config.client_id or several or head.typ.lower() in _OTHER_TYPES:
            raise NotTrusted("expected an ID token of this sign-in")
        if begun.again and claims.auth_time < begun.until - _SECONDS - issuer.leeway_seconds:
            raise NotTrusted("expected a sign-in that is fresh")
        if not 0 < len(claims.sub) <= _NAME or not claims.sub.isprintable():
            raise NotTrusted("expected a subject")
        # Without `auth_time` nobody knows when they showed who they are: a provider lets a session of its own go on.
        at = int(claims.auth_time)
        return SignedIn(claims.sub, claims.sid, _roles(raw, issuer), claims.acr, tuple(claims.amr), at)
    except (JoseError, LookupError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise NotTrusted("expected an ID token that holds") from error


def ended(token: str, keys: KeySet, issuer: Issuer, config: SignIn, *, now: int) -> Ended:
    """Returns whose sessions a logout token ends; raises NotTrusted."""
    try:
        head, raw = _read(token, keys, issuer)
        claims = msgspec.convert(raw, _LogoutClaims)
        _same(claims.iss, claims.aud, issuer, config)
        _in_time(claims.exp, claims.iat, issuer, now)
        known = head.typ.lower() in _LOGOUT_TYPES and claims.nonce is None and _LOGOUT in claims.events
        if not known or not (claims.sub or claims.sid):
            raise NotTrusted("expected a logout token")
        return Ended(claims.sub, claims.sid)
    except (JoseError, LookupError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise NotTrusted("expected a logout token that holds") from error


def _read(token: str, keys: KeySet, issuer: Issuer) -> tuple[_Head, Mapping[str, object]]:
    if len(token) > _MOST:
        raise NotTrusted("expected a token of a usual length")
    read = jwt.decode(token, keys, algorithms=list(issuer.algorithms))
    head = msgspec.convert(read.header, _Head)
    if head.crit is not None:
        raise NotTrusted("expected a token without extensions")
    return head, read.claims


def _same(issuer: str, audience: str | list[str], known: Issuer, config: SignIn) -> None:
    audiences = audience if isinstance(audience, list) else [audience]
    if issuer != known.issuer or config.client_id not in audiences:
        raise NotTrusted("expected a token of the provider for this client")


def _in_time(until: float, since: float, issuer: Issuer, now: int) -> None:
    if not since - issuer.leeway_seconds <= now < until + issuer.leeway_seconds:
        raise NotTrusted("expected a token that is good now")


def _roles(claims: Mapping[str, object], issuer: Issuer) -> tuple[str, ...]:
    groups = claims.get(issuer.groups_claim, [])
    if not isinstance(groups, list) or len(groups) > _GROUPS:
        raise NotTrusted("expected groups")
    return tuple(sorted({one.role for one in issuer.roles if one.group in groups}))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
