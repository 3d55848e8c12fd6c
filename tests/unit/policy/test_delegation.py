"""Delegation: what is handed over, to whom, until when, and that no database makes or prolongs it."""

from typing import NamedTuple

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core.errors import InputError
from asepsis.policy.answers import Teller
from asepsis.policy.delegation import Delegations
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds

ANN = Teller("corp:ann", ("privacy-office",))
DAY = 86_400_000


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{tenant}|{kind}|{value[::-1]}"


class Rows(dict):
    def __init__(self):
        super().__init__()
        self.told = []

    def add(self, row, told, /):
        self[row.delegation] = row
        self.told.append(told)

    def living(self, now, /, *, tenant):
        return tuple(row for row in self.values() if row.tenant == tenant and row.expires > now)

    def end(self, row, told, /):
        self.told.append(told)
        return self.pop(row.delegation, None) is not None


class Tools(NamedTuple):
    clock: ManualClock
    ids: SequentialIds
    digester: PlainDigester


@pytest.fixture
def made():
    rows, tools = Rows(), Tools(ManualClock(), SequentialIds(), PlainDigester())
    made = Delegations(rows, Ed25519PrivateKey.from_private_bytes(b"k" * 32), tools, tenant="t")
    made.rows, made.tools = rows, tools
    return made


def test_it_counts_for_its_time_for_whom_it_was_given_to(made):
    made.hand_over(ANN, "corp:bob", days=2, reason="on leave")
    assert made.handed("corp:bob") == (("privacy-office", "corp:ann"),)
    assert made.handed("corp:ann") == made.handed("corp:eve") == ()
    made.tools.clock.advance(milliseconds=2 * DAY - 1)
    assert made.handed("corp:bob") == (("privacy-office", "corp:ann"),)
    made.tools.clock.advance(milliseconds=1)
    assert made.handed("corp:bob") == ()


def test_the_record_has_who_did_it_and_the_others_by_digest(made):
    said = made.hand_over(ANN, "corp:bob", days=2, reason="on leave")
    made.end(said.delegation, "corp:bob")
    one, other = made.rows.told
    assert (one.groups, one.state, other.state) == (("privacy-office",), "active", "ended")
    assert (one.by, one.to, other.who) == (one.who, other.to, other.to)
    assert (one.person, other.person) == ("corp:ann", "corp:bob")
    assert b"corp:" not in msgspec.json.encode(
        [msgspec.structs.replace(each, by="", to="", who="", person="") for each in made.rows.told]
    )


@pytest.mark.parametrize(
    ("teller", "to", "days", "reason"),
    [
        (ANN, "corp:ann", 1, "on leave"),
        (ANN, "", 1, "on leave"),
        (ANN, "a\nb", 1, "on leave"),
        (ANN, "x" * 201, 1, "on leave"),
        (ANN, "corp:bob", 0, "on leave"),
        (ANN, "corp:bob", 31, "on leave"),
        (ANN, "corp:bob", 1, "no"),
        (ANN, "corp:bob", 1, "x" * 501),
        (Teller("corp:ann", ()), "corp:bob", 1, "on leave"),
    ],
)
def test_what_cannot_be_handed_over_is_not(made, teller, to, days, reason):
    with pytest.raises(InputError):
        made.hand_over(teller, to, days=days, reason=reason)
    assert made.rows == {}


def test_there_are_only_so_many_at_a_time(made):
    for number in range(10):
        made.hand_over(ANN, f"corp:{number}", days=1, reason="on leave")
    with pytest.raises(InputError, match="at most 10"):
        made.hand_over(ANN, "corp:bob", days=1, reason="on leave")


def test_only_the_two_end_it(made):
    said = made.hand_over(ANN, "corp:bob", days=1, reason="on leave")
    with pytest.raises(InputError):
        made.end(said.delegation, "corp:eve")
    with pytest.raises(InputError):
        made.end("other", "corp:ann")
    made.end(said.delegation, "corp:ann")
    assert made.living() == ()


@pytest.mark.parametrize("change", [{"expires": 2**50}, {"delegation": "other"}, {"statement": b"{}"}, {"tenant": "u"}])
def test_a_row_that_was_changed_counts_for_nothing(made, change):
    said = made.hand_over(ANN, "corp:bob", days=1, reason="on leave")
    made.rows[said.delegation] = msgspec.structs.replace(made.rows[said.delegation], **change)
    assert made.living() == ()


def test_what_another_key_signed_counts_for_nothing(made):
    other = Delegations(made.rows, Ed25519PrivateKey.from_private_bytes(b"x" * 32), made.tools, tenant="t")
    other.hand_over(ANN, "corp:bob", days=1, reason="on leave")
    assert made.handed("corp:bob") == ()
