"""Handles at the gateway: looked up, remembered shortly, and proven where they are bound."""

import msgspec
import pytest

from asepsis.core.types import Grant, Principal
from asepsis.identity.callers import certificate_thumbprint
from asepsis.identity.grants import digest, seal
from asepsis.identity.handles import EXPIRED, REVOKED, Asked, Handles
from asepsis.testing.clock import ManualClock
from asepsis.testing.keys import NamedKeys
from asepsis.testing.proofs import Prover
from asepsis.testing.randomness import SeededRandomness

ANN = Principal("t", "ann", "chat")
ADDRESS = "https://gateway.example/v1/models"
PLAIN = Asked("GET", ADDRESS, "")


class Rows:
    def __init__(self):
        self.rows, self.asked = {}, 0

    def held(self, handle, /):
        self.asked += 1
        return self.rows.get(handle)


class Memory(set):
    def first(self, value, /, *, seconds):
        fresh = value not in self
        self.add(value)
        return fresh


@pytest.fixture
def desk():
    class Desk:
        clock, rows = ManualClock(), Rows()

        def give(self, handle="asg_1", **changes):
            grant = msgspec.structs.replace(Grant("g", ANN, ("model.invoke",), self.clock.now() + 60_000), **changes)
            row = seal(grant, handle, NamedKeys(), SeededRandomness(), issued=0)
            self.rows.rows[digest(handle)] = row
            return row

    made = Desk()
    made.handles = Handles(lambda: made.rows, NamedKeys(), Memory(), clock=made.clock)
    return made


def test_a_handle_is_looked_up_and_then_known_for_two_seconds(desk):
    desk.give()
    assert not desk.handles.fresh("asg_1")
    assert desk.handles.look("asg_1", PLAIN).principal == ANN
    desk.clock.advance(milliseconds=1_999)
    assert desk.handles.fresh("asg_1")
    assert desk.handles.known("asg_1").id == "g"
    desk.clock.advance(milliseconds=1)
    assert not desk.handles.fresh("asg_1")


def test_what_was_taken_back_is_gone_at_the_next_look_and_its_holder_hears_so(desk):
    row = desk.give()
    assert desk.handles.look("asg_1", PLAIN)
    desk.rows.rows[row.handle] = msgspec.structs.replace(row, revoked=1)
    assert desk.handles.look("asg_1", PLAIN) is REVOKED
    assert desk.handles.known("asg_1") is REVOKED
    assert desk.handles.look("asg_2", PLAIN) is None


def test_only_who_has_its_key_hears_that_a_bound_grant_is_over(desk):
    prover, now = Prover(), desk.clock.now() // 1000
    row = desk.give(bound=prover.key.thumbprint())
    desk.rows.rows[row.handle] = msgspec.structs.replace(row, revoked=1)
    stolen = Prover().proof("GET", ADDRESS, now=now, token="asg_1")
    assert desk.handles.look("asg_1", Asked("GET", ADDRESS, stolen)) is None
    assert desk.handles.look("asg_1", PLAIN) is None
    assert not desk.handles.fresh("asg_1")
    proof = prover.proof("GET", ADDRESS, now=now, token="asg_1")
    assert desk.handles.look("asg_1", Asked("GET", ADDRESS, proof)) is REVOKED


def test_a_row_that_is_not_as_it_was_sealed_is_not_said_to_be_over(desk):
    row = desk.give()
    desk.rows.rows[row.handle] = msgspec.structs.replace(row, revoked=1, sealed=bytes(64))
    assert desk.handles.look("asg_1", PLAIN) is None


def test_a_grant_is_gone_when_its_time_is_up_though_it_was_looked_up_just_now(desk):
    desk.give(expires=desk.clock.now() + 1_000)
    assert desk.handles.look("asg_1", PLAIN)
    desk.clock.advance(milliseconds=1_000)
    assert desk.handles.fresh("asg_1")
    assert desk.handles.known("asg_1") is EXPIRED
    assert desk.handles.look("asg_1", PLAIN) is EXPIRED


def test_what_is_bound_to_a_certificate_counts_with_that_one_alone(desk):
    desk.give(bound=f"x5t#S256:{certificate_thumbprint(b'der')}")
    shown = PLAIN._replace(certificate=b"der")
    assert desk.handles.look("asg_1", shown).id == "g"
    assert not desk.handles.fresh("asg_1")
    assert desk.handles.look("asg_1", PLAIN) is None
    assert desk.handles.look("asg_1", PLAIN._replace(certificate=b"other")) is None
    assert desk.handles.look("asg_1", shown._replace(proof="a proof")) is None


def test_nobody_is_behind_an_unknown_handle_and_that_is_remembered(desk):
    assert desk.handles.look("asg_2", PLAIN) is None
    assert desk.handles.fresh("asg_2")
    assert desk.handles.known("asg_2") is None


def test_what_can_be_no_handle_is_not_looked_up(desk):
    assert desk.handles.look("asg_" + "x" * 200, PLAIN) is None
    assert desk.rows.asked == 0


def test_a_row_that_another_wrote_admits_nobody(desk):
    row = desk.give()
    desk.rows.rows[digest("asg_2")] = msgspec.structs.replace(row, handle=digest("asg_2"))
    assert desk.handles.look("asg_2", PLAIN) is None


def test_a_bound_handle_needs_a_proof_each_time(desk):
    prover, now = Prover(), desk.clock.now() // 1000
    desk.give(bound=prover.key.thumbprint())
    proof = prover.proof("GET", ADDRESS, now=now, token="asg_1")
    assert desk.handles.look("asg_1", PLAIN) is None
    assert not desk.handles.fresh("asg_1")
    assert desk.handles.look("asg_1", Asked("GET", ADDRESS, proof))
    assert desk.handles.look("asg_1", Asked("GET", ADDRESS, proof)) is None
    stolen = Prover().proof("GET", ADDRESS, now=now, token="asg_1")
    assert desk.handles.look("asg_1", Asked("GET", ADDRESS, stolen)) is None


def test_a_proof_for_a_handle_that_is_not_bound_is_a_mistake(desk):
    desk.give()
    proof = Prover().proof("GET", ADDRESS, now=desk.clock.now() // 1000, token="asg_1")
    assert desk.handles.look("asg_1", Asked("GET", ADDRESS, proof)) is None


def test_memory_is_bounded(desk):
    for number in range(5_000):
        desk.handles.look(f"asg_{number}", PLAIN)
    assert len(desk.handles._looked) <= 4096
