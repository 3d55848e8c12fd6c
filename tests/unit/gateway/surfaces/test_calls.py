"""Which tools an answer calls."""

import pytest

from asepsis.gateway.errors import Denied
from asepsis.gateway.surfaces.calls import Called, Calls, called

LOOK = {"type": "function_call", "name": "look"}


def names(document):
    return [one.name for one in called(document)]


@pytest.mark.parametrize(
    "document", [LOOK, {"a": [{"b": LOOK}]}, {"function_call": {"name": "look"}}, {"tool_calls": [{"name": "look"}]}]
)
def test_a_call_is_seen_wherever_it_stands(document):
    assert names(document) == ["look"]


@pytest.mark.parametrize("name", ["tools", "input", "arguments", "tool_choice"])
def test_what_is_handed_over_or_only_said_of_tools_is_no_call(name):
    assert names({name: [LOOK]}) == []


def test_a_call_of_a_kind_that_has_names_has_one_even_if_it_says_none():
    assert names({"type": "tool_use"}) == [""]
    assert names({"type": "function_call", "name": ["look"]}) == [""]


def test_a_built_in_tool_with_a_name_is_decided_on_by_both():
    assert names({"type": "shell_call", "name": "look"}) == ["shell_call", "look"]


def test_entries_of_a_list_are_told_apart_by_their_index():
    (only,) = called({"choices": [{"index": 3, "delta": {"tool_calls": [{"index": 5, "name": "look"}]}}]})
    assert only == Called(("choices", 3, "delta", "tool_calls", 5, "name"), "look", adds=True)


def test_deep_nesting_is_walked_without_recursion():
    document = LOOK
    for _ in range(5000):
        document = {"a": [document]}
    assert names(document) == ["look"]


def test_a_call_is_named_once():
    calls = Calls()
    assert calls.fresh(1, Called((), "look"))
    assert not calls.fresh(1, Called((), "look"))
    for other in (Called((), "wire"), Called((), "look", adds=True)):
        with pytest.raises(Denied):
            calls.fresh(1, other)


def test_a_tool_is_new_until_it_was_decided_on():
    calls = Calls()
    calls.fresh(1, Called((), "look"))
    assert (calls.repeats("look"), calls.repeats("wire"), calls.repeats("wire")) == (True, False, True)
