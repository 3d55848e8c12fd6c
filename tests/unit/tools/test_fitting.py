import time

import pytest

from asepsis.tools.fitting import Effort, misfit, misfit_of_stranger

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 2, "maxLength": 6},
        "amount": {"type": "number", "minimum": 0, "exclusiveMaximum": 100},
        "count": {"type": "integer"},
        "mode": {"enum": ["home", "rehab"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "to": {"type": "array", "items": {"$ref": "#/$defs/who"}, "maxItems": 2},
    },
    "required": ["id"],
    "additionalProperties": False,
    "$defs": {"who": {"type": "object", "properties": {"email": {"type": "string"}}, "required": ["email"]}},
}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, ""),
        ({"amount": 9.5, "count": 3.0, "mode": "home", "note": None, "to": [{"email": "a"}]}, ""),
        ({"id": 7}, "argument id: expected string"),
        ({"id": "x"}, "argument id: expected a length of at least 2"),
        ({"id": "xxxxxxx"}, "argument id: expected a length of at most 6"),
        ({"amount": True}, "argument amount: expected number"),
        ({"amount": -1}, "argument amount: expected at least 0"),
        ({"amount": 100}, "argument amount: expected less than 100"),
        ({"count": 1.5}, "argument count: expected integer"),
        ({"mode": "hospice"}, "argument mode: expected one of `home`, `rehab`"),
        ({"note": 3}, "argument note: expected string"),
        ({"to": [{"email": "a"}, {}]}, "argument to[1].email: is required"),
        ({"to": [{"email": "a"}] * 3}, "argument to: expected a length of at most 2"),
    ],
)
def test_arguments_are_held_against_the_schema(more, said):
    assert misfit(SCHEMA, {"id": "c-7", **more}) == said


def test_what_is_missing_or_not_allowed_is_said_by_the_names_of_the_schema():
    assert misfit(SCHEMA, {}) == "argument id: is required"
    said = misfit(SCHEMA, {"id": "c-7", "Ann Lee has asthma": 1})
    assert said.startswith("arguments: expected no other names than `id`, `amount`")
    assert "Ann" not in said
    assert not misfit({}, {"anything": 1})
    assert not misfit({"additionalProperties": {"type": "string"}}, {"x": "y"})
    assert misfit({"additionalProperties": {"type": "string"}}, {"x": 1}) == "argument *: expected string"


def test_one_alternative_alone_and_all_of_several():
    one = {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
    assert not misfit(one, {"a": 1})
    assert misfit(one, {"a": 1, "b": 1}) == "arguments: expected to fit one alternative alone"
    assert misfit({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1}) == "argument b: is required"


def test_a_hostile_schema_ends_and_nothing_fits_it():
    loop = {"$ref": "#"}
    assert "too large" in misfit(loop, {})
    wide = {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}] * 40}}, "$ref": "#/$defs/a"}
    assert "too large" in misfit(wide, {})
    assert misfit({"$ref": "https://evil.test/schema"}, {}) == "arguments: expected nothing here"
    assert not misfit({"required": [["x"], 7], "type": [{}], "enum": "x", "items": 7, "properties": []}, {})
    assert not misfit({"properties": {"x": {"pattern": "(a+)+$"}}}, {"x": "a" * 60 + "b"})


