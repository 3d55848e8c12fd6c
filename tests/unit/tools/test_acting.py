import pytest

from asepsis.tools.draft import draft
from asepsis.tools.types import ArgumentRole, Effect, Tool

TEXT, FLAG = {"type": "string"}, {"type": "boolean"}


def drafted(name, needed=(), **properties):
    schema = {"type": "object", "properties": dict.fromkeys(needed, TEXT) | properties, "required": list(needed)}
    return draft(Tool(name, "", schema))


@pytest.mark.parametrize(
    ("argument", "schema", "verb"),
    [
        ("archive", FLAG, "archive"),
        ("delete_after", FLAG, "delete"),
        ("approve", FLAG, "approve"),
        ("email_to", TEXT, "email"),
        ("share_with", TEXT, "share"),
        ("cc", TEXT, "send"),
        ("notify", TEXT, "notify"),
        ("also_notify", TEXT, "notify"),
        ("recipient", TEXT, "send"),
        ("fax_number", TEXT, "send"),
        ("new_status", TEXT, "change"),
        ("update", {"type": "object", "properties": {"state": TEXT}}, "update"),
        ("comment", TEXT, "note"),
        ("rm", TEXT, "remove"),
    ],
)
def test_a_tool_that_reads_does_what_an_argument_says_where_it_is_given_anything(argument, schema, verb):
    tool = drafted("get_report", ["report_id"], **{argument: schema})
    given = {
        "report_id": "R-1",
        argument: True if schema is FLAG else {"state": "x"} if "properties" in schema else "x",
    }
    assert tool.reads_only
    assert tool.called_with({"report_id": "R-1"}) is tool
    assert tool.called_with({"report_id": "R-1", argument: None}).reads_only
    called = tool.called_with(given)
    assert {Effect.WRITE, Effect.EGRESS, Effect.IRREVERSIBLE} == called.effects
    assert called.verbs == (verb,)
    assert called.parts["report_id"].role is ArgumentRole.OBJECT


@pytest.mark.parametrize(
    ("argument", "schema"),
    [
        ("deleted_only", FLAG),
        ("include_archived", FLAG),
        ("updated_after", TEXT),
        ("update_date", TEXT),
        ("status", TEXT),
        ("order_id", TEXT),
        ("reason", TEXT),
        ("limit", {"type": "integer"}),
        ("filter", {"type": "object", "properties": {"recipient": TEXT}}),
    ],
)
def test_what_only_says_what_to_read_does_nothing(argument, schema):
    assert not any(one.does for one in drafted("get_report", ["report_id"], **{argument: schema}).arguments)


@pytest.mark.parametrize("argument", ["phone", "email", "recipient"])
def test_where_nothing_is_named_an_address_picks(argument):
    assert not any(one.does for one in drafted("find_members", **{argument: TEXT}).arguments)


def test_an_action_that_reads_does_more_by_such_an_argument():
    schema = {"action": {"type": "string", "enum": ["get", "close"]}, "notify": TEXT, "archive": FLAG}
    tool = drafted("claims", ["claim_id"], **schema)
    assert tool.called_with({"action": "get", "claim_id": "1", "archive": False}).reads_only
    assert not tool.called_with({"action": "get", "claim_id": "1", "archive": True}).reads_only
    assert not tool.called_with({"action": "get", "claim_id": "1", "notify": "eve"}).reads_only
