"""Call tokens as compact JWS (RFC 7515 3.1, RFC 8037 3.1): signed with Ed25519, for one call.

1. The header is one line of bytes, compared as it is: there is no algorithm to choose, no key to fetch, nothing to
   confuse (RFC 8725 3.1, 3.11).
2. The claims bind the audience (the server), the tool, the SHA-256 of the canonical arguments, who calls and on whose
   behalf, a nonce, and at most 60 seconds.
3. A verifier says no to everything else with one error, and takes each nonce once.

What a token says is nobody's secret; whoever takes one off the wire can make no other call with it, and this one only
if the tool never got it.
"""

import base64
import binascii
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from asepsis.core import canonical
from asepsis.core.errors import Bug, NotTrusted
from asepsis.core.ports import Clock
from asepsis.tools.passes.replay import Replay
from asepsis.tools.types import Json

__all__ = ["LIFETIME_SECONDS", "Pass", "Verifier", "arguments_digest", "mint"]

LIFETIME_SECONDS: Final = 60
_HEADER: Final = base64.urlsafe_b64encode(b'{"alg":"Ed25519","typ":"asepsis-call+jwt"}').rstrip(b"=")
_MOST_BYTES: Final = 4096
_SKEW_SECONDS: Final = 5


class Pass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The claims: issuer, audience, subject, whom they act for, tool, digest of the arguments, nonce and times."""

    iss: str
    aud: str
    sub: str
    act: tuple[str, ...]
    tool: str
    args: str
    jti: str
    iat: int
    exp: int


def arguments_digest(arguments: Json, /) -> str:
    """Returns the SHA-256 of arguments in canonical form, in hex; raises Bug for what JSON can't say."""
    return canonical.digest(arguments)


def mint(claims: Pass, key: Ed25519PrivateKey, /) -> str:
    """Returns a token; raises Bug for claims that last longer than a token may."""
    if not 0 < claims.exp - claims.iat <= LIFETIME_SECONDS:
        raise Bug(f"a call token lasts at most {LIFETIME_SECONDS} seconds")
    signed = _HEADER + b"." + _encoded(msgspec.json.encode(claims))
    return (signed + b"." + _encoded(key.sign(signed))).decode()


class Verifier:
    """What the owner of a tool needs: the public key, the own name as audience, a clock and a replay cache."""

    def __init__(self, key: Ed25519PublicKey, *, audience: str, clock: Clock, replay: Replay) -> None:
        self._key = key
        self._audience = audience
        self._clock = clock
        self._replay = replay

    def verify(self, token: str, /, *, tool: str, arguments: Json) -> Pass:
        """Returns the claims of a token that holds for just this call, and uses it up; raises NotTrusted."""
        claims = self._read(token)
        now = self._clock.now() // 1000
        good = (
            claims.aud == self._audience
            and claims.tool == tool
            and claims.args == arguments_digest(arguments)
            and 0 < claims.exp - claims.iat <= LIFETIME_SECONDS
            and claims.iat - _SKEW_SECONDS <= now < claims.exp
        )
        if not good or not self._replay.first(claims.jti, until=claims.exp, now=now):
            raise NotTrusted("the call token does not hold for this call")
        return claims

    def _read(self, token: str) -> Pass:
        try:
            header, payload, signature = token.encode("ascii").split(b".")
            if header != _HEADER or len(token) > _MOST_BYTES:
                raise NotTrusted("the call token does not hold for this call")
            self._key.verify(_decoded(signature), header + b"." + payload)
            return msgspec.json.decode(_decoded(payload), type=Pass)
        except (ValueError, InvalidSignature, msgspec.DecodeError, binascii.Error, RecursionError) as error:
            raise NotTrusted("the call token does not hold for this call") from error


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decoded(data: bytes) -> bytes:
    """Returns the bytes behind base64url without padding (RFC 7515 2); only its one canonical form is taken."""
    found = base64.b64decode(data + b"=" * (-len(data) % 4), altchars=b"-_", validate=True)
    if _encoded(found) != data:
        raise ValueError("not canonical")
    return found
