import pytest

from asepsis.tools.fitting import misfit

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
