import msgspec

from asepsis.tools.conversations.calls import Wanted
from asepsis.tools.conversations.declared import Declared
from asepsis.tools.fitting import Effort
from asepsis.tools.types import Tool

PAY = Tool("pay", input_schema={"required": ["amount"]})


def declared(*tools):
    return Declared(msgspec.json.encode(tools))


def test_a_call_is_held_against_the_schema_of_its_tool_alone():
    tools = declared(PAY, Tool("list"))
    assert tools.misfit(Wanted("pay", {}), Effort()) == "argument amount: is required"
    assert tools.misfit(Wanted("pay", {"amount": 1}), Effort()) == ""
    assert tools.misfit(Wanted("list", {}), Effort()) == ""
    assert tools.misfit(Wanted("other", {}), Effort()) == ""


def test_what_can_not_be_read_or_was_made_already_is_for_others():
    assert declared(PAY).misfit(Wanted("pay", None), Effort()) == ""
    assert declared(PAY).misfit(Wanted("pay", {}, ran=True), Effort()) == ""


def test_what_is_said_twice_has_to_allow_a_call_twice():
    tools = declared(Tool("pay", input_schema={"required": ["to"]}), PAY)
    assert tools.misfit(Wanted("pay", {"to": "x"}), Effort()) == "argument amount: is required"
    assert tools.misfit(Wanted("pay", {"to": "x", "amount": 1}), Effort()) == ""
    assert tools.size == len(msgspec.json.encode([Tool("pay", input_schema={"required": ["to"]}), PAY]))
