"""Cases: what a bundle's author expects."""

import pytest

from asepsis.core.types import Kind, Purpose, Verdict
from asepsis.policy.bundle import read
from asepsis.policy.cases import failed, misspelt, read_cases, untested
from asepsis.policy.engine import CedarPolicy
from asepsis.testing.policies import ASK, CASE


def test_a_case_is_a_question_with_its_place():
    (case,) = read_cases({"tests/a.toml": CASE}, [], day=20260101)
    assert (case.name, case.place, case.expect, case.by) == ("one", "tests/a.toml:2", Verdict.TRANSFORM, ("staff.ask",))
    assert (case.question.day, case.question.purpose) == (20260101, Purpose.TREATMENT)
    assert [one.kind for one in case.question.found] == [Kind.MRN, Kind.SSN]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[[case]]", ":1"),
        ("x", ""),
        (CASE.replace("model.invoke", "model"), ":4"),
        (CASE + 'color = "red"', f":{CASE.count(chr(10)) + 1}"),
        ("a = " + "[" * 9999, ""),
        ("case = 3", ""),
    ],
)
def test_what_is_no_case_is_said(text, place):
    faults = []
    assert read_cases({"tests/a.toml": text}, faults, day=1) == ()
    assert faults[0].place == f"tests/a.toml{place}"


def test_a_case_that_is_none_leaves_the_others_and_names_the_nearest_value():
    faults = []
    wrong = CASE.replace('purpose = "TREAT"', 'purpose = "TREET"')
    assert len(read_cases({"tests/a.toml": wrong + CASE}, faults, day=1)) == 1
    (fault,) = faults
    assert (fault.place, fault.mend) == ("tests/a.toml:8", "the nearest name is `TREAT`")


@pytest.mark.parametrize(
    ("role", "hint"), [("staf", "the nearest name is `staff`"), ("stranger", None), ("staff", None)]
)
def test_a_role_that_is_nearly_one_of_the_bundle_is_misspelt(files, role, hint):
    denied = CASE.replace('["staff"]', f'["{role}"]').replace('"transform"', '"deny"').replace("staff.ask", "house.x")
    reading = read(files(tests=CASE + denied))
    assert not reading.faults
    found = list(misspelt(reading.bundle))
    assert [one.mend for one in found] == ([hint] if hint else [])
    assert all(f"`{role}`" in one.what for one in found)


@pytest.mark.parametrize("day", ["soon", "2026-99-99", "20260101"])
def test_a_day_that_is_none_is_said_with_its_line(day):
    faults = []
    assert len(read_cases({"tests/a.toml": CASE + CASE + f'day = "{day}"\n'}, faults, day=1)) == 1
    assert [str(one) for one in faults] == [
        f"tests/a.toml:{2 * CASE.count(chr(10)) + 1}: `one`: expected `day` to be a day such as 2027-01-31"
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
