import pytest

from asepsis.tools.flow.reckoning import reckoned
from asepsis.tools.flow.seen import Seen


def everyone(_):
    return True


@pytest.fixture
def records(manifests):
    seen = Seen()
    claims = next(one for one in manifests if one.name == "list_claims")
    values = [("Alder", 100.0), ("Alder", 50.0), ("Birch", 7.0)]
    result = seen.add(claims, [{"provider": name, "amount": amount} for name, amount in values])
    return list(result.records.values())


@pytest.mark.parametrize("value", [157.0, 150.0, 3.0, 75.0, 110.0, 90.0, 93.0, 43.0])
def test_what_can_be_worked_out_in_a_step_is(records, value):
    assert reckoned(value, frozenset({10.0}), records, whole=everyone, chosen=everyone)


@pytest.mark.parametrize("value", [9999.0, 101.0, 163.5])
def test_what_can_not_is_not(records, value):
    assert not reckoned(value, frozenset({10.0}), records, whole=everyone, chosen=everyone)


@pytest.mark.parametrize("value", [20.0, 100.0, 1.0, 9.0, 11.0])
def test_what_the_user_said_once_is_not_reckoned_with_itself(value):
    assert not reckoned(value, frozenset({10.0}), [], whole=everyone, chosen=everyone)
    assert reckoned(12.0, frozenset({10.0, 2.0}), [], whole=everyone, chosen=everyone)


def test_what_is_more_than_the_whole_is_no_share(records):
    assert not reckoned(500.0, frozenset({900.0}), records, whole=everyone, chosen=everyone)


@pytest.mark.parametrize("said", [0.0, 1.0, 100.0])
def test_what_leaves_a_number_as_it_is_was_not_worked_out(records, said):
    one, *_ = records
    assert not reckoned(one.counted[0].number, frozenset({said}), [one], whole=lambda _: False, chosen=everyone)


def test_a_number_that_its_author_may_have_set_is_reckoned_with_where_its_record_is_chosen(records):
    assert not reckoned(110.0, frozenset({10.0}), records, whole=lambda _: False, chosen=lambda _: False)
    assert reckoned(110.0, frozenset({10.0}), records, whole=lambda _: False, chosen=everyone)
