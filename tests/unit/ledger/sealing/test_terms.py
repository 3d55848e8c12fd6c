import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import InputError
from asepsis.core.types import Decision, Verdict
from asepsis.ledger.sealing.keeping import record
from asepsis.ledger.sealing.terms import CONTENT, Term, days_in, days_of

TIMES = st.builds(lambda number, unit: f"{number}{unit}", st.integers(1, 9999), st.sampled_from("dmy"))
USUAL = st.integers(1, 3650)


def decided(*times, more=()):
    return Decision(Verdict.ALLOW, "may", duties=(*(f"retention:{one}" for one in times), *more))


@pytest.mark.parametrize(("text", "days"), [("1d", 1), ("18m", 558), ("6y", 2196), ("9999y", 3_659_634)])
def test_a_month_and_a_year_are_as_long_as_any(text, days):
    assert days_in(text) == days


@pytest.mark.parametrize("text", ["", "0d", "30", "P30D", "30d ", "30w", "-1d", "10000d"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(InputError):
        days_in(text)


@pytest.mark.parametrize("name", ["", "document", "content.", "content.0d", "content.3d-", "content.d", "content.3d+x"])
def test_a_type_that_is_not_known_has_no_time(name):
    assert days_of(name, usual=30) is None


@given(TIMES, USUAL)
def test_a_time_is_read_from_the_name_that_it_made(time, usual):
    assert days_of(Term(days_in(time)).record, usual=usual) == days_in(time)
    assert days_of(Term(days_in(time), least=True).record, usual=usual) == max(days_in(time), usual)
    assert days_of(CONTENT, usual=usual) == usual


@given(st.lists(TIMES), st.lists(TIMES), USUAL)
def test_two_decisions_together_keep_nothing_longer_than_either_says(some, others, usual):
    one, other = decided(*some), decided(*others)
    both = days_of(record(one.join(other)), usual=usual)
    each = [days_of(record(which), usual=usual) for which, said in ((one, some), (other, others)) if said]
    assert both == min(each, default=usual)
    assert record(one.join(other)) == record(other.join(one))
    assert record(one.join(one)) == record(one)


@given(st.lists(TIMES, min_size=1), USUAL)
def test_behind_broken_glass_nothing_goes_before_the_usual_time(times, usual):
    broken = record(decided(*times, more=("breakglass:link",)))
    assert days_of(broken, usual=usual) == max(usual, *map(days_in, times))
