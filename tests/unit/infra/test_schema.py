"""What a tree of Structs allows."""

from typing import Annotated, Literal

import msgspec
import pytest
from msgspec.inspect import type_info

from asepsis.core.errors import ConfigError
from asepsis.infra import schema
from asepsis.infra.secrets import SecretUri


class Cat(msgspec.Struct, frozen=True, tag="cat"):
    lives: int = 9


class Dog(msgspec.Struct, frozen=True, tag="dog"):
    barks: bool = True


class Root(msgspec.Struct, frozen=True):
    pet: Cat | Dog | None = None
    word: Literal["a", "b"] | None = None
    key: SecretUri | None = None
    many: tuple[Cat, ...] = ()
    size: Annotated[int, msgspec.Meta(ge=0)] = 0


def kind(step):
    return schema.descend(type_info(Root), step)


def test_a_tagged_union_allows_the_names_of_all_its_members():
    assert schema.names(kind("pet")) == ("type", "lives", "barks")


def test_only_tables_have_names():
    assert schema.names(kind("size")) is None
    assert schema.descend(kind("size"), "x") is None
    assert schema.descend(kind("many"), 3) == type_info(Cat)


def test_unknown_names_are_found_at_any_depth():
    tree = {"pet": {"type": "cat", "livs": 1}, "many": [{}, {"lives": 1, "x": 2}], "siz": 3}
    assert list(schema.unknown(tree, type_info(Root))) == [
        (("pet", "livs"), "the nearest name is `lives`"),
        (("many", 1, "x"), "known are `lives`, `type`"),
        (("siz",), "the nearest name is `size`"),
    ]


def test_secrets_are_known_by_their_type():
    assert schema.is_secret(kind("key"))
    assert not schema.is_secret(kind("word"))


@pytest.mark.parametrize(
    ("text", "step", "value"),
    [
        ("1", "size", 1),
        ("x y", "size", "x y"),
        ("1\nb = 2", "size", "1\nb = 2"),
        ("1", "word", "1"),
        ("[]", "many", []),
    ],
)
def test_text_is_read_as_what_is_wanted(text, step, value):
    assert schema.parse(text, kind(step)) == value


def test_words_are_those_of_literals_and_enums():
    assert sorted(schema.allowed(kind("word"))) == ["a", "b"]
    assert schema.nearest("x", ()) == "nothing can be set here"


def test_a_struct_that_toml_cannot_fill_is_refused():
    class Odd(msgspec.Struct):
        field: dict[int, int] | dict[str, str]

    with pytest.raises(ConfigError):
        schema.root(Odd)
