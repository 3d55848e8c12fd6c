import pytest

from asepsis.tools.draft import draft
from asepsis.tools.flow.inside import parts_of
from asepsis.tools.shapes import leaves
from asepsis.tools.types import Argument, ArgumentRole, Effect, Manifest, Tool

ANY = {"type": "object", "additionalProperties": True}


def roles(manifest, arguments):
    found = parts_of(manifest, list(leaves(arguments, known=manifest.takes)))
    return {str(leaf.value): part.role.value for part, leaf in found}


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ({"to": "a"}, {"to": "free", "a": "destination"}),
        ({"text": "a"}, {"text": "free", "a": "text"}),
        ({"amount": 9}, {"amount": "free", "9": "value"}),
        ({"member_id": "a"}, {"member_id": "free", "a": "subject"}),
        ({"zzz": "a"}, {"zzz": "free", "a": "destination"}),
        ({"Eve Evil": "a"}, {"Eve Evil": "destination", "a": "destination"}),
        ({"to": ["a", {"mail": "b"}]}, {"to": "free", "a": "destination", "mail": "text", "b": "destination"}),
        ({"text": {"x": "a"}}, {"text": "free", "x": "text", "a": "destination"}),
    ],
)
def test_what_lies_in_an_object_that_is_called_a_text_is_what_its_key_says(inside, found):
    tool = draft(Tool("post_messages", "Posts a message.", {"properties": {"body": ANY}}))
    assert roles(tool, {"body": inside}) == found


def test_what_is_open_by_its_name_is_what_was_declared():
    tool = draft(Tool("create_task", "", {"properties": {"metadata": ANY, "title": {"type": "string"}}}))
    role = tool.parts["metadata{}"].role.value
    assert roles(tool, {"metadata": {"Some Key": "a"}, "title": "t"}) == {"Some Key": "free", "a": role, "t": "text"}


def test_a_list_of_texts_is_one_and_what_only_reads_asks_for_what_it_likes():
    tool = Manifest("say", "", frozenset({Effect.WRITE}), arguments=(Argument("lines", ArgumentRole.TEXT),))
    assert roles(tool, {"lines": ["a", "b"]}) == {"a": "text", "b": "text"}
    assert roles(tool, {"lines": {"to": "a"}}) == {"to": "text", "a": "destination"}
    reading = Manifest("find", "", frozenset({Effect.READ}), arguments=(Argument("filter", ArgumentRole.QUERY),))
    assert roles(reading, {"filter": {"to": "a"}}) == {"to": "query", "a": "query"}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("payments", "object"),
        ("recipients", "destination"),
        ("permissions", "destination"),
        ("claims", "object"),
        ("members", "destination"),
        ("changes", "free"),
        ("note", "free"),
    ],
)
def test_keys_of_a_map_are_what_the_map_is_of(name, role):
    assert draft(Tool("adjust_it", "", {"properties": {name: ANY}})).parts[f"{name}{{*}}"].role.value == role
