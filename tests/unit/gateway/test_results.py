import json

import pytest

from asepsis.core.errors import Error
from asepsis.core.types import Decision, Kind, Obligation, ObligationKind, Verdict
from asepsis.deid.service import Masker
from asepsis.gateway.limits import Limits
from asepsis.gateway.results import Results

MEMBER = {"id": "M-1", "ssn": "219-09-9999", "number": 4111111111111111, "note": "call 212-555-0143, type: visa"}


@pytest.fixture
def results(scanner):
    return Results(scanner, Masker(), Limits())


def decided(*due):
    return Decision(Verdict.ALLOW, "", plan=tuple(Obligation(do, kind) for do, kind in due))


def result(structured):
    return {"content": [{"type": "text", "text": json.dumps(structured)}], "structuredContent": structured}


def test_findings_are_taken_out_of_texts_and_of_structured_content_alike(results):
    given = result(MEMBER)
    masks = decided((ObligationKind.MASK, Kind.SSN), (ObligationKind.MASK, Kind.PHONE))
    shown, found = results.cut(given, masks, enforced=True)
    expected = MEMBER | {"ssn": "[SSN]", "note": "call [PHONE], type: visa"}
    assert shown["structuredContent"] == expected
    assert json.loads(shown["content"][0]["text"]) == expected
    assert {one.kind for one in found} == {Kind.ACCOUNT, Kind.PHONE, Kind.SSN}
    assert given == result(MEMBER)


def test_a_number_that_is_found_becomes_its_mask_and_no_other_number(results):
    shown, _ = results.cut(result(MEMBER), decided((ObligationKind.MASK, Kind.ACCOUNT)), enforced=True)
    assert shown["structuredContent"]["number"] == "[ACCOUNT]"


@pytest.mark.parametrize("name", ["id", "type", "index", "created", "model"])
def test_a_field_of_a_tool_is_its_own_whatever_the_models_surfaces_call_so(results, name):
    shown, _ = results.cut(
        result({name: 4111111111111111}), decided((ObligationKind.MASK, Kind.ACCOUNT)), enforced=True
    )
    assert shown["structuredContent"] == {name: "[ACCOUNT]"}


def test_what_lies_across_two_texts_is_taken_out_of_both(results):
    texts = {"content": [{"type": "text", "text": "SSN 219-09"}, {"type": "text", "text": "-9999 is hers"}]}
    shown, _ = results.cut(texts, decided((ObligationKind.MASK, Kind.SSN)), enforced=True)
    assert "9999" not in str(shown)


def test_text_of_a_resource_is_cut_too(results):
    given = {"content": [{"type": "resource", "resource": {"uri": "fax://1", "text": "SSN 219-09-9999"}}]}
    shown, _ = results.cut(given, decided((ObligationKind.MASK, Kind.SSN)), enforced=True)
    assert shown["content"][0]["resource"] == {"uri": "fax://1", "text": "SSN [SSN]"}


def test_what_is_only_observed_goes_on_and_is_counted(results):
    given = result(MEMBER)
    shown, found = results.cut(given, decided((ObligationKind.DENY, Kind.SSN)), enforced=False)
    assert shown == given
    assert {one.kind for one in found} == {Kind.ACCOUNT, Kind.PHONE, Kind.SSN}


def test_what_may_not_pass_in_any_form_closes_the_result(results):
    with pytest.raises(Error) as caught:
        results.cut(result(MEMBER), decided((ObligationKind.DENY, Kind.SSN)), enforced=True)
    assert caught.value.code == "policy.answer"
    deep = {"content": []}
    for _ in range(70):
        deep = {"structuredContent": deep}
    with pytest.raises(Error, match="nesting"):
        results.cut(deep, decided(), enforced=True)
