"""Cases: what a bundle's author expects."""

import pytest

from asepsis.core.types import Kind, Purpose, Verdict
from asepsis.policy.bundle import read
from asepsis.policy.cases import failed, read_cases, untested
from asepsis.policy.engine import CedarPolicy
from asepsis.testing.policies import ASK, CASE


def test_a_case_is_a_question_with_its_place():
    (case,) = read_cases({"tests/a.toml": CASE}, [], day=20260101)
    assert (case.name, case.place, case.expect, case.by) == ("one", "tests/a.toml:2", Verdict.TRANSFORM, ("staff.ask",))
    assert (case.question.day, case.question.purpose) == (20260101, Purpose.TREATMENT)
    assert [one.kind for one in case.question.found] == [Kind.MRN, Kind.SSN]


@pytest.mark.parametrize(
    "text", ["[[case]]", "x", CASE.replace("model.invoke", "model"), CASE + 'color = "red"', "a = " + "[" * 9999]
)
def test_what_is_no_case_is_said(text):
    faults = []
    assert read_cases({"tests/a.toml": text}, faults, day=1) == ()
    assert faults[0].place == "tests/a.toml"


@pytest.mark.parametrize("day", ["soon", "2026-99-99", "20260101"])
def test_a_day_that_is_none_is_said_with_its_line(day):
    faults = []
    assert len(read_cases({"tests/a.toml": CASE + CASE + f'day = "{day}"\n'}, faults, day=1)) == 1
    assert [str(one) for one in faults] == [
        f"tests/a.toml:{CASE.count(chr(10)) + 2}: `one`: expected `day` to be a day such as 2027-01-31"
    ]


@pytest.mark.parametrize("members", ["-1", "9223372036854775808"])
def test_a_number_of_members_that_cannot_be(members):
    faults = []
    assert read_cases({"tests/a.toml": CASE + f"members = {members}"}, faults, day=1) == ()
    assert faults[0].what.startswith("expected `int`")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"transform"', '"allow"'), "`one`: expected allow, got transform by staff.ask"),
        (('["staff.ask"]', '["x"]'), "`one`: expected it to be by x, got staff.ask"),
        (("", ""), None),
    ],
)
def test_a_case_that_is_decided_otherwise_fails(files, change, said):
    bundle, _ = read(files(ASK, tests=CASE.replace(*change)))
    assert [one.what for one in failed(CedarPolicy(bundle), bundle.cases)] == ([said] if said else [])


def test_each_policy_needs_a_case_for_it_and_one_against_it(files):
    bundle, _ = read(files(ASK, tests=CASE))
    assert [one.what for one in untested(bundle.rules, bundle.cases)] == ["`staff.ask` has no negative case"]
    against = CASE.replace('["staff"]', "[]").replace('"transform"', '"deny"').replace("staff.ask", "policy.default")
    both, _ = read(files(ASK, tests=CASE + against))
    assert not list(untested(both.rules, both.cases))
    none, _ = read(files(ASK))
    assert len(list(untested(none.rules, none.cases))) == 2


def test_a_case_of_another_action_says_nothing_about_a_policy(files):
    bundle, _ = read(files(ASK, tests=CASE + CASE.replace("model.invoke", "tool.call").replace("staff.ask", "x")))
    assert [one.what for one in untested(bundle.rules, bundle.cases)] == ["`staff.ask` has no negative case"]
