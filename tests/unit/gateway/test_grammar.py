"""What is known of the fields of the model APIs."""

import pytest

from asepsis.core.types import Role
from asepsis.gateway import grammar


def test_each_structural_and_numeric_name_may_be_shown_in_a_place():
    assert grammar.STRUCTURAL | grammar.NUMERIC | grammar.FREE - {"logit_bias"} <= grammar.KNOWN


def test_no_name_is_structural_and_numeric_at_once():
    assert not grammar.STRUCTURAL & grammar.NUMERIC


@pytest.mark.parametrize("name", ["content", "text", "arguments", "name", "user", "prompt", "metadata", "instructions"])
def test_what_carries_text_is_never_structural(name):
    assert name not in grammar.STRUCTURAL


@pytest.mark.parametrize(
    ("value", "who"),
    [
        ({"role": "developer"}, Role.SYSTEM),
        ({"role": "assistant"}, Role.ASSISTANT),
        ({"role": "tool"}, Role.TOOL),
        ({"role": "somebody"}, Role.USER),
        ({"role": ["system"]}, Role.USER),
        ({"type": "tool_result"}, Role.TOOL),
        ({"type": "function_call_output"}, Role.TOOL),
        ({}, Role.USER),
    ],
)
def test_who_speaks_in_an_object(value, who):
    assert grammar.role(value, Role.USER) is who


def test_who_speaks_is_inherited():
    assert grammar.role({"type": "text"}, Role.SYSTEM) is Role.SYSTEM


def test_a_made_up_role_does_not_make_text_trusted():
    assert grammar.role({"role": "System"}, Role.USER) is Role.USER


@pytest.mark.parametrize(
    ("name", "parent", "key", "kind"),
    [
        ("data", {"type": "base64", "media_type": "image/png"}, "source", "image"),
        ("data", {"type": "base64", "media_type": "text/plain"}, "source", "base64:text"),
        ("data", {"type": "base64", "media_type": "application/pdf"}, "source", "file"),
        ("data", {"type": "text", "media_type": "text/plain"}, "source", ""),
        ("data", {"type": "redacted_thinking"}, "content", "signature"),
        ("data", {"format": "wav"}, "input_audio", "audio"),
        ("url", {"type": "url"}, "source", "remote"),
        ("url", {}, "image_url", "remote"),
        ("url", {"type": "url_citation"}, "annotations", ""),
        ("file_data", {}, "file", "base64:text"),
        ("file_id", {}, "file", "file"),
        ("file_url", {}, "content", "remote"),
        ("encrypted_content", {}, "item", "signature"),
        ("b64_json", {}, "data", "image"),
        ("content", {}, "messages", ""),
    ],
)
def test_what_a_field_holds_that_is_no_plain_text(name, parent, key, kind):
    assert grammar.content(name, parent, key) == kind


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("text/csv", "base64:text"),
        ("application/json", "base64:text"),
        ("image/webp", "image"),
        ("audio/mpeg", "audio"),
        ("video/mp4", "video"),
        ("application/octet-stream", "file"),
        ("", "file"),
    ],
)
def test_media_types(media, kind):
    assert grammar.media_kind(media) == kind


@pytest.mark.parametrize(
    ("value", "key", "kind"),
    [
        ([1, 2], "input", "tokens"),
        ([1, 2], "prompt", "tokens"),
        ([0.1, 2], "embedding", "vector"),
        ([1, 2], "embedding", "vector"),
        ([], "embedding", ""),
        ([True], "input", ""),
        (["a"], "input", ""),
        ([1, 2], "bytes", ""),
    ],
)
def test_lists_of_numbers_that_stand_for_text(value, key, kind):
    assert grammar.number_list(value, key) == kind


@pytest.mark.parametrize("kind", [["string", "null"], {}, None, 7])
def test_a_type_that_is_no_word_as_in_a_schema_says_nothing_of_who_speaks(kind):
    assert grammar.role({"type": kind}, Role.DEFINITION) is Role.DEFINITION


@pytest.mark.parametrize("key", ["input", "embedding"])
@pytest.mark.parametrize("more", ["123-45-6789", ["123-45-6789"], {"a": 1}, None])
def test_a_list_that_holds_more_than_numbers_is_no_list_of_numbers(key, more):
    assert grammar.number_list([1, more], key) == ""
