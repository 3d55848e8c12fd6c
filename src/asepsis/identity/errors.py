"""Why a token is not exchanged, in OAuth's words."""

from typing import Literal

__all__ = ["OAuthError", "Refused"]

OAuthError = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "invalid_target",
    "invalid_dpop_proof",
    "invalid_authorization_details",
    "unsupported_grant_type",
    "temporarily_unavailable",
]
"""Codes of RFC 6749 5.2, RFC 8693 2.2.2, RFC 9396 5 and RFC 9449 5."""


class Refused(Exception):
    """A request to the token endpoint that is answered with an error; `said` is safe to show."""

    def __init__(self, code: OAuthError, said: str) -> None:
        super().__init__(said)
        self.code = code
        self.said = said
