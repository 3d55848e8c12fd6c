"""The small bundle of tests."""

from asepsis.policy.bundle import read
from asepsis.policy.cases import failed
from asepsis.policy.engine import CedarPolicy
from asepsis.testing.policies import ASK, CASE, HEAD, TOPICS


def test_it_has_no_fault_and_its_case_holds():
    files = {"bundle.toml": HEAD.encode(), "p.cedar": (ASK + TOPICS).encode(), "tests/t.toml": CASE.encode()}
    bundle, faults = read(files)
    assert not faults
    assert len(bundle.cases) == 1
    assert not list(failed(CedarPolicy(bundle), bundle.cases))
