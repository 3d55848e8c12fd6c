"""Session grants: however one is narrowed, nothing is reached by it that was not reached before."""

from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.plans import Origin, Plan, Step
from asepsis.core.types import Action, Principal
from asepsis.identity.errors import Refused
from asepsis.identity.grants import Right, Wish, acting, narrowed
from asepsis.identity.scopes import is_scope, reaches

ACTIONS = [Action.MODEL_INVOKE, Action.TOOL_CALL]
NAMES = st.text("ab.", max_size=3)
SCOPES = st.builds(
    lambda action, name: action.value if name is None else f"{action.value}:{name}",
    st.sampled_from(ACTIONS),
    st.none() | NAMES.filter(bool) | NAMES.map(lambda name: f"{name}*"),
).filter(is_scope)
STEPS = st.builds(
    Step,
    st.sampled_from("ab"),
    st.sampled_from([(), (Origin("to", "x"),), (Origin("to", "x"), Origin("of", "y"))]),
    st.integers(1, 3),
)
PLANS = st.none() | st.lists(STEPS, max_size=3).map(lambda steps: Plan(tuple(steps)))
WISHES = st.builds(
    Wish,
    st.lists(SCOPES, max_size=3).map(tuple),
    st.lists(st.sampled_from("123"), max_size=2).map(tuple),
    until=st.integers(1, 100),
    bound=st.sampled_from(["", "k", "l"]),
    plan=PLANS,
)
ACTORS = st.none() | st.sampled_from("xyz").map(lambda name: Right(Principal("t", name, "app")))


@given(st.lists(st.tuples(ACTORS, WISHES), min_size=2, max_size=5), st.sampled_from(ACTIONS), NAMES)
def test_a_chain_of_exchanges_only_narrows(steps, action, name):
    right = Right(Principal("t", "ann", "app"), 100)
    for number, (actor, wish) in enumerate(steps):
        try:
            grant = narrowed(right, actor, wish, id=f"g{number}")
        except Refused:
            continue
        before = right.grant
        if before is not None:
            wide, narrow = acting(before), acting(grant)
            assert not reaches(narrow, action, name) or reaches(wide, action, name)
            assert not before.members or set() < set(grant.members) <= set(before.members)
            assert not before.bound or grant.bound
            assert before.bound in ("", grant.bound) or actor is not None
            assert before.plan is None or (grant.plan is not None and grant.plan.within(before.plan))
            assert grant.parent == before.id
        assert grant.expires <= right.until
        right = Right(grant.principal, grant.expires, grant)
