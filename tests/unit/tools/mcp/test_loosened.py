import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from asepsis.tools.mcp.loosened import loosened

SCHEMA = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 10_000},
        "born": {"type": "string", "format": "date", "pattern": "^[0-9-]{10}$"},
        "state": {"enum": ["TX", "NY"]},
        "payer": {"const": "Acme"},
        "ids": {"type": "array", "uniqueItems": True, "items": {"type": ["number", "null"]}},
        "either": {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": 3}]},
        "who": {"$ref": "#/$defs/who"},
    },
    "$defs": {"who": {"type": "object", "properties": {"ssn": {"type": "string", "minLength": 9}}}},
}
WHOLE = {
    "id": 12_345,
    "born": "1961-03-04",
    "state": "TX",
    "payer": "Acme",
    "ids": [1, 2, None],
    "either": 5,
    "who": {"ssn": "219099999"},
}
CUT = {"id": "[MRN]", "born": "[DATE]", "state": "[GEO]", "payer": "[NAME]", "ids": ["[MRN]", "[MRN]"]} | {
    "either": "[MRN]",
    "who": {"ssn": "[SSN]"},
}


@pytest.mark.parametrize("result", [WHOLE, CUT])
def test_a_result_keeps_to_it_whole_and_cut(result):
    Draft202012Validator.check_schema(loosened(SCHEMA))
    Draft202012Validator(loosened(SCHEMA)).validate(result)


@pytest.mark.parametrize("result", [{}, WHOLE | {"more": 1}, WHOLE | {"who": 5}, WHOLE | {"ids": {}}])
def test_which_fields_there_are_stays(result):
    assert not Draft202012Validator(loosened(SCHEMA)).is_valid(result)


LEAVES = st.sampled_from(["integer", "number", "string", "boolean", "null"]).map(lambda one: {"type": one})
SCHEMAS = st.recursive(
    LEAVES | st.booleans(),
    lambda inner: (
        st.dictionaries(st.sampled_from("abc"), inner).map(lambda one: {"type": "object", "properties": one})
        | inner.map(lambda one: {"type": "array", "items": one, "uniqueItems": True})
        | st.lists(inner, min_size=1, max_size=3).map(lambda one: {"oneOf": one})
    ),
    max_leaves=6,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)


@given(SCHEMAS, VALUES)
def test_what_kept_to_a_schema_keeps_to_it_loosened(schema, value):
    before = json.dumps(schema)
    if Draft202012Validator(schema).is_valid(value):
        assert Draft202012Validator(loosened(schema)).is_valid(value)
    assert json.dumps(schema) == before
