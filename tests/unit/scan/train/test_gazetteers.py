"""The word lists of a folder."""

from asepsis.scan.names.lists import FLAGS
from asepsis.scan.train.gazetteers import gather


def test_a_word_has_the_bits_of_all_its_lists(names):
    found = gather(names)

    def lists(one):
        return {name for at, name in enumerate(FLAGS) if found.get(one, 0) >> at & 1}

    assert lists("rose") == {"first", "last", "common", "frequent"}
    assert lists("tulsa") == {"city", "common", "place"}
    assert lists("silver") == {"common", "frequent", "place"}
    assert lists("street") == {"street"}  # somebody may be called that
    assert lists("kansas") == {"common", "frequent", "state"}
    assert lists("metformin") == {"common"}
    assert lists("county") == {"common", "frequent"}


def test_an_english_word_is_a_name_only_where_people_bear_it(names):
    found = gather(names)
    assert found["million"] & 7 == 4
    assert found["maria"] & 7 == 1
    assert found["gonzalez"] & 7 == 2


def test_medicines_products_and_studies_are_nobodys_names(names):
    found = gather(names)
    common = 1 << FLAGS.index("common")
    assert all(found[one] & common for one in ("farxiga", "cologuard", "aspree"))
