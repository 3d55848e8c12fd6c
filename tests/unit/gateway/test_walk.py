"""The walk: everything becomes a part, nothing unknown shows in a place, what cannot be read is named."""

import base64
import json

import pytest

from asepsis.core.labels import Integrity
from asepsis.core.types import PartKind, Role
from asepsis.gateway.errors import Denied
from asepsis.gateway.walk import Limits, label, walk

SSN = "123-45-6789"


def walked(value, **limits):
    return walk(value, Limits(**limits))


def parts(value):
    return {part.place: part for part in walked(value).parts()}


def texts(value):
    return [(part.kind.value, part.place, part.text) for part in walked(value).parts()]


def encoded(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def test_each_string_becomes_a_part_with_its_place():
    value = {"messages": [{"role": "user", "content": [{"type": "text", "text": "hello"}]}]}
    assert texts(value) == [("text", "messages[0].content[0].text", "hello")]


def test_an_unknown_key_is_a_part_and_shows_only_as_its_position():
    value = {"model": "m", f"k {SSN}": {"deep": [{"er": "x"}]}}
    assert texts(value) == [
        ("text", "model", "m"),
        ("name", "{1}", f"k {SSN}"),
        ("name", "{1}.{0}", "deep"),
        ("name", "{1}.{0}[0].{0}", "er"),
        ("text", "{1}.{0}[0].{0}", "x"),
    ]


def test_the_key_before_a_text_goes_along_as_context():
    assert parts({"metadata": {"ssn": "123456789"}})["metadata.{0}"].key == "ssn"
    assert parts({"metadata": {"ssn": [[123456789]]}})["metadata.{0}[0][0]"].key == "ssn"


@pytest.mark.parametrize(
    ("value", "place", "role"),
    [
        ({"messages": [{"role": "system", "content": "x"}]}, "messages[0].content", Role.SYSTEM),
        ({"messages": [{"role": "assistant", "content": ["x"]}]}, "messages[0].content[0]", Role.ASSISTANT),
        ({"system": [{"type": "text", "text": "x"}]}, "system[0].text", Role.SYSTEM),
        ({"instructions": "x"}, "instructions", Role.SYSTEM),
        ({"tools": [{"function": {"description": "x"}}]}, "tools[0].function.description", Role.DEFINITION),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].output", Role.TOOL),
        ({"new_field": "x"}, "{0}", Role.USER),
    ],
)  # fmt: skip
def test_who_speaks(value, place, role):
    assert parts(value)[place].role is role
    assert parts(value)[place].label == label(role)


def test_only_the_application_itself_is_trusted():
    trusted = {role for role in Role if label(role).integrity is Integrity.TRUSTED}
    assert trusted == {Role.SYSTEM, Role.DEFINITION, Role.PROTOCOL}


def test_a_free_key_named_as_a_trusted_field_makes_nothing_trusted():
    value = {"messages": [{"role": "tool", "content": '{"system": "x", "instructions": "y"}'}]}
    assert {part.role for part in walked(value).parts()} == {Role.TOOL}


def test_structural_fields_are_marked_and_free_ones_are_not():
    value = {"model": "m", "metadata": {"model": "m"}}
    marked = {leaf.part.place: leaf.structural for leaf in walked(value).leaves if leaf.part.kind is PartKind.TEXT}
    assert marked == {"model": True, "metadata.model": False}


def test_the_protocols_own_words_are_seen_and_make_no_part():
    walk_ = walked({"role": "user", "type": "text", "content": "", "stream": True, "stop": None, "n": 2})
    assert walk_.leaves == []
    assert walk_.seen == 4


def test_a_word_of_the_protocol_is_a_part_where_it_is_content():
    assert texts({"content": "stop"}) == [("text", "content", "stop")]


def test_large_numbers_are_parts_and_small_ones_are_seen():
    value = {"metadata": {"a": 123456789, "b": 9999, "c": -10000, "d": 1e15, "e": 12345.5}}
    numbers = [part.text for part in walked(value).parts() if part.kind is PartKind.NUMBER]
    assert numbers == ["123456789", "-10000", "1000000000000000", "12345.5"]


def test_only_the_protocols_own_numbers_are_structural():
    leaves = walked({"created": 1700000000, "member": 1700000001, "metadata": {"created": 1700000002}}).leaves
    marked = {leaf.part.text: leaf.structural for leaf in leaves if leaf.part.kind is PartKind.NUMBER}
    assert marked == {"1700000000": True, "1700000001": False, "1700000002": False}


def test_numbers_too_large_for_a_float_do_not_break_the_walk():
    inner = json.loads("1e999")
    assert walked({"a": inner, "b": 10**400}).leaves


@pytest.mark.parametrize(
    "head", ["data:text/plain;base64,", "data:;base64,", "data:application/json;charset=utf-8;base64,"]
)
def test_a_data_url_of_text_is_decoded(head):
    assert texts({"image_url": {"url": head + encoded(f"ssn {SSN}")}}) == [("text", "image_url.url", f"ssn {SSN}")]


