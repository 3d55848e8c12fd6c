"""The names and places of a folder."""

from asepsis.scan.train.world import World, borne, toml


def test_names_of_every_origin_in_latin_letters_and_of_the_lists(world):
    assert len(world.origins) > 25
    assert all(len(one.first) >= 15 and len(one.last) >= 15 for one in world.origins)
    assert world.listed.first == ("Maria", "John", "Aisha")  # no `Million`, which is a word
    assert [place.name for place in world.large] == ["Tulsa", "Silver Lake"]


def test_the_two_halves_have_no_name_in_common(names):
    train, test = World.read(names, "train"), World.read(names, "test")
    for one, other in zip(train.origins, test.origins, strict=True):
        if len(one.last) > 100:
            assert not set(one.last) & set(other.last)


def test_a_file_of_templates_is_read():
    assert "text" in toml("queries")


def test_names_that_people_bear(world):
    first, last = borne()
    assert "Maria" in first
    assert "Smith" in last
    assert "Nguyen" not in first


def test_towns_abroad_have_an_order_in_every_run(world):
    assert all(list(one) == sorted(one) for one in world.abroad)


def test_last_names_are_also_put_together(world):
    (portuguese,) = {one for one in world.origins if one.name == "portuguese"}
    assert "dos Santos" in portuguese.last
