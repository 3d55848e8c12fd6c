"""Real collaborators for the gateway's parts: the built-in scanner, the masker, and a plan that masks every kind."""

import hashlib

import pytest

from asepsis.core.types import Kind, Obligation, ObligationKind, Principal
from asepsis.deid import Masker
from asepsis.gateway.account import Tools
from asepsis.gateway.call import Call
from asepsis.gateway.config import GatewayConfig, Upstream
from asepsis.gateway.live import Live
from asepsis.gateway.plan import Plan
from asepsis.gateway.stream import StreamGuard, StreamLimits
from asepsis.gateway.surfaces.routes import find
from asepsis.gateway.walk import Limits
from asepsis.identity import CallerIdentifier, IdentityConfig
from asepsis.policy import ApplicationRules, PolicyConfig, StaticPolicy
from asepsis.scan import ScanConfig, build
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.providers import providers
from asepsis.testing.randomness import SeededRandomness


class HashDigester:
    """A digest that shows nothing of its value but can be told apart from another's."""

    def digest(self, kind, value, /, *, tenant):
        return hashlib.sha256(f"{len(kind)} {kind} {len(tenant)} {tenant} {value}".encode()).hexdigest()[:32]


@pytest.fixture(scope="session")
def scanner():
    return build(ScanConfig())


@pytest.fixture(scope="session")
def plan_of():
    """Returns a plan that does one thing with every kind."""

    def make(do=ObligationKind.MASK, *, enforced=True):
        return Plan([Obligation(do, kind) for kind in Kind], Masker(), enforced=enforced)

    return make


@pytest.fixture(scope="session")
def live_of(scanner):
    """Returns what a gateway knows, with one application `demo`; `changes` are fields of its configuration."""

    def make(rules=None, *, upstreams=None, credentials=None, kills=frozenset(), **changes):
        default = (Upstream("one", "http://one/v1"), Upstream("two", "http://two/v1", family="anthropic"))
        config = GatewayConfig(upstreams=upstreams or default, **changes)
        policy = PolicyConfig(applications=(rules or ApplicationRules("demo", admit=("vector", "signature")),))
        identifier = CallerIdentifier(IdentityConfig(anonymous="demo"), tenant="local", clock=ManualClock())
        made = providers(config.upstreams, credentials)
        return Live(config, identifier, StaticPolicy(policy), scanner, Masker(), made, kills)

    return make


@pytest.fixture
def tools_of():
    """Returns what every call shares."""

    def make(digester=None, ids=None, sealer=None):
        digester, ids = digester or HashDigester(), ids or SequentialIds()
        return Tools(ManualClock(), ids, digester, "local", SeededRandomness(), sealer)

    return make


@pytest.fixture
def call_of(live_of, tools_of):
    """Returns a call of the application `demo` on a route."""

    def make(path="/v1/chat/completions", *, method="POST", live=None, who="ann", digester=None, ids=None, sealer=None):
        principal = who if isinstance(who, Principal) else Principal("local", who, "demo")
        return Call(find(method, path, {}), principal, live or live_of(), tools_of(digester, ids, sealer))

    return make


@pytest.fixture(scope="session")
def guard_of(scanner, plan_of):
    """Returns a guard of a stream that masks, admits everything and lets every tool be called."""

    def make(dialect, *, plan=None, tool=None, admit=None, **limits):
        return StreamGuard(
            dialect,
            scanner,
            plan or plan_of(),
            tool=tool or (lambda name: None),
            admit=admit or (lambda kinds: None),
            limits=Limits(),
            stream_limits=StreamLimits(**limits),
        )

    return make
