"""Whom clues are about."""

import pytest

from asepsis.core.ports import Clue, Resolved
from asepsis.core.types import Kind
from asepsis.scan.subjects.resolver import RosterResolver
from asepsis.scan.subjects.roster import Member, Roster
from asepsis.testing.randomness import SeededRandomness

MEMBERS = (
    Member("m1", ((Kind.MRN, "00-482913"), (Kind.SSN, "123-45-6789")), "Maria", "Gonzalez", "1961-05-03"),
    Member("m2", ((Kind.MRN, "7719920"), (Kind.HEALTH_PLAN_ID, "W1")), "Mario", "Gonzalez", "1961-05-03"),
    Member("m3", ((Kind.HEALTH_PLAN_ID, "W1"),), "Ann", "Lee", "1990-01-31"),
)


@pytest.fixture(scope="module")
def resolver():
    return RosterResolver(Roster(MEMBERS, SeededRandomness()))


@pytest.mark.parametrize(
    ("clues", "members", "ambiguous"),
    [
        ([(Kind.MRN, "00482913")], ("m1",), 0),
        ([(Kind.SSN, "123 45 6789"), (Kind.MRN, "771-9920")], ("m1", "m2"), 0),
        ([(Kind.HEALTH_PLAN_ID, "w1")], (), 1),
        ([(Kind.NAME, "GONZALEZ, MARIA"), (Kind.DATE, "May 3, 1961")], ("m1",), 0),
        ([(Kind.NAME, "M. Gonzalez"), (Kind.DATE, "5/3/61")], (), 1),
        ([(Kind.NAME, "Maria Gonzalez")], (), 0),
        ([(Kind.NAME, "Maria Gonzalez"), (Kind.DATE, "1/1/2024")], (), 0),
        ([(Kind.SSN, "00482913")], (), 0),
        ([(Kind.OTHER_ID, "7719920"), (Kind.MRN, "--")], (), 0),
        ([], (), 0),
    ],
)
def test_who_is_named(resolver, clues, members, ambiguous):
    assert resolver.resolve([Clue(*clue) for clue in clues]) == Resolved(members, ambiguous)


def test_a_grant_narrows_what_is_ambiguous_and_nothing_else(resolver):
    plan = [Clue(Kind.HEALTH_PLAN_ID, "W1")]
    assert resolver.resolve(plan, among=frozenset({"m3"})) == Resolved(("m3",), 0)
    assert resolver.resolve(plan, among=frozenset({"m1"})) == Resolved((), 1)
    assert resolver.resolve(plan, among=frozenset({"m2", "m3"})) == Resolved((), 1)
    assert resolver.resolve([Clue(Kind.MRN, "00482913")], among=frozenset({"m3"})) == Resolved(("m1",), 0)


def test_many_names_and_dates_are_bounded(resolver):
    clues = [Clue(Kind.NAME, f"A{'x' * n} B") for n in range(300)] + [
        Clue(Kind.DATE, f"1/1/{1900 + n}") for n in range(99)
    ]
    assert resolver.resolve(clues) == Resolved((), 0)
