"""What a schema does not allow is what a validator of JSON Schema finds; the reason has no word of the arguments."""

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from asepsis.tools.fitting import Effort, misfit, misfit_of_stranger

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 1.0]), st.sampled_from("xyz"))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8
)
TYPES = st.sampled_from(["object", "array", "string", "boolean", "null", "number", "integer"])
SMALL = st.integers(0, 3)


def nested(inner):
    several = st.lists(inner, min_size=1, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": inner,
            "items": inner,
            "prefixItems": several,
            "anyOf": several,
            "oneOf": several,
            "allOf": several,
            "minItems": SMALL,
            "maxProperties": SMALL,
            "maxLength": SMALL,
            "minimum": SMALL,
            "exclusiveMaximum": SMALL,
        },
    )


LEAVES = st.one_of(
    st.booleans(),
    st.just({}),
    st.fixed_dictionaries({"type": TYPES}),
    st.fixed_dictionaries({"enum": st.lists(VALUES, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"const": VALUES}),
)
SCHEMAS = st.recursive(LEAVES | st.just({"$ref": "#/$defs/one"}), nested, max_leaves=8).filter(
    lambda schema: isinstance(schema, dict)
)


@given(SCHEMAS, LEAVES, st.dictionaries(NAMES, VALUES, max_size=3))
def test_it_agrees_with_a_validator(schema, one, arguments):
    whole = {**schema, "$defs": {"one": one}}
    valid = Draft202012Validator(whole).is_valid(arguments)
    assert (misfit(whole, arguments) == "") is valid
    assert (misfit_of_stranger(whole, arguments, Effort()) == "") is valid


ODD = st.recursive(
    SCALARS | st.text(), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["$ref", "type", "enum", "items", "prefixItems", "anyOf", "allOf", "properties", "required"])
        | st.just("additionalProperties") | st.just("minLength"), inner, max_size=4
    ), max_leaves=12,
)  # fmt: skip
SECRETS = st.dictionaries(st.sampled_from(["secret-name"]), st.just("secret-value") | st.lists(st.just("secret-value")))


@given(st.dictionaries(st.sampled_from(["type", "properties", "anyOf", "items", "required", "$ref"]), ODD), SECRETS)
def test_any_schema_has_an_answer_without_a_word_of_the_arguments(schema, arguments):
    assert "secret" not in misfit(schema, arguments)
