"""The data of the room can be read, and holds nothing that the code does not know."""

from importlib import resources

from asepsis.deid.people import people
from asepsis.deid.profiles import read_profiles

TABLES = resources.files("asepsis.deid") / "tables"


def test_the_name_lists_are_plain_words_in_known_roles():
    for line in (TABLES / "people.tsv").read_text(encoding="utf-8").splitlines():
        culture, role, names = line.split("\t")
        assert culture.isalpha()
        assert role in {"m", "f", "s", "g"}
        assert all(name.isascii() and name.isalpha() and name.istitle() for name in names.split(" "))


def test_each_culture_has_names_for_all_roles():
    cultures = {culture for culture, _ in people().lists}
    assert len(cultures) >= 15
    assert all((culture, role) in people().lists for culture in cultures for role in "mfs")


def test_each_profile_says_which_paragraph_it_carries_out():
    for profile in read_profiles().values():
        assert "164." in profile.basis or profile.basis.startswith("no paragraph")
