"""Where tokens are exchanged for grants and grants are given back: RFC 8693, RFC 7009, metadata as in RFC 8414."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from asepsis.core.errors import Error
from asepsis.identity.errors import Refused
from asepsis.identity.exchange import LONGEST, Asking, Exchange, Issued
from asepsis.identity.grants import CERTIFICATE
from asepsis.infra.serving import peer_of

__all__ = ["oauth_routes"]

_FORM: Final = "application/x-www-form-urlencoded"
_STATUS: Final = {"invalid_client": 401, "temporarily_unavailable": 503}
_SECOND: Final = 1000


def oauth_routes(exchange: Exchange, issuer: str, /, *, certified: bool = False) -> list[Route]:
    """Returns the routes of the authorization server at the address `issuer`.

    `certified` says that nobody gets a grant without a client certificate.
    """

    async def metadata(request: Request) -> Response:  # noqa: ARG001 a handler's shape
        """What clients find the endpoints by."""
        return JSONResponse(_metadata(issuer))

    async def token(request: Request) -> Response:
        """A grant for a token."""
        try:
            asking = await _asking(request)
            if certified and not asking.peer.certificate:
                return _refusal(Refused("invalid_client", "expected a client certificate"))
            issued = await asyncio.to_thread(exchange.token, asking)
        except Refused as refused:
            return _refusal(refused)
        except Error:
            return _refusal(Refused("temporarily_unavailable", "nothing can be looked up now; try again later"))
        return JSONResponse(_said(issued, exchange.now()), headers={"cache-control": "no-store"})

    async def revoke(request: Request) -> Response:
        """A grant that is given back."""
        try:
            await asyncio.to_thread(exchange.revoke, await _asking(request))
        except Refused as refused:
            return _refusal(refused)
        except Error:
            return _refusal(Refused("temporarily_unavailable", "nothing can be looked up now; try again later"))
        return Response(status_code=200)

    return [
        Route("/.well-known/oauth-authorization-server", metadata, methods=["GET"]),
        Route("/oauth/token", token, methods=["POST"]),
        Route("/oauth/revoke", revoke, methods=["POST"]),
    ]


async def _asking(request: Request) -> Asking:
    """Reads a request; raises Refused for what is no form, or too long."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Refused("invalid_request", f"expected {_FORM}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            raise Refused("invalid_request", f"expected at most {LONGEST} bytes")
    proofs = request.headers.getlist("dpop")
    if len(proofs) > 1:
        raise Refused("invalid_dpop_proof", "expected one proof")
    authorization = request.headers.get("authorization", "")
    return Asking(bytes(body), authorization, proofs[0] if proofs else "", peer_of(request.scope))


def _said(issued: Issued, now: int) -> dict[str, object]:
    grant = issued.grant
    return {
        "access_token": issued.handle,
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "DPoP" if grant.bound and not grant.bound.startswith(CERTIFICATE) else "Bearer",
        "expires_in": max(0, grant.expires - now) // _SECOND,
        "scope": " ".join(grant.scope),
        "grant": grant.id,
    }


def _refusal(refused: Refused) -> Response:
    status = _STATUS.get(refused.code, 400)
    headers = {"cache-control": "no-store"} | ({"www-authenticate": "Basic"} if status == 401 else {})
    return JSONResponse({"error": refused.code, "error_description": refused.said}, status, headers)


def _metadata(issuer: str) -> dict[str, object]:
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "grant_types_supported": [
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
        "authorization_details_types_supported": ["asepsis_session"],
        "tls_client_certificate_bound_access_tokens": True,
        "dpop_signing_alg_values_supported": ["ES256", "Ed25519"],
        "response_types_supported": [],
    }
