"""Whole documents: read, scanned, rewritten."""

import base64
import json

import pytest

from asepsis.core.types import ObligationKind
from asepsis.gateway import document as document_module
from asepsis.gateway.document import GuardedDocument, decode
from asepsis.gateway.errors import Denied
from asepsis.gateway.walk import Limits

SSN = "123-45-6789"


@pytest.fixture
def rewritten(scanner, plan_of):
    """Returns a document after masking; `strict` as for a request."""

    def rewrite(value, *, strict=True, plan=None):
        GuardedDocument(value, scanner, Limits()).apply(plan or plan_of(), strict=strict)
        return value

    return rewrite


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"1", b"{", b'{"a": \xff}', b'{"a": 1}x', b"null", b'{"a":"\\ud800"}']
)
def test_a_body_that_is_no_json_object_is_denied(body):
    with pytest.raises(Denied) as caught:
        decode(body, what="the request", depth=64)
    assert caught.value.code == "gateway.json"


def test_a_body_nested_too_deep_to_read_is_denied():
    with pytest.raises(Denied) as caught:
        decode(b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", what="the request", depth=64)
    assert caught.value.code == "gateway.limits.depth"


def test_of_a_repeated_key_only_the_last_value_is_kept():
    assert decode(b'{"content": "123-45-6789", "content": "x"}', what="the request", depth=64) == {"content": "x"}


def test_what_is_found_is_masked_and_the_rest_stays(rewritten):
    value = {"messages": [{"role": "user", "content": f"it is {SSN} ok"}], "n": 1, "stream": True}
    assert rewritten(value) == {
        "messages": [{"role": "user", "content": "it is [SSN] ok"}], "n": 1, "stream": True
    }  # fmt: skip


def test_a_clean_document_is_left_as_it_is(scanner, plan_of):
    guarded = GuardedDocument({"messages": [{"content": "hello"}]}, scanner, Limits())
    assert guarded.clean
    assert not guarded.apply(plan_of(), strict=True)


def test_an_opaque_document_is_not_clean(scanner):
    guarded = GuardedDocument({"image_url": {"url": "data:image/png;base64,AAAA"}}, scanner, Limits())
    assert not guarded.clean
    assert guarded.opaque == ("image",)


def test_a_key_is_renamed_in_its_position_and_its_value_is_masked_too(rewritten):
    value = {"metadata": {"a": "1", f"k {SSN}": f"v {SSN}", "z": "2"}}
    assert list(rewritten(value)["metadata"].items()) == [("a", "1"), ("k [SSN]", "v [SSN]"), ("z", "2")]


def test_two_keys_with_the_same_mask_stay_two(rewritten):
    value = {"metadata": {"123-45-6789": "a", "536-22-1234": "b"}}
    assert rewritten(value) == {"metadata": {"[SSN]": "a", "[SSN]2": "b"}}


def test_a_key_over_an_object_keeps_what_is_inside(rewritten):
    value = {"metadata": {f"k {SSN}": {"inner": [f"x {SSN}"]}}}
    assert rewritten(value) == {"metadata": {"k [SSN]": {"inner": ["x [SSN]"]}}}


def test_a_number_becomes_its_mask(rewritten):
    assert rewritten({"metadata": {"ssn": 123456789}}) == {"metadata": {"ssn": "[SSN]"}}


def test_json_in_a_string_stays_json(rewritten):
    value = {"arguments": json.dumps({"q": f'say "{SSN}"', "ssn": 123456789, "n": 7})}
    assert json.loads(rewritten(value)["arguments"]) == {"q": 'say "[SSN]"', "ssn": "[SSN]", "n": 7}


def test_keys_in_json_in_a_string_are_renamed(rewritten):
    value = {"arguments": json.dumps({f"k {SSN}": 1})}
    assert json.loads(rewritten(value)["arguments"]) == {"k [SSN]": 1}


def test_json_in_json_in_a_string_is_rewritten_inside_out(rewritten):
    value = {"content": json.dumps({"a": json.dumps({"b": SSN}), "c": 1})}
    outer = json.loads(rewritten(value)["content"])
    assert json.loads(outer["a"]) == {"b": "[SSN]"}
    assert outer["c"] == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "123-45-6789", "a": "x"}',
        '{"a": 1, "ssn": 123456789, "ssn": 2}',
        '[{"a": "x 123-45-6789", "a": 1}, {"b": "536-22-1234"}]',
    ],
)
def test_a_value_hidden_by_a_repeated_key_in_a_string_is_masked_too(rewritten, text):
    out = rewritten({"arguments": text})["arguments"]
    assert "6789" not in out
    assert "1234" not in out
    json.loads(out)


