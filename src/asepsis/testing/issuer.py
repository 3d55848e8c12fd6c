"""An OpenID provider that issues access tokens, RFC 9068, and replaces its keys; served on loopback where wanted."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

__all__ = ["ServedIssuer", "TestIssuer", "claims", "sign"]

_HOST: Final = "127.0.0.1"


def claims(issuer: str, subject: str, /, *, now: int, **more: object) -> dict[str, object]:
    """Returns the claims of an access token that is good for five minutes; `more` are added, or taken out with None."""
    made: dict[str, object] = {
        "iss": issuer,
        "aud": "asepsis",
        "sub": subject,
        "client_id": "portal",
        "iat": now,
        "exp": now + 300,
        "jti": f"{subject}-{now}",
        **more,
    }
    return {name: value for name, value in made.items() if value is not None}


def sign(key: ECKey, payload: dict[str, object], /, *, kid: str, typ: str = "at+jwt") -> str:
    """Returns the token of some claims, signed with ES256."""
    return jwt.encode({"alg": "ES256", "typ": typ, "kid": kid}, payload, key)


class TestIssuer:
    """Signs tokens as the issuer `name`, with the newest of its keys."""

    __test__ = False

    def __init__(self, name: str = "https://issuer.example") -> None:
        self.name = name
        self._keys: list[ECKey] = []
        self.rotate()

    def rotate(self) -> None:
        """Signs with a new key from now on; the one before stays in the set."""
        number = len(self._keys)
        self._keys.append(ECKey.generate_key("P-256", {"kid": f"key-{number}", "use": "sig"}, private=True))

    def key_set(self) -> str:
        """Returns the public keys as JSON (RFC 7517)."""
        return json.dumps(KeySet([*self._keys[-2:]]).as_dict(private=False))

    def token(self, subject: str, /, *, now: int, typ: str = "at+jwt", **more: object) -> str:
        """Returns a token for a subject; `more` are claims, None takes one out."""
        key = self._keys[-1]
        return sign(key, claims(self.name, subject, now=now, **more), kid=f"key-{len(self._keys) - 1}", typ=typ)


class ServedIssuer(TestIssuer):
    """Serves its key set at `jwks` while it is entered as a context; where `fails` is set it answers 503."""

    def __init__(self) -> None:
        self.fails = False
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            """Answers every address with the key set."""

            def do_GET(self) -> None:
                """Sends the key set, or fails."""
                body = issuer.key_set().encode()
                self.send_response(503 if issuer.fails else 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
                """Says nothing."""

        self._server = ThreadingHTTPServer((_HOST, 0), Handler)
        super().__init__(f"http://{_HOST}:{self._server.server_port}")
        self.jwks = f"{self.name}/jwks.json"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
