import msgspec
import pytest

from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.infra.randomness import SystemRandomness
from asepsis.ledger.sealing.keyring import Keyring, unwrapped
from asepsis.testing.clock import ManualClock
from asepsis.testing.sealing import MemoryWrapper


@pytest.fixture
def wrapper():
    return MemoryWrapper()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def ring(wrapper, clock):
    made = Keyring(wrapper, clock, SystemRandomness())
    made.renew()
    return made


def test_an_owner_has_one_key_in_a_window_and_another_in_the_next(ring, clock):
    first = ring.data_key("t", ("subject:a",), "content")
    assert ring.data_key("t", ("subject:a",), "content") is first
    ring.renew()
    assert ring.window == 1
    clock.advance(milliseconds=61_000)
    ring.renew()
    assert ring.window == 2
    assert ring.data_key("t", ("subject:a",), "content").keys != first.keys


def test_tenants_owners_and_types_of_record_share_nothing(ring):
    names = [("t", "subject:a", "c"), ("u", "subject:a", "c"), ("t", "session:a", "c"), ("t", "subject:a", "c.1d")]
    assert len({ring.data_key(tenant, (owner,), record).keys for tenant, owner, record in names}) == 4


def test_new_keys_are_told_once_and_groups_beside_them(ring):
    ring.data_key("t", ("subject:b", "subject:a"), "content")
    keys, groups = ring.fresh()
    assert [(one.owner, one.record) for one in keys] == [("subject:a", "content"), ("subject:b", "content")]
    assert groups == (("t", tuple(sorted(one.key for one in keys))),)
    ring.data_key("t", ("subject:a",), "content")
    assert ring.fresh() == ((), ())


def test_a_row_opens_with_the_other_half_alone_and_stands_for_nobody_else(ring, wrapper):
    ring.data_key("t", ("subject:a",), "content")
    (row,), _ = ring.fresh()
    assert len(unwrapped(row, wrapper)) == 32
    other = row.wrapped[:-1] + bytes([row.wrapped[-1] ^ 1])
    for change in ({"owner": "subject:b"}, {"tenant": "u"}, {"key": b"k" * 16}, {"wrapped": other}):
        with pytest.raises(NotTrusted):
            unwrapped(msgspec.structs.replace(row, **change), wrapper)


def test_a_key_service_that_is_away_is_borne_for_a_while(ring, wrapper, clock):
    wrapper.away = True
    clock.advance(milliseconds=14 * 60_000)
    with pytest.raises(Unavailable):
        ring.renew()
    assert ring.holds()
    clock.advance(milliseconds=3 * 60_000)
    assert not ring.holds()
    wrapper.away = False
    ring.renew()
    assert ring.holds()


def test_what_was_lost_is_forgotten(ring):
    before = ring.data_key("t", ("subject:a",), "content")
    ring.forget()
    with pytest.raises(Unavailable):
        ring.data_key("t", ("subject:a",), "content")
    ring.renew()
    assert ring.data_key("t", ("subject:a",), "content").keys != before.keys
    assert len(ring.fresh().keys) == 1
