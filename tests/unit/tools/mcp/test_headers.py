import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.tools.mcp.headers import decoded, differs, encoded, repeating, valid
from asepsis.tools.mcp.messages import Request

SCHEMA = {
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "inner": {"type": "object", "properties": {"count": {"type": "integer", "x-mcp-header": "Count"}}},
        "free": {"type": "string"},
    }
}
ASKED = Request(1, "tools/call", {"name": "a", "arguments": {"region": "de", "inner": {"count": 2}, "free": "x"}})
SAID = {"mcp-method": "tools/call", "mcp-name": "a", "mcp-param-region": "de", "mcp-param-count": "2"}


def test_what_a_request_says_is_repeated_once():
    assert dict(repeating(ASKED, SCHEMA)) == SAID
    assert not differs(ASKED, SAID, SCHEMA, strict=True)


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_header_that_is_missing_or_other_differs(name):
    other = {one: value for one, value in SAID.items() if one != name}
    assert differs(ASKED, other, SCHEMA, strict=True)
    assert differs(ASKED, SAID | {name: "else"}, SCHEMA, strict=True)
    assert differs(ASKED, SAID | {name: "=?base64?!?="}, SCHEMA, strict=True)


def test_versions_with_a_handshake_need_no_headers():
    assert not differs(ASKED, {}, SCHEMA, strict=False)
    assert differs(ASKED, {"mcp-name": "b"}, SCHEMA, strict=False)


def test_a_header_for_what_is_not_asked_differs():
    asked = Request(1, "tools/call", {"name": "a", "arguments": {"inner": {"count": True}}})
    assert dict(repeating(asked, SCHEMA))["mcp-param-count"] == "true"
    assert differs(asked, SAID | {"mcp-param-count": "true"}, SCHEMA, strict=True)


@given(st.text())
def test_any_value_comes_back_as_it_was(value):
    assert decoded(encoded(value)) == value
    assert encoded(value).isascii()


@pytest.mark.parametrize(
    ("marks", "good"),
    [
        ([("Region", "string"), ("Count", "integer"), ("On", "boolean")], True),
        ([("", "string")], False),
        ([("Region", "number")], False),
        ([("Region", "object")], False),
        ([("Region", None)], False),
        ([("Region", "string"), ("region", "string")], False),
        ([("My Region", "string")], False),
        ([("Region:", "string")], False),
        ([("Region\r\nauthorization", "string")], False),
        ([("R\u00e9gion", "string")], False),
        ([(7, "string")], True),
    ],
)
def test_only_what_can_be_a_header_may_be_one(marks, good):
    properties = {f"a{at}": {"type": kind, "x-mcp-header": name} for at, (name, kind) in enumerate(marks)}
    assert valid({"properties": properties}) is good
    assert valid({"properties": {"inner": {"type": "object", "properties": properties}}}) is good
