"""What the room's tests share: a scanner, memories that draw the same each time, and a right to reveal."""

import pytest

from asepsis.core.types import Action, Decision, DecisionInput, Purpose, Verdict
from asepsis.deid import Memory, Reveal, Scope, ScopeKind
from asepsis.deid.dice import RandomDraws
from asepsis.scan import ScanConfig, build
from asepsis.testing.randomness import SeededRandomness


@pytest.fixture(scope="session")
def scanner():
    return build(ScanConfig(), digester=None, tenant="t", cache=None)


@pytest.fixture
def make_memory():
    def make(tenant="t", name="s", seed=0, **more):
        scope = Scope(tenant, ScopeKind.SESSION, name)
        return Memory(scope, RandomDraws(SeededRandomness(seed=seed)), today=2026, **more)

    return make


@pytest.fixture
def memory(make_memory):
    return make_memory()


@pytest.fixture
def make_question():
    def make(tenant="t", action=Action.MODEL_REVEAL, purpose=Purpose.TREATMENT):
        return DecisionInput(tenant, action, "nurse", "chart", purpose, "openai.chat")

    return make


@pytest.fixture
def make_reveal(make_question):
    def make(tenant="t"):
        question = make_question(tenant)
        return Reveal.admit(question, Decision(Verdict.ALLOW, "may read", input=question.digest))

    return make
