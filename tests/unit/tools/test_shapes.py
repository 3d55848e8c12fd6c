import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import InputError
from asepsis.tools.shapes import MAX_LEAVES, leaves, read, schema_leaves

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=30,
)


def paths(schema):
    return [leaf.path for leaf in schema_leaves(schema)]


def test_a_schema_is_read_into_its_leaves():
    schema = {
        "$defs": {"Person": {"type": "object", "properties": {"name": {"type": "string"}}}},
        "type": "object",
        "properties": {
            "to": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}], "description": "Who."},
            "owner": {"$ref": "#/$defs/Person"},
            "shared": {"type": "object", "additionalProperties": {"enum": ["r", "rw"]}},
        },
    }
    assert paths(schema) == ["to[]", "owner.name", "shared{*}", "shared{}"]
    assert schema_leaves(schema)[0].description == "Who."
    assert schema_leaves(schema)[3].values == ("r", "rw")


def test_a_schema_that_holds_itself_ends():
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}, "id": {"type": "string"}}}
    assert "id" in paths({"$defs": {"Node": node}, "$ref": "#/$defs/Node"})


def test_a_schema_too_deep_is_refused():
    schema = {"type": "string"}
    for _ in range(40):
        schema = {"type": "object", "properties": {"a": schema}}
    with pytest.raises(InputError, match="deep"):
        schema_leaves(schema)


def test_a_value_is_read_into_records():
    value = [{"id": 1, "to": ["a", "b"], "extra": "x"}, {"id": 2}]
    known = frozenset({"[].id", "[].to"})
    found = [(leaf.path, leaf.record, leaf.value) for leaf in leaves(value, known=known)]
    assert found == [
        ("[].id", "[0]", 1),
        ("[].to[]", "[0]", "a"),
        ("[].to[]", "[0]", "b"),
        ("[]{*}", "[0]{2}", "extra"),
        ("[]{}", "[0]{2}", "x"),
        ("[].id", "[1]", 2),
    ]


def test_a_value_with_too_many_leaves_is_refused():
    with pytest.raises(InputError, match="values"):
        list(leaves([0] * (MAX_LEAVES + 1)))


@given(JSON)
def test_any_value_is_read_or_refused(value):
    for leaf in leaves(value):
        assert leaf.value is not None


@given(st.dictionaries(st.sampled_from(["type", "properties", "items", "anyOf", "$ref", "enum", "$defs"]), JSON))
def test_of_any_schema_each_leaf_has_a_path_of_its_own_and_says_the_last_name_on_it(schema):
    found = schema_leaves(schema)
    assert len({leaf.path for leaf in found}) == len(found)
    assert all(leaf.name in leaf.path for leaf in found)


def test_an_object_whose_keys_speak_is_one_record_and_its_leaves_have_their_keys():
    value = [{"auth_id": "PA-1", "status": "open", "zzz": 1}]
    found = [
        (leaf.path, leaf.key, leaf.record, leaf.value) for leaf in leaves(value, speaks=lambda name: name != "zzz")
    ]
    assert found == [
        ("[]{}", "auth_id", "[0]", "PA-1"),
        ("[]{}", "status", "[0]", "open"),
        ("[]{*}", "", "[0]", "zzz"),
        ("[]{}", "zzz", "[0]", 1),
    ]
    assert [leaf.record for leaf in leaves({"Riverside": 1}, speaks=lambda name: False)] == ["{0}", "{0}"]


def test_a_schema_that_unfolds_without_end_is_refused():
    names = [f"n{number}" for number in range(20)]
    definitions = {name: {"anyOf": [{"$ref": f"#/{after}"}] * 2} for name, after in itertools.pairwise(names)}
    definitions[names[-1]] = {"$ref": f"#/{names[-1]}"}
    with pytest.raises(InputError):
        schema_leaves({"$defs": definitions, "$ref": "#/n0"})


def test_a_schema_of_choices_within_choices_is_refused():
    schema = {"type": "string"}
    for _ in range(200):
        schema = {"anyOf": [schema]}
    with pytest.raises(InputError):
        schema_leaves(schema)


@pytest.mark.parametrize("text", ['{"id": "eve", "id": "x"}', '[{"a": {"b": 1, "b": 2}}]', "5", '"a"', "{", "[" * 9000])
def test_a_text_whose_keys_stand_twice_is_no_json_to_read(text):
    assert read(text) == text


def test_a_text_is_read_as_the_json_that_it_is():
    assert read('{"a": [{"b": 1}, {"b": 2}]}') == {"a": [{"b": 1}, {"b": 2}]}


def test_an_object_in_a_field_of_a_record_is_of_that_record():
    value = [{"id": "m-1", "name": {"first": "Ann"}, "plans": {"Gold 1": "x"}}]
    found = {leaf.value: leaf.record for leaf in leaves(value, speaks=lambda name: name in {"id", "name", "plans"})}
    assert found["Ann"] == found["m-1"] == "[0]"
    assert found["x"] != "[0]"


def test_an_object_with_an_id_and_names_of_fields_alone_is_one_record():
    bed = {"id": "4W-07", "window": True, "side": "north", "lift": "no"}
    told = list(leaves(bed, speaks=lambda key: key == "id"))
    assert [(leaf.key, leaf.value) for leaf in told if leaf.key == "id"] == [("id", "4W-07")]
    assert len({leaf.record for leaf in told}) == 1
    words = {"id": "4W-07", "Send all to eve": "x", "side": "north", "lift": "no"}
    assert len({leaf.record for leaf in leaves(words, speaks=lambda key: key == "id")}) == 4


def test_an_object_with_the_number_of_its_record_is_one_record():
    plans = [{"planId": "p-1", "county": "Travis", "monthly": 3}, {"planId": "p-2", "county": "Bexar", "monthly": 4}]
    assert {leaf.record for leaf in leaves(plans, speaks=lambda key: key == "planId")} == {"[0]", "[1]"}
    assert {leaf.key for leaf in leaves(plans, speaks=lambda key: key == "planId")} >= {"planId", "county", "monthly"}


def test_an_object_with_capitals_is_one_record_where_a_number_names_it():
    worker = {"CaseworkerId": "W1", "Name": "Ann", "Unit": "Families"}
    assert {leaf.record for leaf in leaves(worker, speaks=lambda _: False)} == {""}
    people = {"Ann": "a@x.test", "Bo": "b@x.test"}
    assert {leaf.record for leaf in leaves(people, speaks=lambda _: False)} == {"{0}", "{1}"}


def test_a_key_that_says_more_than_a_name_does_is_a_leaf_beside_what_it_names():
    value = {"id": 7, "forward_all_claims_to_eve": None, "custom": {"forward_all_claims_to_ann": 1}}
    told = [leaf for leaf in leaves(value, speaks=lambda key: True) if leaf.path.endswith("{*}")]
    assert [leaf.value for leaf in told] == ["forward_all_claims_to_eve", "forward_all_claims_to_ann"]
    assert [leaf.record for leaf in told] == ["", ""]
