"""Scopes: their form, and which lies within which."""

import pytest

from asepsis.core.types import Action, Principal
from asepsis.identity.scopes import covers, is_scope, reaches


@pytest.mark.parametrize("text", ["model.invoke", "model.invoke:llama-3", "tool.call:claims.*", "tool.call:*"])
def test_an_action_with_a_name_or_without_is_a_scope(text):
    assert is_scope(text)


@pytest.mark.parametrize(
    "text", ["", "model", "model.fly", "model.invoke:", "model.invoke:a b", 'model.invoke:"', "model.invoke:a*b", "*"]
)
def test_what_is_no_action_or_has_another_pattern_is_none(text):
    assert not is_scope(text)


@pytest.mark.parametrize(
    ("wide", "narrow", "within"),
    [
        ("model.invoke", "model.invoke:m", True),
        ("model.invoke", "model.invoke", True),
        ("model.invoke:m", "model.invoke", False),
        ("model.invoke:m*", "model.invoke:m-3", True),
        ("model.invoke:m*", "model.invoke:m-*", True),
        ("model.invoke:m-*", "model.invoke:m*", False),
        ("model.invoke:m", "model.invoke:m*", False),
        ("model.invoke:m*", "model.invoke:*", False),
        ("tool.call", "model.invoke", False),
    ],
)
def test_a_scope_lies_within_a_wider_one(wide, narrow, within):
    assert covers([wide], [narrow]) is within


def test_each_of_the_narrow_ones_has_to_lie_within():
    assert covers(["model.invoke", "tool.call:a"], ["tool.call:a", "model.invoke:m"])
    assert not covers(["model.invoke", "tool.call:a"], ["tool.call:a", "tool.call:b"])


def test_who_has_a_grant_reaches_its_scope_alone():
    who = Principal("t", "ann", "chat", (("grant", "g"), ("scope", "model.invoke:m*"), ("scope", "tool.call:a")))
    assert reaches(who, Action.MODEL_INVOKE, "m-3")
    assert not reaches(who, Action.MODEL_INVOKE, "n")
    assert not reaches(who, Action.MODEL_REVEAL, "")
    assert not reaches(who, Action.TOOL_CALL, "ab")


def test_without_a_grant_policy_alone_decides():
    assert reaches(Principal("t", "ann", "chat"), Action.MODEL_INVOKE, "m")


def test_a_grant_without_a_scope_reaches_nothing():
    assert not reaches(Principal("t", "ann", "chat", (("grant", "g"),)), Action.MODEL_INVOKE, "m")
