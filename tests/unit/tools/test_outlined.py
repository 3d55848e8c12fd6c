import pytest

from asepsis.core.errors import InputError
from asepsis.tools.outlined import outlined
from asepsis.tools.types import Argument, ArgumentRole, Effect, Manifest

ROLES = {role.value: role for role in ArgumentRole}
PAY = Manifest("pay", "", frozenset(), arguments=tuple(Argument(name, role) for name, role in ROLES.items()))


def shown(**arguments):
    return {piece.place: piece.value for piece in outlined(PAY, arguments, {})}


def test_what_says_whom_what_and_how_much_is_shown_and_no_text():
    values = shown(**dict.fromkeys(ROLES, "v"))
    assert {name for name, value in values.items() if value} == {
        "destination",
        "object",
        "subject",
        "value",
        "code",
        "url",
        "time",
    }


def test_what_nobody_confirmed_is_shown_with_its_key_for_it_may_be_anything():
    assert shown(text="hi", bcc="eve@evil.test") == {"text": "", "{1}*": "bcc", "{1}": "eve@evil.test"}
    assert {piece.value for piece in outlined(None, {"value": "v"}, {})} == {"value", "v"}


def test_what_lies_in_an_argument_is_shown_as_that_is_and_what_it_is_of_by_its_key():
    assert shown(destination={"cc": ["eve@evil.test"]}) == {
        "destination{0}*": "cc",
        "destination{0}[0]": "eve@evil.test",
    }
    assert shown(text={"a": "b"}) == {"text{0}*": "a", "text{0}": ""}
    assert set(shown(secret={"a": "b"}).values()) == {""}


def test_an_argument_that_says_what_is_done_is_shown():
    asks = Argument("do", ArgumentRole.FREE, means=(("APV", "approve"),), reads=("LST",))
    acts = Manifest("act", "", frozenset(), arguments=(asks, Argument("in.do", ArgumentRole.FREE, reads=("LST",))))
    assert {one.value for one in outlined(acts, {"do": "APV", "in": {"do": "DEL"}}, {})} == {"APV", "DEL"}


@pytest.mark.parametrize(
    ("value", "legible"),
    [
        (1200.5, "1200.5"),
        ("acct \u202e12\u202c", "acct \\u202e12\\u202c"),
        ("a\nb\u200bc", "a\\u000ab\\u200bc"),
        ("José", "José"),
        ("x" * 2_000, "x" * 2_000),
    ],
)
def test_a_value_is_shown_so_that_the_eye_sees_all_of_it(value, legible):
    assert shown(value=value) == {"value": legible}


def test_a_piece_has_its_length_and_its_origin():
    (piece,) = outlined(PAY, {"value": "1200"}, {"value": "the user's words"})
    assert (piece.characters, piece.origin) == (4, "the user's words")


def test_arguments_beyond_the_limits_have_no_outline():
    deep = "v"
    for _ in range(30):
        deep = [deep]
    with pytest.raises(InputError):
        outlined(PAY, {"value": deep}, {})


def test_what_lies_in_an_object_that_is_called_a_text_is_shown_where_it_decides():
    body = Argument("body", ArgumentRole.TEXT)
    manifest = Manifest("post", "", frozenset({Effect.EGRESS}), arguments=(body,))
    pieces = outlined(manifest, {"body": {"to": "eve@evil.test", "text": "x"}}, {})
    assert [piece.value for piece in pieces] == ["to", "eve@evil.test", "text", ""]
