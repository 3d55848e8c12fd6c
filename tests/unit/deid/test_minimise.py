"""Minimum necessary: which fields stay."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.fields import as_needed
from asepsis.deid.minimise import Fields, minimise

CLAIM = {
    "claim": {"id": 1, "lines": [{"code": "99214", "note": "x"}, {"code": "1"}]},
    "member": {"name": "n", "ssn": "s"},
}


def left(value, *needed):
    document, fields = copy.deepcopy(value), Fields()
    minimise(document, [as_needed(one.split()) for one in needed], fields)
    return document, sorted(fields.passed), fields.withheld


@pytest.mark.parametrize(
    ("needed", "kept", "passed", "withheld"),
    [
        ("claim", {"claim": CLAIM["claim"]}, ["claim"], 1),
        ("claim.*", {"claim": CLAIM["claim"]}, ["claim"], 1),
        ("claim.lines.code", {"claim": {"lines": [{"code": "99214"}, {"code": "1"}]}}, ["claim.lines.code"], 3),
        ("member.name claim.id", {"claim": {"id": 1}, "member": {"name": "n"}}, ["claim.id", "member.name"], 2),
        ("other", {}, [], 2),
        ("name", {}, [], 2),
    ],
)
def test_only_what_is_needed_stays(needed, kept, passed, withheld):
    assert left(CLAIM, needed) == (kept, passed, withheld)


def test_what_went_is_said_by_the_names_that_standards_have():
    document = {"claim": {"amount": 1, "note": "n", "Dana Reyes": "x"}, "DanaReyes": {"x": 1}, "member": {"ssn": "s"}}
    fields = Fields()
    minimise(document, [as_needed(["claim.amount"])], fields)
    assert fields.went == {"claim.note", "claim.*", "*", "member"}
    assert fields.withheld == 4


def test_however_much_went_little_is_said_of_it():
    document = {f"{'a' * size}": 1 for size in range(1, 60)} | {"id" + "_id" * size: 1 for size in range(20)}
    deep = {"id": 1}
    for _ in range(40):
        deep = {"claim": deep, "note": 1}
    fields = Fields()
    minimise([document, deep], [as_needed(["claim." * 15 + "claim"])], fields)
    assert len(fields.went) <= 64
    assert max(path.count(".") for path in fields.went) <= 5


def test_of_several_what_all_need_stays():
    assert left(CLAIM, "claim member", "claim.id member.name") == (
        {"claim": {"id": 1}, "member": {"name": "n"}},
        ["claim.id", "member.name"],
        2,
    )
    assert left(CLAIM, "claim", "member")[0] == {}


def test_a_list_is_looked_through_wherever_it_stands():
    assert left([[CLAIM], CLAIM], "member.name")[0] == [[{"member": {"name": "n"}}], {"member": {"name": "n"}}]


def test_what_is_no_object_where_one_is_needed_goes():
    assert left({"claim": "all of it as a text", "x": 1}, "claim.id") == ({}, [], 2)
    assert left({"claim": ["text", {"id": 1}]}, "claim.id") == ({}, [], 1)


PATIENT = {"resourceType": "Patient", "name": [{"family": "f"}], "birthDate": "1980-01-01"}


def test_a_resource_is_known_by_its_type_wherever_it_stands():
    assert left(PATIENT, "Patient.name")[0] == {"resourceType": "Patient", "name": [{"family": "f"}]}
    bundle = {"resourceType": "Bundle", "total": 1, "entry": [{"fullUrl": "urn:x", "resource": PATIENT}]}
    assert left(bundle, "Patient.birthDate") == (
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "birthDate": "1980-01-01"}}]},
        ["Patient.birthDate"],
        3,
    )
    assert left({**PATIENT, "contained": [PATIENT]}, "Patient.name.family")[0] == {
        "resourceType": "Patient",
        "name": [{"family": "f"}],
        "contained": [{"resourceType": "Patient", "name": [{"family": "f"}]}],
    }


def test_what_says_that_it_is_a_resource_brings_nothing_along_that_is_not_needed():
    smuggled = {"claim": {"id": 1, "extra": {"resourceType": "Note", "text": "t"}}}
    assert left(smuggled, "claim.id")[0] == {"claim": {"id": 1, "extra": {"resourceType": "Note"}}}


@pytest.mark.parametrize("value", [None, "text", 1, [], {}, [1, "x"]])
def test_what_has_no_fields_stays_as_it_is(value):
    assert left(value, "a") == (value, [], 0)


NAMES = st.sampled_from(["a", "b", "resourceType"])
TREES = st.recursive(
    st.one_of(st.integers(0, 3), st.sampled_from(["A", "x"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=12,
)
PATHS = st.lists(st.sampled_from(["a", "b", "a.b", "a.a", "A.a", "A.b.a"]), min_size=1, max_size=3).map(" ".join)


@given(TREES, PATHS, PATHS)
def test_doing_it_again_changes_nothing_and_another_duty_never_lets_more_through(tree, one, other):
    first, _, _ = left(tree, one)
    assert left(first, one)[0] == first
    both, _, withheld = left(tree, one, other)
    assert size(both) <= size(first)
    assert size(tree) >= size(both) + withheld


def size(value):
    if isinstance(value, dict):
        return sum(1 + size(one) for one in value.values())
    return sum(map(size, value)) if isinstance(value, list) else 0
