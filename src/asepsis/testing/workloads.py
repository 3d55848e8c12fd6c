"""A SPIFFE trust domain for tests: its bundle, and SVIDs of made-up workloads."""

import json
from base64 import b64encode

from joserfc import jwt
from joserfc.jwk import ECKey

from asepsis.testing.certificates import Authority

__all__ = ["TestDomain"]


class TestDomain:
    """Issues SVIDs of the trust domain `name`."""

    __test__ = False

    def __init__(self, name: str = "plan.example") -> None:
        self.name = name
        self.authority = Authority(name)
        self.key = ECKey.generate_key("P-256", {"kid": "workloads"}, private=True)

    def bundle(self) -> str:
        """Returns the trust bundle as JSON (SPIFFE Trust Domain and Bundle 4)."""
        tokens = {**self.key.as_dict(private=False), "use": "jwt-svid"}
        certificates = {"kty": "EC", "use": "x509-svid", "x5c": [b64encode(self.authority.der).decode()]}
        return json.dumps({"spiffe_sequence": 1, "spiffe_refresh_hint": 300, "keys": [tokens, certificates]})

    def id(self, path: str) -> str:
        """Returns the SPIFFE ID of a path."""
        return f"spiffe://{self.name}{path}"

    def token(self, path: str, /, *, now: int, key: ECKey | None = None, alg: str = "ES256", **more: object) -> str:
        """Returns a JWT-SVID that is good for five minutes; `more` are claims, None takes one out."""
        claims = {"sub": self.id(path), "aud": ["asepsis"], "exp": now + 300, **more}
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": alg, "typ": "JWT", "kid": "workloads"}, said, key or self.key)

    def certificate(self, path: str) -> bytes:
        """Returns an X.509-SVID and its key, as PEM."""
        return self.authority.issue(self.id(path), signs=False)
