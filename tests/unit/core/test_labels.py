"""Labels: what a join keeps."""

from asepsis.core.labels import TRUSTED, Category, Integrity, Label, SubjectRef


def test_a_join_keeps_what_either_says():
    one = Label(Integrity.UNTRUSTED, frozenset({"web"}), frozenset({Category.PHI}), frozenset({SubjectRef("t", "1")}))
    other = Label(origins=frozenset({"db"}), categories=frozenset({Category.HIV}))
    joined = one.join(other)
    assert joined.integrity is Integrity.UNTRUSTED
    assert joined.origins == {"web", "db"}
    assert joined.categories == {Category.PHI, Category.HIV}
    assert joined.subjects == {SubjectRef("t", "1")}


def test_what_nothing_is_known_about_changes_nothing():
    label = Label(categories=frozenset({Category.PHI}))
    assert TRUSTED.join(label) == label
    assert label.covers(TRUSTED)
    assert not TRUSTED.covers(label)


def test_equal_subjects_of_two_tenants_stay_two():
    one, two = (Label(subjects=frozenset({SubjectRef(tenant, "d")})) for tenant in "ab")
    assert len(one.join(two).subjects) == 2
