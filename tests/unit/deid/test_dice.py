"""Draws: random ones know nothing of the value, keyed ones are the same each time."""

from collections import Counter

import pytest

from asepsis.deid.dice import Dice, KeyedDraws, RandomDraws
from asepsis.testing.randomness import SeededRandomness


def test_dice_stay_below_their_limit_and_reach_all_of_it():
    dice = Dice(b"seed")
    assert Counter(dice.below(6) for _ in range(6000)).keys() == set(range(6))


def test_dice_go_on_beyond_their_first_block_without_repeating():
    dice = Dice(b"seed")
    numbers = [dice.below(1 << 60) for _ in range(500)]
    assert len(set(numbers)) == 500


def test_texts_come_from_their_alphabet():
    assert set(Dice(b"x").text("ab", 100)) == {"a", "b"}


def test_random_draws_for_one_value_differ():
    draws = RandomDraws(SeededRandomness())
    assert draws.dice("SSN", "1", 0).below(1 << 60) != draws.dice("SSN", "1", 0).below(1 << 60)


def test_keyed_draws_are_the_same_for_key_kind_value_and_attempt_only():
    def first(key=b"k", kind="SSN", value="1", attempt=0):
        return KeyedDraws(key).dice(kind, value, attempt).below(1 << 60)

    assert first() == first()
    others = [first(key=b"l"), first(kind="MRN"), first(value="2"), first(attempt=1)]
    assert len({first(), *others}) == 5


@pytest.mark.parametrize("value", ["\ud800", "é", ""])
def test_any_text_can_be_drawn_for(value):
    assert KeyedDraws(b"k").dice("NAME", value, 0).below(10) < 10
