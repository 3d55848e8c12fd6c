"""People and the ways their names are written."""

from asepsis.scan.train import people
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.people import Person

WHO = Person("Maria", "Gonzalez", "Luz", "hispanic")


def test_people_of_many_origins(world):
    draw = Draw(1)
    assert len({people.person(draw, world).origin for _ in range(600)}) > 25


def test_a_name_is_written_in_many_ways_and_never_empty(world):
    draw = Draw(2)
    found = {people.full(draw, WHO, world.origins[0]) for _ in range(400)}
    assert {"Maria Gonzalez", "Maria L. Gonzalez", "Gonzalez, Maria", "M. Gonzalez", "Maria"} <= found
    assert all(found)


def test_initials_and_short_forms():
    draw = Draw(3)
    assert {people.initials(draw, WHO) for _ in range(60)} >= {"M.G.", "MG", "MLG"}
    assert all(people.nick(draw, "Maria").startswith("Ma") for _ in range(20))


def test_last_name_first():
    assert all("gonzalez, maria" in people.reversed_name(Draw(seed), WHO).lower() for seed in range(20))