def test_a_data_url_of_text_is_decoded_wherever_it_stands_and_however_it_is_spelled():
    value = {"content": f"DATA:text/plain;BASE64,{encoded(f'ssn {SSN}')}"}
    assert texts(value) == [("text", "content", f"ssn {SSN}")]


def test_a_data_url_of_text_goes_back_in_base64():
    value = {"file_data": "data:text/plain;base64," + encoded(f"ssn {SSN}")}
    (leaf,) = walked(value).leaves
    leaf.put("ssn [SSN]")
    assert value == {"file_data": "data:text/plain;base64," + encoded("ssn [SSN]")}


def test_a_plain_data_url_is_text_as_it_stands():
    assert texts({"url": f"data:text/plain,{SSN}"}) == [("text", "url", f"data:text/plain,{SSN}")]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}, "image"),
        ({"input_audio": {"data": "UklGRg==", "format": "wav"}}, "audio"),
        ({"source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}}, "file"),
        ({"file_data": "data:text/plain;base64,//79"}, "file"),
        ({"image_url": {"url": "https://example.org/a.png"}}, "remote"),
        ({"input": [1, 2, 3]}, "tokens"),
        ({"prompt": [[1, 2], [3]]}, "tokens"),
        ({"embedding": [0.1, 0.2]}, "vector"),
        ({"signature": "abc"}, "signature"),
        ({"thinking": encoded(bytes(range(256)) * 3)}, "binary"),
    ],
)
def test_what_cannot_be_read_is_opaque_and_named(value, kind):
    seen = walked(value)
    assert set(seen.opaque) == {kind}
    assert all(part.text == "" and part.opaque == kind for part in seen.parts() if part.kind is PartKind.OPAQUE)


def test_the_address_of_remote_content_is_scanned_too():
    address = f"https://example.org/{SSN}.png"
    assert ("text", "image_url.url", address) in texts({"image_url": {"url": address}})


def test_numbers_named_as_text_in_a_free_place_are_no_tokens():
    assert walked({"metadata": {"input": [123456, 789012]}}).opaque == []


def test_a_long_prose_text_is_not_taken_for_binary():
    assert walked({"content": "the quick brown fox " * 60}).opaque == []
    assert walked({"content": encoded("plain text " * 60)}).opaque == []


def test_json_in_a_string_is_scanned_as_it_is_and_walked_inside():
    inner = json.dumps({"q": SSN, "m": [123456789]})
    seen = walked({"arguments": inner})
    assert [(part.place, part.text) for part in seen.parts()] == [
        ("arguments", inner),
        ("arguments#.{0}", "q"),
        ("arguments#.{0}", SSN),
        ("arguments#.{1}", "m"),
        ("arguments#.{1}[0]", "123456789"),
    ]
    assert [(start, end) for _, start, end in seen.nested] == [(1, 5)]


def test_json_within_json_within_a_string():
    value = {"content": json.dumps({"a": json.dumps({"b": SSN})})}
    assert [part.text for part in walked(value).parts()][-1] == SSN
    assert [leaf.part.place for leaf, _, _ in walked(value).nested] == ["content#.{0}", "content"]


@pytest.mark.parametrize("text", ["{not json}", "[", '{"a": "\ud800"}'])
def test_a_text_that_only_looks_like_json_stays_text(text):
    assert walked({"content": text}).nested == []


def deep(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_nesting_is_limited():
    walked({"a": deep(3)}, depth=4)
    with pytest.raises(Denied) as caught:
        walked({"a": deep(4)}, depth=4)
    assert caught.value.code == "gateway.limits.depth"


def test_nesting_counts_on_inside_strings():
    with pytest.raises(Denied) as caught:
        walked({"content": json.dumps({"a": deep(3)})}, depth=4)
    assert caught.value.code == "gateway.limits.depth"


def test_json_in_a_string_too_deep_to_read_is_denied():
    with pytest.raises(Denied) as caught:
        walked({"content": "[" * 5000 + "]" * 5000})
    assert caught.value.code == "gateway.limits.depth"


def test_the_number_of_parts_is_limited():
    walked(["a"] * 5, parts=5)
    with pytest.raises(Denied) as caught:
        walked(["a"] * 6, parts=5)
    assert caught.value.code == "gateway.limits.parts"


def test_characters_are_counted_opaque_ones_too():
    seen = walked({"content": "hello", "image_url": {"url": "data:image/png;base64,AAAA"}})
    assert (seen.characters, seen.seen) == (9, 2)


@pytest.mark.parametrize(
    "value",
    [
        {"ssn": {"value": "123456789"}},
        {"ssn": {"value": 123456789}},
        {"identifier": [{"type": {"text": "SSN"}, "value": "123456789"}]},
        {"name": "ssn", "value": "123456789"},
        {"field": "Social Security Number", "text": "123456789"},
    ],
)
def test_a_value_under_a_key_that_says_little_is_read_with_what_says_more(scanner, value):
    for document in ({"metadata": value}, {"arguments": json.dumps(value)}):
        parts = walked(document).parts()
        found = [one for part, some in zip(parts, scanner.scan(parts), strict=True) for one in some]
        assert "SSN" in {one.kind.value for one in found}
    texts = walked({"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]}).parts()
    assert [part.key for part in texts] == ["text"]
