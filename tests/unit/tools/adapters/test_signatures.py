from typing import TypedDict

import pytest

from asepsis.core.errors import ConfigError
from asepsis.tools.adapters.signatures import fits, taken, tool_of
from asepsis.tools.draft import draft
from asepsis.tools.types import ArgumentRole, Effect, Source


class Fax(TypedDict):
    number: int
    body: str


def send_message(recipient: str, body: str) -> None:
    """Sends a message."""


def list_faxes() -> list[Fax]:
    """Lists faxes."""
    return []


def anything(value, *values):
    return value, values


def strange(value: range) -> None:
    """Takes what JSON has not."""


def test_a_signature_is_drafted_as_a_schema_is():
    manifest = draft(tool_of(send_message))
    assert manifest.parts["recipient"].role is ArgumentRole.DESTINATION
    assert manifest.parts["body"].role is ArgumentRole.TEXT
    assert Effect.EGRESS in manifest.effects


def test_fields_of_an_answer_are_drafted():
    found = {one.path: one.source for one in draft(tool_of(list_faxes)).results}
    assert found["[].number"] is Source.SYSTEM
    assert found["[].body"] is Source.FREE


@pytest.mark.parametrize("function", [anything, strange])
def test_what_no_schema_can_say_is_refused(function):
    with pytest.raises(ConfigError, match="expected"):
        tool_of(function)


@pytest.mark.parametrize(
    ("function", "result", "good"),
    [
        (list_faxes, [{"number": 1, "body": "a"}], True),
        (list_faxes, [{"number": "a"}], False),
        (list_faxes, "words", False),
        (send_message, None, True),
        (send_message, "words", False),
        (anything, "words", True),
        (strange, object(), True),
    ],
)
def test_a_result_is_of_the_type_that_its_function_says(function, result, good):
    assert fits(function, result) is good


def test_what_a_function_takes_is_said_whatever_it_answers():
    def find(number: int, note: str = None) -> range:  # noqa: RUF013 as many write it
        return range(number), note

    said = {"number": {"type": "integer"}, "note": {"anyOf": [{"type": "string"}, {"type": "null"}]}}
    assert taken(find)["properties"] == said
    assert taken(send_message) == tool_of(send_message).input_schema
    assert taken(anything)["properties"] == taken(strange)["properties"] == {}


def test_what_refers_to_names_that_there_are_not_takes_anything():
    def later(value: "Nowhere") -> None:  # noqa: F821 that is what is tested
        """Takes what is not there."""

    assert taken(later) == {}
