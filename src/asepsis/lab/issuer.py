"""The lab's OpenID provider: sample users of a health plan, and access tokens (RFC 9068) for whoever names one.

It asks for no password: it is for trying things out on loopback, beside a model that leaks when told to. Its key is
made at each start.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asepsis.core.ports import Clock, Ids

__all__ = ["USERS", "LabIssuer"]

USERS: Final[Mapping[str, tuple[str, str]]] = {
    "rep": ("g-member-services", "HPAYMT"),
    "nurse": ("g-care", "TREAT"),
    "examiner": ("g-claims", "HPAYMT"),
    "reviewer": ("g-reviewers", "HOPERAT"),
    "engineer": ("g-engineers", "HOPERAT"),
}
"""The sample users: each with a group and a purpose of use."""

_LASTS: Final = 3600
_LONGEST: Final = 4096
_KEY: Final = "lab"


class LabIssuer:
    """Issues tokens as the issuer at `address`, for the audience `asepsis`."""

    def __init__(self, address: str, *, clock: Clock, ids: Ids) -> None:
        self._address = address
        self._clock = clock
        self._ids = ids
        self._key = ECKey.generate_key("P-256", {"kid": _KEY, "use": "sig"}, private=True)

    def routes(self) -> list[Route]:
        """Returns where its metadata, its keys and its tokens are, under `/issuer`."""
        return [
            Route("/issuer/.well-known/openid-configuration", self._metadata, methods=["GET"]),
            Route("/issuer/jwks.json", self._keys, methods=["GET"]),
            Route("/issuer/token", self._tokens, methods=["POST"]),
        ]

    def token(self, user: str) -> str:
        """Returns a token of a sample user; raises KeyError for somebody else."""
        group, purpose = USERS[user]
        now = self._clock.now() // 1000
        claims = {
            "iss": self._address,
            "aud": "asepsis",
            "sub": user,
            "client_id": "lab",
            "iat": now,
            "exp": now + _LASTS,
            "jti": self._ids.new(),
            "groups": [group],
            "purpose_of_use": purpose,
        }
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": _KEY}, claims, self._key)

    async def _metadata(self, request: Request) -> Response:  # noqa: ARG002 the server passes it
        return _json(
            {
                "issuer": self._address,
                "jwks_uri": f"{self._address}/jwks.json",
                "token_endpoint": f"{self._address}/token",
                "grant_types_supported": ["client_credentials"],
            }
        )

    async def _keys(self, request: Request) -> Response:  # noqa: ARG002 as above
        return _json(KeySet([self._key]).as_dict(private=False))

    async def _tokens(self, request: Request) -> Response:
        """The client credentials grant (RFC 6749 4.4), with a sample user's name as the client's."""
        body = await request.body()
        user = dict(parse_qsl(body[:_LONGEST].decode("utf-8", "replace"))).get("client_id", "")
        if user not in USERS:
            return _json({"error": "invalid_client", "error_description": f"expected one of {', '.join(USERS)}"}, 401)
        token = self.token(user)
        return _json({"access_token": token, "token_type": "Bearer", "expires_in": _LASTS})


def _json(document: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")
