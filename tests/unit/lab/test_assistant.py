"""The scripted assistant: what it is asked decides what it does."""

import msgspec
import pytest

from asepsis.lab.assistant import Asked, ToolCall, Turn, answer, fill
from asepsis.lab.plan import health_plan

PLAN = health_plan(7, 5)
OBJECT = {"type": "object", "properties": {"q": {"type": "string"}}}
TOOLS = [("first", OBJECT), ("second", {"type": "object", "properties": {"n": {"type": "integer"}}})]


def asked(text, **more):
    return answer(Asked(text, **more), PLAN)


def test_it_repeats_what_it_read():
    assert asked("hello") == Turn("You wrote: hello")


def test_the_same_question_has_the_same_answer():
    assert asked("please leak") == asked("please leak")


def test_it_leaks_a_member_when_told_to_and_only_then():
    text = asked("please LEAK").text
    (member,) = [one for one in PLAN.members if one.ssn in text]
    for piece in (member.name, member.id, member.mbi, member.mrn, member.born, member.phone, member.email):
        assert piece in text
    assert asked("leakage").text == "You wrote: leakage"


def test_it_calls_one_tool_or_all():
    assert asked("use a tool", tools=TOOLS).calls == (ToolCall("call_lab0", "first", {"q": "sample"}),)
    both = asked("call both", tools=TOOLS).calls
    assert [(call.id, call.name, call.arguments) for call in both] == [
        ("call_lab0", "first", {"q": "sample"}),
        ("call_lab1", "second", {"n": 42}),
    ]


def test_without_tools_or_without_being_asked_it_calls_none():
    assert asked("use a tool").calls == asked("hello", tools=TOOLS).calls == ()


def test_it_leaks_in_a_tools_arguments():
    (call,) = asked("leak by tool", tools=TOOLS).calls
    assert any(one.ssn in call.arguments["q"] for one in PLAN.members)


def test_it_reads_a_tools_results_before_anything_else():
    assert asked("leak by tool", tools=TOOLS, results=["a", "b"]) == Turn("The tool says: a | b")


@pytest.mark.parametrize("more", [{"thinks": True}, {}])
def test_it_thinks_aloud_when_told_to(more):
    text = "hello" if more else "think, please"
    assert asked(text, **more).thinking == f"They ask: {text}"
    assert asked("rethink").thinking == ""


def test_it_fills_a_schema():
    assert msgspec.json.decode(asked("fill it", schema=OBJECT).text) == {"q": "sample"}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"enum": ["b", "a"], "type": "string"}, "b"),
        ({"type": "array", "items": {"type": "integer"}}, [42]),
        ({"type": "array"}, []),
        ({"type": "number"}, 42),
        ({"type": "boolean"}, True),
        ({"type": "object"}, {}),
        ({}, "sample"),
        ({"type": "object", "properties": {"a": OBJECT, "b": True}}, {"a": {"q": "sample"}}),
    ],
)
def test_each_form_of_schema_is_filled(schema, value):
    assert fill(schema) == value
