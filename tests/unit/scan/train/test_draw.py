"""Seeded choices."""

from asepsis.scan.train.draw import Draw


def test_the_same_seed_draws_the_same_everywhere():
    assert [Draw(1).below(1000) for _ in range(2)] == [566, 566]
    draw = Draw(1)
    assert [draw.below(10) for _ in range(8)] == [5, 7, 9, 4, 4, 7, 8, 5]


def test_all_items_are_drawn_and_nothing_else():
    draw = Draw(2)
    assert {draw.pick("abc") for _ in range(100)} == set("abc")
    assert {draw.between(3, 5) for _ in range(100)} == {3, 4, 5}
    assert sum(draw.chance(25) for _ in range(4000)) in range(850, 1150)


def test_patterns():
    value = Draw(3).digits("?%##-x")
    assert value[0].isupper()
    assert value[1] in "123456789"
    assert value[2:4].isdigit()
    assert value[4:] == "-x"
