"""Who opens an emergency: two approvers of its group, over one statement, for no longer than is allowed."""

import msgspec
import pytest

from asepsis.core.errors import NotTrusted
from asepsis.ledger.emergency import Opening
from asepsis.policy import dsse
from asepsis.policy.config import Approver
from asepsis.policy.emergency import Statement, admitted, bundle, read, sign

KEYS = {name: dsse.private_key(dsse.new_key()) for name in ("ann", "bob", "eve")}
PEOPLE = [Approver(name, dsse.public_text(KEYS[name]), f"corp:{name}", ("emergency",)) for name in ("ann", "bob")]
STATEMENT = Statement("o1", ("ledger", "sealing"), 1_000_000, 1_000_000 + 3_600_000, "disk full")


def opened(*signed, now=1_000_000, most_ms=3_600_000):
    return admitted(bundle(signed), approvers=PEOPLE, most_ms=most_ms, now=now)


def by(name, statement=STATEMENT, key=None):
    return sign(statement, KEYS[key or name], by=name)


def test_two_people_open_it():
    assert opened(by("ann"), by("bob")) == Opening("o1", ("ledger", "sealing"), 4_600_000, "disk full", ("ann", "bob"))
    assert read(by("ann")) == STATEMENT


def test_others_do_not():
    other = msgspec.structs.replace(STATEMENT, reason="another")
    for signed in (
        (by("ann"),),
        (by("ann"), by("ann")),
        (by("ann"), by("eve")),
        (by("ann"), by("bob", key="eve")),
        (by("ann"), by("bob", other)),
        (),
        (b"nonsense", b"more"),
        (by("ann"), b"\xff"),
    ):
        with pytest.raises(NotTrusted):
            opened(*signed)


def test_one_person_with_two_keys_is_one_person():
    again = Approver("ann-2", dsse.public_text(KEYS["eve"]), "corp:ann", ("emergency",))
    signed = bundle((by("ann"), sign(STATEMENT, KEYS["eve"], by="ann-2")))
    with pytest.raises(NotTrusted, match="two approvers"):
        admitted(signed, approvers=[*PEOPLE, again], most_ms=3_600_000, now=1_000_000)


@pytest.mark.parametrize(
    "wrong", [{"until": 5_000_000}, {"until": 1_000_000}, {"scopes": ()}, {"start": 2_000_000, "until": 2_100_000}]
)
def test_nor_for_longer_than_is_allowed_or_for_later(wrong):
    statement = msgspec.structs.replace(STATEMENT, **wrong)
    with pytest.raises(NotTrusted):
        opened(by("ann", statement), by("bob", statement))


def test_a_signature_over_something_else_is_none():
    envelope = dsse.sealed(STATEMENT, KEYS["bob"], type="application/vnd.asepsis.open+json")
    with pytest.raises(NotTrusted):
        opened(by("ann"), envelope)
