"""Who may do what in the console."""

import pytest

from asepsis.console.config import Access, SignIn
from asepsis.console.people import SOMEBODY, People, Person

ACCESS = (
    Access("auditor"),
    Access("privacy", "approve", ("office",)),
    Access("medical", "approve", ("doctors", "office")),
)
SIGN_IN = SignIn("corp", "console", acr=("gold",))
NOW = 10_000_000_000


@pytest.fixture
def people():
    return People(ACCESS, SIGN_IN)


@pytest.mark.parametrize(
    ("roles", "view", "approve", "groups"),
    [
        ((), False, False, ()),
        (("other",), False, False, ()),
        (("auditor",), True, False, ()),
        (("privacy",), True, True, ("office",)),
        (("auditor", "medical", "privacy"), True, True, ("doctors", "office")),
    ],
)
def test_roles_say_what_somebody_may_do(people, roles, view, approve, groups):
    person = Person("corp:ann", roles)
    assert (people.may_view(person), people.may_approve(person), people.groups(person)) == (view, approve, groups)


def test_nobody_and_agents_approve_nothing(people):
    assert not people.may_approve(Person("", ("privacy",)))
    assert not people.may_approve(Person("corp:ann", ("privacy",), agent=True))


def test_a_console_that_nobody_signs_in_to_is_for_looking():
    people = People(ACCESS, None)
    assert people.may_view(SOMEBODY)
    assert not people.may_approve(SOMEBODY)
    assert not people.may_view(Person("corp:ann"))
    assert not people.is_sure(Person("corp:ann", ("privacy",), "gold", ("mfa",), NOW), NOW)


@pytest.mark.parametrize(
    ("acr", "amr", "age", "sure"),
    [
        ("gold", (), 0, True),
        ("", ("pwd", "mfa"), 0, True),
        ("silver", ("pwd",), 0, False),
        ("", (), 0, False),
        ("gold", (), 30 * 60_000, True),
        ("gold", (), 30 * 60_000 + 1, False),
        ("gold", (), -120_000, False),
    ],
)
def test_a_second_factor_counts_while_it_is_fresh(people, acr, amr, age, sure):
    assert people.is_sure(Person("corp:ann", ("privacy",), acr, amr, NOW - age), NOW) is sure


def test_where_no_factor_is_asked_for_the_sign_in_is_enough():
    people = People(ACCESS, SignIn("corp", "console", amr=()))
    assert people.is_sure(Person("corp:ann", (), "", (), NOW), NOW)
