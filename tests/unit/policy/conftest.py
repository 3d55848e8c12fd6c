"""Bundles of policies made of a few statements."""

import json

import pytest

from asepsis.core.types import Action, Count, DecisionInput, Kind, Purpose
from asepsis.policy.bundle import read
from asepsis.policy.engine import CedarPolicy
from asepsis.testing.policies import ASK, HEAD


@pytest.fixture
def files():
    """Returns the files of a bundle; a name without its file leaves that out."""

    def make(policies=ASK, *, head=HEAD, entities=(), tests="", **more):
        made = {"bundle.toml": head.encode(), "p.cedar": policies.encode(), "tests/t.toml": tests.encode()}
        if entities:
            made["entities.json"] = json.dumps(entities).encode()
        return {name: data for name, data in {**made, **more}.items() if data is not None}

    return make


@pytest.fixture
def policy(files):
    """Returns the policy of a bundle that has no fault."""

    def make(policies=ASK, **more):
        bundle, faults = read(files(policies, **more))
        assert not faults, faults
        return CedarPolicy(bundle)

    return make


@pytest.fixture
def ask():
    """Returns a question of somebody on the staff about a model inside."""

    def make(*found, action=Action.MODEL_INVOKE, upstream="inside", roles=("staff",), day=20261126, **more):
        return DecisionInput(
            "t", action, "p", "app", more.pop("purpose", Purpose.PAYMENT), "openai.chat", "m", upstream,
            found=tuple(Count(Kind(kind), 1) for kind in sorted(found)), roles=roles, day=day, **more,
        )  # fmt: skip

    return make
