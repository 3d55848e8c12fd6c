import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.plans import Origin, Plan, Step

TO_CLINIC = Origin("to", tool="list_faxes", field="[].sender")
SUBJECT = Origin("subject", value="Call back")

steps = st.builds(
    Step,
    st.sampled_from(["send", "pay"]),
    st.lists(st.sampled_from([TO_CLINIC, SUBJECT]), unique=True).map(tuple),
    st.integers(1, 3),
)
plans = st.lists(steps, max_size=4).map(lambda some: Plan(tuple(some)))


def test_a_plan_is_within_one_that_says_as_much_or_leaves_more_open():
    wide = Plan((Step("send", (TO_CLINIC,), 2), Step("pay")))
    assert Plan((Step("send", (TO_CLINIC, SUBJECT)), Step("send", (TO_CLINIC,)))).within(wide)
    assert Plan(()).within(wide)


@pytest.mark.parametrize(
    "step",
    [
        Step("send", (TO_CLINIC,), 3),
        Step("send", (SUBJECT,)),
        Step("send", (Origin("to", value="eve@evil.test"),)),
        Step("delete"),
        Step("pay", times=2),
    ],
)
def test_a_plan_that_does_more_is_not_within(step):
    assert not Plan((step,)).within(Plan((Step("send", (TO_CLINIC,), 2), Step("pay"))))


def test_two_steps_share_what_one_step_of_the_wider_plan_allows():
    assert not Plan((Step("pay"), Step("pay", (SUBJECT,)))).within(Plan((Step("pay"),)))


@given(plans, plans)
def test_what_is_within_makes_no_more_calls_of_any_tool(plan, wide):
    if plan.within(wide):
        for tool in ("send", "pay"):
            asked = sum(step.times for step in plan.steps if step.tool == tool)
            assert asked <= sum(step.times for step in wide.steps if step.tool == tool)


@given(plans)
def test_a_plan_is_within_itself_and_knows_itself_again(plan):
    assert plan.within(plan)
    again = msgspec.json.decode(msgspec.json.encode(plan), type=Plan)
    assert (again, again.digest) == (plan, plan.digest)


@pytest.mark.parametrize(
    "text",
    [
        '{"steps":[{"tool":""}]}',
        '{"steps":[{"tool":"a","times":0}]}',
        '{"steps":[],"x":1}',
        '{"steps":[{"tool":"a","origins":[{"path":"p","y":1}]}]}',
        '{"steps":[{"tool":"a","origins":[{"path":"p","value":"x"},{"path":"p","value":"y"}]}]}',
    ],
)
def test_what_is_no_plan_is_not_read(text):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Plan)