def test_escapes_hide_nothing_in_json_in_a_string(rewritten):
    hidden = '{"a": "' + "".join(f"\\u{ord(one):04x}" for one in SSN) + '"}'
    assert json.loads(rewritten({"arguments": hidden})["arguments"]) == {"a": "[SSN]"}


def test_text_in_base64_is_masked_and_goes_back_in_base64(rewritten):
    packed = base64.b64encode(f"ssn {SSN}".encode()).decode()
    out = rewritten({"file": {"file_data": f"data:text/plain;base64,{packed}"}})
    assert base64.b64decode(out["file"]["file_data"].partition(",")[2]) == b"ssn [SSN]"


@pytest.mark.parametrize("field", ["model", "tool_call_id", "id", "previous_response_id"])
def test_a_finding_in_a_structural_field_denies_a_request(rewritten, field):
    with pytest.raises(Denied) as caught:
        rewritten({field: f"x-{SSN}"})
    assert caught.value.code == "gateway.structure"
    assert caught.value.place == field
    assert SSN not in str(caught.value)


def test_a_finding_in_a_structural_field_of_an_answer_is_masked(rewritten):
    assert rewritten({"id": f"x {SSN}", "created": 4111111111111111}, strict=False) == {"id": "x [SSN]", "created": 0}


def test_observing_changes_nothing_not_even_in_structural_fields(rewritten, plan_of):
    value = {"id": SSN, "content": SSN, "arguments": json.dumps({"a": SSN}), SSN: 1}
    assert rewritten(json.loads(json.dumps(value)), plan=plan_of(enforced=False)) == value


def test_a_drop_leaves_the_rest_of_the_text(rewritten, plan_of):
    assert rewritten({"content": f"it is {SSN} ok"}, plan=plan_of(ObligationKind.DROP)) == {"content": "it is  ok"}


def test_coverage_counts_what_was_seen_and_tells_documents_apart_by_shape_only(scanner):
    def coverage(text):
        return GuardedDocument({"content": text, "n": 3}, scanner, Limits()).coverage()

    assert coverage("hello") == coverage("there")
    assert coverage("hello").digest != coverage("hello!").digest
    assert (coverage("hello").parts, coverage("hello").characters, coverage("hello").scanned) == (2, 5, 2)


def test_coverage_tells_what_could_not_be_read(scanner):
    value = {"content": "x", "image_url": {"url": "data:image/png;base64,AAAA"}}
    coverage = GuardedDocument(value, scanner, Limits()).coverage(channels=3)
    assert (coverage.parts, coverage.scanned, coverage.opaque, coverage.channels) == (2, 1, ("image",), 3)


def test_findings_never_hold_the_text_or_an_unknown_key(scanner):
    guarded = GuardedDocument({f"k {SSN}": f"v {SSN}"}, scanner, Limits())
    assert [finding.place for finding in guarded.findings] == ["{0}", "{0}"]
    assert SSN not in repr(list(guarded.findings))


def test_an_object_is_made_anew_once_however_many_of_its_keys_change(scanner, plan_of, monkeypatch):
    calls = []
    renamed = document_module._renamed
    monkeypatch.setattr(document_module, "_renamed", lambda *given: calls.append(len(given[1])) or renamed(*given))
    document = {"x": {"[SSN]2": 0} | {f"123-45-{number:04}": number for number in range(1, 5000)}}
    GuardedDocument(document, scanner, Limits()).apply(plan_of(), strict=False)
    assert calls == [4999]
    assert list(document["x"])[:4] == ["[SSN]2", "[SSN]", "[SSN]3", "[SSN]4"]
    assert list(document["x"].values()) == list(range(5000))


def test_an_approver_is_shown_the_parts_and_never_their_content(scanner):
    value = {
        "messages": [{"role": "user", "content": f"it is {SSN} ok"}, {"role": "user", "content": "a longer text " * 9}]
    }
    shown = GuardedDocument(value, scanner, Limits()).outline(("member",))
    pieces = {piece.place: piece for piece in shown.pieces}
    assert (shown.subjects, shown.more) == (("member",), 0)
    assert [(one.kind, one.count) for one in pieces["messages[0].content"].found] == [("SSN", 1)]
    assert (pieces["messages[1].content"].found, pieces["messages[1].content"].role) == ((), "user")
    assert SSN not in repr(shown)


def test_of_many_parts_those_with_findings_are_shown(scanner):
    messages = [{"role": "user", "content": SSN if number == 77 else f"text {number}"} for number in range(100)]
    shown = GuardedDocument({"messages": messages}, scanner, Limits()).outline(())
    assert len(shown.pieces) == 40
    assert shown.more >= 60
    assert "messages[77].content" in {piece.place for piece in shown.pieces if piece.found}
