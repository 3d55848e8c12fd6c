"""How to mend what is wrong with a policy."""

import pytest

from asepsis.policy.mending import meant, of_schema, of_syntax, place_of

SCHEMA = 'entity Role; entity Application; action "model.invoke", "tool.call" { purpose: String, internal: Bool }'
HEAD = """# expires = "no"
name = "b"
expires = "2027-01-01"

[[providers]]
upstream = "a"

[[providers]]
upstream = "b"
region = 9

[[others]]
region = 1
"""


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ('attribute `purpos` in context for Asepsis::Action::"x" not found', "purpose"),
        ("attribute `provider.intrnal` in context not found", "internal"),
        ("unrecognized entity type `Asepsis::Rol`", "Role"),
        ('unrecognized action `Asepsis::Action::"model.invok"`', "model.invoke"),
    ],
)
def test_an_unknown_name_is_told_the_nearest(said, name):
    assert of_schema(said, SCHEMA).startswith(f"the nearest name is `{name}`; `asepsis policy schema`")


@pytest.mark.parametrize("said", ["unrecognized entity type `Asepsis::Zzzz`", "the types are not the same"])
def test_where_none_is_near_the_schema_says_it(said):
    assert of_schema(said, SCHEMA).startswith("`asepsis policy schema`")


def test_no_name_is_made_up():
    assert meant("reasn", {"reason", "request"}) == "the nearest name is `reason`"
    assert meant("zzzz", {"reason"}) == ""


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("invalid token", "strings stand in"),
        ("unexpected end of input", "ends with `;`"),
        ("invalid policy condition: wenn", "`when { … }`"),
        ("invalid policy effect: allow", "`permit` or `forbid`"),
        ("'=' is not a valid operator in Cedar", "`==`"),
        ("this policy is missing the `resource` variable in the scope", "`(principal, action, resource)`"),
        ("`foo` is not a valid function", "`contains`"),
        ("unexpected token `action`", "permit (principal, action, resource)"),
    ],
)
def test_what_can_not_be_read_is_told_how_it_is_written(said, how):
    assert how in of_syntax(said)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("expires", "f:3"),
        ("providers[1].region", "f:10"),
        ("providers[0].upstream", "f:6"),
        ("providers[0].region", "f:5"),
        ("providers[7].region", "f"),
        ("author", "f"),
    ],
)
def test_a_key_has_its_line(path, place):
    assert place_of("f", HEAD, path) == place
