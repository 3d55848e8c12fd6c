"""A roster in memory holds no roster."""

import gc

import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.types import Kind
from asepsis.scan.subjects import roster
from asepsis.scan.subjects.roster import Member, Roster
from asepsis.testing.randomness import SeededRandomness

ANN = Member("m1", ((Kind.MRN, "7122250"), (Kind.SSN, "")), "Ann", "Lee", "1990-01-31")


def test_members_are_found_by_what_identifies_them():
    known = Roster([ANN], SeededRandomness())
    assert known.by_identifier(Kind.MRN, "712-2250") == ("m1",)
    assert known.by_name("ann", "lee", "1990-01-31") == known.by_name("a", "lee", "1990-01-31") == ("m1",)
    assert known.by_identifier(Kind.SSN, "") == known.by_name("ann", "lee", "") == ()
    assert known.size == 1


def test_what_identifies_a_member_is_not_kept():
    known = Roster([ANN], SeededRandomness())
    gc.collect()
    kept = repr(known.__dict__)
    assert "7122250" not in kept
    assert "lee" not in kept


def test_two_processes_have_other_digests():
    one, other = (Roster([ANN], SeededRandomness(seed=seed)) for seed in (1, 2))
    assert not set(one._found) & set(other._found)


def test_more_members_than_fit_are_refused(monkeypatch):
    monkeypatch.setattr(roster, "LARGEST", 1)
    with pytest.raises(ConfigError):
        Roster([ANN, ANN], SeededRandomness())
