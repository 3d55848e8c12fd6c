"""Proofs of possession (RFC 9449) as a client makes them."""

import hashlib
import json
from base64 import urlsafe_b64encode

from joserfc import jws
from joserfc.jwk import ECKey

__all__ = ["Prover"]


class Prover:
    """A client with a key of its own; each proof has an id of its own."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256")
        self.made = 0

    def proof(self, method: str, address: str, /, *, now: int, token: str = "", **changes: object) -> str:
        """Returns a proof for a request; `changes` are claims, None takes one out; `typ` and `jwk` are the header's."""
        self.made += 1
        head: dict[str, object] = {"alg": "ES256", "typ": "dpop+jwt", "jwk": self.key.as_dict(private=False)}
        for name in ("typ", "jwk"):
            head[name] = changes.pop(name, head[name])
        said: dict[str, object] = {"jti": f"proof-{id(self)}-{self.made}", "htm": method, "htu": address, "iat": now}
        if token:
            said["ath"] = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        said = {name: value for name, value in (said | changes).items() if value is not None}
        return jws.serialize_compact(head, json.dumps(said), self.key, algorithms=["ES256"])
