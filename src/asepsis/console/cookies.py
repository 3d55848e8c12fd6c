"""The console's two cookies: the secret of a session, and a sign-in that waits for the provider, sealed.

Neither is read by scripts, sent from other sites' forms, or shared with other hosts; over https their names have the
prefix `__Host-`, which a browser takes from nobody else (RFC 6265bis 4.1.3).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.requests import Request
from starlette.responses import Response

from asepsis.console.oidc import Begun
from asepsis.core.ports import Randomness

__all__ = ["Cookies"]

_NONCE: Final = 12
_MOST: Final = 4096
_Name = Literal["session", "sign-in"]


class Cookies:
    """Sets and reads the cookies; `key` has 32 bytes and seals what the browser only keeps."""

    def __init__(self, address: str, key: bytes, randomness: Randomness) -> None:
        self._secure = address.startswith("https:")
        self._before = "__Host-asepsis-" if self._secure else "asepsis-"
        self._seal = AESGCM(key)
        self._randomness = randomness

    def session(self, request: Request, /) -> str:
        """Returns the secret of the browser's session, empty where it has none."""
        return request.cookies.get(f"{self._before}session", "")

    def put_session(self, answer: Response, secret: str, /) -> None:
        """Gives the browser a secret; it keeps it until it is closed, and the server decides when it ends."""
        self._put(answer, "session", secret, None)

    def begun(self, request: Request, /) -> Begun | None:
        """Returns the sign-in that the browser began, None where there is none or it was made elsewhere."""
        text = request.cookies.get(f"{self._before}sign-in", "")
        try:
            data = urlsafe_b64decode(text[:_MOST] + "=" * (-len(text) % 4))
            return msgspec.json.decode(self._seal.decrypt(data[:_NONCE], data[_NONCE:], b"sign-in"), type=Begun)
        except (InvalidTag, ValueError, msgspec.DecodeError):
            return None

    def put_begun(self, answer: Response, begun: Begun, /, *, seconds: int) -> None:
        """Gives the browser a sign-in to keep."""
        nonce = self._randomness.bytes(_NONCE)
        data = nonce + self._seal.encrypt(nonce, msgspec.json.encode(begun), b"sign-in")
        self._put(answer, "sign-in", urlsafe_b64encode(data).decode().rstrip("="), seconds)

    def drop(self, answer: Response, name: _Name, /) -> None:
        """Has the browser forget a cookie."""
        self._put(answer, name, "", 0)

    def _put(self, answer: Response, name: _Name, value: str, seconds: int | None) -> None:
        # Lax, for the provider sends the browser here from its own site; forms have a secret of their own.
        answer.set_cookie(
            f"{self._before}{name}",
            value,
            max_age=seconds,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
