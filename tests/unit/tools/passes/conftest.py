"""A signing key, a clock that stands, and a verifier."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.tools.passes.replay import Replay
from asepsis.tools.passes.tokens import Pass, Verifier, arguments_digest, mint


class Standing:
    """A clock that is set."""

    seconds = 1_000_000

    def now(self):
        return self.seconds * 1000

    def monotonic(self):
        return self.seconds * 10**9


@pytest.fixture
def clock():
    return Standing()


@pytest.fixture(scope="session")
def key():
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def verifier(key, clock):
    return Verifier(key.public_key(), audience="claims", clock=clock, replay=Replay())


@pytest.fixture
def token(key, clock):
    """Mints a token for a call of `pay`."""

    def minted(arguments, **claims):
        now = clock.now() // 1000
        usual = {
            "iss": "asepsis", "aud": "claims", "sub": "agent", "act": ("ann",), "tool": "pay",
            "args": arguments_digest(arguments), "jti": "n-1", "iat": now, "exp": now + 60,
        }  # fmt: skip
        return mint(Pass(**(usual | claims)), key)

    return minted