def test_the_first_entries_of_a_list_have_schemas_of_their_own():
    pair = {"properties": {"pair": {"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False}}}
    assert not misfit(pair, {"pair": [1, "a"]})
    assert not misfit(pair, {"pair": [1]})
    assert misfit(pair, {"pair": ["a", "a"]}) == "argument pair[0]: expected integer"
    assert misfit(pair, {"pair": [1, "a", "b"]}) == "argument pair[2]: expected nothing here"
    rest = {"properties": {"pair": {"prefixItems": [{"type": "integer"}], "items": {"type": "string"}}}}
    assert misfit(rest, {"pair": [1, "a", 2]}) == "argument pair[2]: expected string"
    assert not misfit({"properties": {"pair": {"prefixItems": [{"type": "integer"}]}}}, {"pair": [1, "a"]})


def test_a_truth_value_is_no_number_at_any_depth():
    assert not misfit({"properties": {"x": {"enum": [[{"a": 1}]]}}}, {"x": [{"a": 1.0}]})
    assert misfit({"properties": {"x": {"enum": [[{"a": 1}]]}}}, {"x": [{"a": True}]})
    assert misfit({"properties": {"x": {"const": {"a": 1}}}}, {"x": {"b": 1}})


def test_of_a_strangers_schema_only_names_are_said():
    who = {"properties": {"who": {"enum": ["Ann Lee", "Bob Roe"]}, "at": {"const": "Ann Lee"}}, "required": ["who"]}
    assert misfit_of_stranger(who, {"who": "Ann Lee", "at": "Ann Lee"}, Effort()) == ""
    assert misfit_of_stranger(who, {"who": "Eve"}, Effort()) == "argument who: expected one of those in the schema"
    assert "Ann" not in misfit_of_stranger(who, {"who": "Bob Roe", "at": "x"}, Effort())
    said = misfit_of_stranger({**who, "additionalProperties": False}, {"who": "Bob Roe", "x": 1}, Effort())
    assert said == "arguments: expected no other names than those in the schema"


def test_names_are_said_short_and_as_they_can_be_read():
    hidden = "a\u202eb\n" + "c" * 2_000_000
    said = misfit({"properties": {hidden: {"properties": {hidden: {"type": "string"}}}}}, {hidden: {hidden: 1}})
    assert said.startswith("argument a\\u202eb\\u000accc")
    assert said.isprintable()
    assert len(said) < 200
    assert len(misfit({"properties": {"x": {"enum": ["y" * 5_000, {"z": "z" * 5_000}]}}}, {"x": 1})) < 200


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": list(range(200_000))},
        {"enum": [{"x": [list(range(1_000))] * 50 + [number]} for number in range(60)]},
        {"required": ["x"] * 200_000},
        {"type": ["null"] * 200_000},
        {"properties": {str(number): {} for number in range(200_000)}, "additionalProperties": False},
        {"enum": ["y" * 999_999 + "z"]},
        {"$ref": "#" + "/x" * 200_000},
    ],
)
def test_what_is_long_counts_each_time_that_it_is_walked(schema):
    value = {"x": [list(range(1_000))] * 50 + [-1]}
    hostile = {"$defs": {"a": schema}, "properties": {"x": {"anyOf": [{"$ref": "#/$defs/a"}] * 19_000}}}
    start = time.process_time()
    assert misfit(hostile, {"x": "y" * 1_000_000 if len(schema.get("enum", ())) == 1 else value})
    assert time.process_time() - start < 2


def test_values_that_nest_beyond_all_reason_do_not_fit():
    deep = []
    for _ in range(3_000):
        deep = [deep]
    assert "too large" in misfit({"properties": {"x": {"enum": [deep]}}}, {"x": deep})


def test_several_calls_share_what_there_is_of_effort():
    effort, schema = Effort(100), {"properties": {"x": {"items": {"type": "integer"}}}}
    assert not misfit_of_stranger(schema, {"x": [1] * 60}, effort)
    assert "too large" in misfit_of_stranger(schema, {"x": [1] * 60}, effort)
    assert "too large" in misfit_of_stranger(schema, {}, effort)
    assert not misfit(schema, {"x": [1] * 60})


def test_a_truth_value_is_no_bound():
    old = {"properties": {"x": {"minimum": 0, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": False}}}
    assert not misfit(old, {"x": 1})
    assert misfit(old, {"x": 10}) == "argument x: expected at most 9"
    assert not misfit({"properties": {"x": {"minimum": True, "maxLength": False}}}, {"x": "a"})
