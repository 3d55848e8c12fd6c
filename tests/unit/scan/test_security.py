"""Security labels that data bears itself."""

import json

import pytest

from asepsis.core.labels import Category
from asepsis.scan.security import bears_labels, security_labels

HL7 = "http://terminology.hl7.org/CodeSystem/"


def labelled(code, system="v3-ActCode"):
    return {"resourceType": "Condition", "meta": {"security": [{"system": HL7 + system, "code": code}]}}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (labelled("42CFRPart2"), {Category.PART2, Category.SUBSTANCE_USE}),
        (labelled("PSYTHPN"), {Category.PSYCHOTHERAPY, Category.MENTAL_HEALTH}),
        (labelled("HIV"), {Category.HIV}),
        (labelled("R", "v3-Confidentiality"), {Category.RESTRICTED}),
        (labelled("V", "v3-Confidentiality"), {Category.RESTRICTED, Category.VERY_RESTRICTED}),
        (labelled("N", "v3-Confidentiality"), set()),
        (labelled("R"), set()),
        (labelled("HIV", "v3-ActReason"), set()),
        ({"entry": [{"r": labelled("GDIS")}, {"r": labelled("SEX")}]}, {Category.GENETIC, Category.REPRODUCTIVE}),
        ({"security": [{"system": HL7 + "v3-ActCode", "code": "HIV"}]}, set()),
    ],
)  # fmt: skip
def test_a_record_says_how_confidential_it_is(document, says):
    assert security_labels(document) == says
    assert bears_labels(json.dumps(document)) or not says


@pytest.mark.parametrize(
    "meta",
    [None, [], "x", {"security": None}, {"security": {"code": "HIV"}}, {"security": ["HIV", None, {"code": 1}]}],
)  # fmt: skip
def test_what_has_no_labels_says_nothing(meta):
    assert security_labels({"meta": meta}) == frozenset()


def test_a_text_without_a_system_bears_none_and_one_with_escapes_may():
    assert not bears_labels('{"meta": {}}')
    assert bears_labels('{"system": "http://terminology.hl7.org/CodeSystem/v3\\u002dActCode"}')
