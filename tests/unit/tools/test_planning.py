import msgspec
import pytest

from asepsis.core import canonical
from asepsis.core.errors import InputError
from asepsis.core.plans import Origin, Plan, Step
from asepsis.core.types import Principal
from asepsis.tools.planning import PLANNER, TOOL, granted, read

PLAN = Plan((Step("plan__send_email", (Origin("recipients[]", "ann@plan.test"),), 2),))


def test_the_plan_of_a_grant_is_in_its_claim():
    who = Principal("t", "agent", "chat", (("role", "r"), ("plan", canonical.encode(PLAN).decode())))
    assert granted(who) == PLAN
    assert granted(Principal("t", "agent", "chat", (("role", "r"),))) is None


def test_a_plan_is_read_as_a_client_writes_it():
    said = msgspec.json.decode(msgspec.json.encode(PLAN))
    assert read(said) == PLAN
    assert read({"steps": [{"tool": "a"}]}) == Plan((Step("a"),))


@pytest.mark.parametrize(
    "said",
    [None, [], {}, {"steps": [{}]}, {"steps": [{"tool": "a", "x": 1}]}, {"steps": [{"tool": "a"}] * 65}, {"steps": 1}],
)
def test_what_is_no_plan_is_refused_without_a_word_of_it(said):
    with pytest.raises(InputError, match="expected a plan: its steps"):
        read(said)


def test_the_tool_is_shown_with_the_fields_that_a_plan_has():
    assert PLANNER.name == TOOL
    step = PLANNER.input_schema["properties"]["steps"]["items"]
    assert set(step["properties"]) == set(Step.__struct_fields__)
    assert set(step["properties"]["origins"]["items"]["properties"]) == set(Origin.__struct_fields__)
