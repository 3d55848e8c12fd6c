import pytest

from asepsis.console.config import Access, SignIn
from asepsis.console.people import People, Person
from asepsis.console.tellers import Tellers
from asepsis.core.errors import NotTrusted
from asepsis.policy.answers import Teller

ACCESS = (Access("privacy", "approve", ("privacy-office",)), Access("auditor"))


class Delegations:
    def handed(self, principal):
        return (("medical-director", "corp:dee"),) if principal == "corp:ann" else ()


@pytest.fixture
def tellers():
    return Tellers(People(ACCESS, SignIn("corp", "console", amr=("mfa",), fresh_minutes=5)), Delegations())


def person(name, role, **more):
    return Person(name, (role,), **more)


def test_an_approver_answers_for_their_groups_and_for_what_was_handed_to_them(tellers):
    ann, bob = person("corp:ann", "privacy"), person("corp:bob", "privacy")
    assert tellers.of(ann) == Teller("corp:ann", ("privacy-office",), (("medical-director", "corp:dee"),))
    assert tellers.own(ann) == Teller("corp:ann", ("privacy-office",))
    assert tellers.of(bob) == tellers.own(bob) == Teller("corp:bob", ("privacy-office",))


def test_what_was_handed_to_who_may_not_approve_counts_for_nothing(tellers):
    assert tellers.of(person("corp:ann", "auditor")) is None
    assert tellers.of(person("corp:ann", "privacy", agent=True)) is None


def test_whoever_answers_showed_lately_who_they_are(tellers):
    now = 1_800_000_000_000
    with pytest.raises(NotTrusted, match="second factor"):
        tellers.sure(person("corp:bob", "privacy", at=now), now)
    with pytest.raises(NotTrusted, match="no role"):
        tellers.sure(person("corp:bob", "auditor", at=now, amr=("mfa",)), now)
    assert tellers.sure(person("corp:bob", "privacy", at=now, amr=("mfa",)), now).principal == "corp:bob"
