"""What a request says of itself."""

import pytest

from asepsis.gateway.errors import Denied
from asepsis.gateway.intake import conversation_of, longest_of, model_of, read, trace_of
from asepsis.gateway.types import Head

JSON = (("content-type", "application/json; charset=utf-8"),)


def test_a_body_is_a_json_object_in_plain_encoding():
    assert read(Head("POST", "/v1/x", "", JSON), b'{"a":1}', depth=9) == {"a": 1}
    assert read(Head("GET", "/v1/x", "", ()), b"", depth=9) is None


@pytest.mark.parametrize(
    ("head", "body", "rule"),
    [
        (Head("GET", "/", "", ()), b"{}", "gateway.body"),
        (Head("POST", "/", "", ()), b"{}", "gateway.media"),
        (Head("POST", "/", "", (("content-type", "text/plain"),)), b"{}", "gateway.media"),
        (Head("POST", "/", "", (*JSON, ("content-encoding", "gzip"))), b"{}", "gateway.encoding"),
        (Head("POST", "/", "", JSON), b"[]", "gateway.json"),
    ],
)
def test_anything_else_is_denied_by_its_rule(head, body, rule):
    with pytest.raises(Denied) as told:
        read(head, body, depth=9)
    assert told.value.code == rule


@pytest.mark.parametrize("model", [None, 7, "", "a b", "x" * 129, "-x"])
def test_a_model_has_a_name(model):
    with pytest.raises(Denied):
        model_of({"model": model})
    assert model_of({"model": "org/model:1@x"}) == "org/model:1@x"
    assert model_of(None) == ""


@pytest.mark.parametrize(
    ("document", "admitted", "found"),
    [
        (None, ("conversation",), ""),
        ({"conversation": "c"}, ("conversation",), "c"),
        ({"conversation": {"id": "c"}}, ("conversation",), "c"),
        ({"conversation": "c"}, (), ""),
        ({"conversation": "c", "previous_response_id": "r"}, ("previous_response_id",), "r"),
        ({"conversation": {"id": 7}}, ("conversation",), ""),
    ],
)
def test_a_conversation_is_a_session_only_where_policy_admits_it(document, admitted, found):
    assert conversation_of(document, admitted) == found


def test_a_trace_is_read_whole_or_not_at_all():
    assert trace_of(f"00-{'a' * 32}-{'b' * 16}-01") == ("a" * 32, "b" * 16)
    for value in ("", "00-x", f"01-{'a' * 32}-{'b' * 16}-01", f"00-{'A' * 32}-{'b' * 16}-01"):
        assert trace_of(value) == ("", "")


@pytest.mark.parametrize(
    ("surface", "document", "most"),
    [
        ("openai.chat", {"max_tokens": 5}, 5),
        ("openai.chat", {"max_tokens": 5, "max_completion_tokens": 9, "n": 3}, 27),
        ("openai.chat", {"max_output_tokens": 1}, None),
        ("openai.chat", {"max_tokens": "5"}, None),
        ("openai.chat", {"max_tokens": -1}, None),
        ("openai.chat", {"max_tokens": True}, None),
        ("openai.chat", {"max_tokens": 5, "n": -3}, 5),
        ("openai.completions", {"max_tokens": 5, "best_of": 4}, 20),
        ("openai.responses", {"max_output_tokens": 7, "max_tokens": 1}, 7),
        ("anthropic.messages", {"max_tokens": 7}, 7),
        ("anthropic.messages", {}, None),
    ],
)
def test_the_longest_answer_is_what_the_surface_knows_as_such(surface, document, most):
    assert longest_of(document, surface) == most
