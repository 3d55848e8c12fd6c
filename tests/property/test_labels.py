"""Labels form a join-semilattice."""

from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.labels import TRUSTED, Category, Integrity, Label, SubjectRef

words = st.sampled_from("abc")
labels = st.builds(
    Label,
    integrity=st.sampled_from(Integrity),
    origins=st.frozensets(words),
    categories=st.frozensets(st.sampled_from(Category), max_size=3),
    subjects=st.frozensets(st.builds(SubjectRef, words, words), max_size=3),
)


@given(labels, labels, labels)
def test_a_join_is_associative(one, two, three):
    assert one.join(two).join(three) == one.join(two.join(three))


@given(labels, labels)
def test_a_join_is_commutative(one, two):
    assert one.join(two) == two.join(one)


@given(labels)
def test_a_join_is_idempotent_and_nothing_known_is_its_identity(one):
    assert one.join(one) == one
    assert one.join(TRUSTED) == one


@given(labels, labels)
def test_a_join_is_the_least_label_that_covers_both(one, two):
    joined = one.join(two)
    assert joined.covers(one)
    assert joined.covers(two)
    assert joined.integrity in (one.integrity, two.integrity)
    assert joined.origins == one.origins | two.origins


@given(labels, labels, labels)
def test_a_join_is_monotone(one, two, more):
    assert one.join(more).join(two.join(more)).covers(one.join(two))
    if two.covers(one):
        assert two.join(more).covers(one.join(more))
