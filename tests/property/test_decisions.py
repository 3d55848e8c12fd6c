"""Decisions of one bundle form a join-semilattice whose order is the verdict's."""

from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.types import Decision, Kind, Obligation, ObligationKind, Verdict

words = st.sampled_from(["", "a", "b"])
obligations = st.builds(Obligation, st.sampled_from(ObligationKind), st.sampled_from([Kind.SSN, Kind.NAME]))
canonical_tuples = st.frozensets(obligations, max_size=3).map(lambda some: tuple(sorted(some)))
decisions = st.builds(
    Decision,
    verdict=st.sampled_from(Verdict),
    reason=words,
    policies=st.frozensets(words, max_size=2).map(lambda some: tuple(sorted(some))),
    bundle=st.just("bundle"),
    obligations=canonical_tuples,
    plan=canonical_tuples,
    input=words,
    duties=st.frozensets(words, max_size=2).map(lambda some: tuple(sorted(some))),
    approvable=st.booleans(),
)


@given(decisions, decisions, decisions)
def test_a_join_is_associative(one, two, three):
    assert one.join(two).join(three) == one.join(two.join(three))


@given(decisions, decisions)
def test_a_join_is_commutative(one, two):
    assert one.join(two) == two.join(one)


@given(decisions)
def test_a_join_is_idempotent(one):
    assert one.join(one) == one


@given(decisions, decisions)
def test_a_join_is_never_weaker_and_never_drops_an_obligation(one, two):
    joined = one.join(two)
    assert joined.verdict == max(one.verdict, two.verdict)
    assert set(joined.obligations) == {*one.obligations, *two.obligations}
    assert set(joined.plan) == {*one.plan, *two.plan}
    assert (joined.reason, joined.input) in {(one.reason, one.input), (two.reason, two.input)}


@given(decisions, decisions)
def test_an_approval_turns_a_join_only_where_it_turns_both(one, two):
    joined = one.join(two)
    assert joined.final == (one.final or two.final)
    assert set(joined.duties) == {*one.duties, *two.duties}
