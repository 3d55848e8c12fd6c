"""Made-up names: of the culture and gender of the real one, in its form."""

import pytest

from asepsis.deid.dice import Dice
from asepsis.deid.people import people


@pytest.fixture
def rename():
    known = {}

    def draw(word, role, make):
        return known.setdefault((word, role), make(Dice(f"{word}{role}".encode())))

    return lambda text: people().surrogate(text, draw)


def roles(word):
    return {role for role, words in people().lists.items() if word in words}


@pytest.mark.parametrize(
    ("name", "culture", "gender"),
    [("Jennifer Smith", "english", "f"), ("Robert Johnson", "english", "m"), ("Aisha Khalil", "arabic", "f")],
)
def test_culture_and_gender_are_kept(rename, name, culture, gender):
    given, family = rename(name).split()
    assert (culture, gender) in roles(given)
    assert (culture, "s") in roles(family)


def test_form_is_kept(rename):
    first, last = rename("Jennifer Smith").split()
    assert rename("SMITH, JENNIFER") == f"{last.upper()}, {first.upper()}"
    assert rename("jennifer smith") == f"{first} {last}".lower()
    assert rename("Dr. Jennifer Smith, MD") == f"Dr. {first} {last}, MD"
    assert rename("Smith's") == f"{last}'s"
    assert rename("J. Smith").endswith(f". {last}")
    assert len(rename("J. Smith").split(".")[0]) == 1


def test_a_part_of_a_name_has_the_same_surrogate_as_in_the_whole(rename):
    whole = rename("Robert Johnson").split()
    assert rename("Johnson") == whole[1]
    assert rename("Robert") == whole[0]


def test_a_particle_alone_and_a_part_of_a_name_are_names(rename):
    assert rename("Van") != "Van"
    assert rename("Dr. Van") != "Dr. Van"
    assert rename("Dr.") == "Dr."
    assert people().surrogate("Do", lambda word, role, make: make(Dice(b"1")), part="family") != "Do"


@pytest.mark.parametrize("text", ["", "Mr.", "4711", "María José", "Олег", "李"])
def test_any_text_has_an_answer(rename, text):
    assert isinstance(rename(text), str)


def test_no_list_is_too_short_to_choose_from():
    assert min(len(words) for (_, _), words in people().lists.items()) >= 7
