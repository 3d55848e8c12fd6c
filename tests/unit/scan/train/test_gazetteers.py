"""The word lists of a folder."""

from asepsis.scan.names.lists import FLAGS
from asepsis.scan.train.gazetteers import gather, widened


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


def test_a_model_runs_with_the_names_of_all_origins(names):
    narrow = gather(names)
    found = widened(narrow, names)
    first, last = (1 << FLAGS.index(name) for name in ("first", "last"))
    assert found["ngozi"] & first
    assert found["mukherjee"] & last
    assert found["gusev"] & last
    assert all(
        found.get(one) == narrow.get(one) for one in ("wolf", "china", "street")
    )  # words, though people bear them
    assert all(narrow[one] & ~found[one] == 0 for one in narrow)
    assert not any(len(one) < 3 for one in set(found) - set(narrow))


def test_names_that_are_kept_for_tests_are_on_no_wider_list(names):
    narrow = gather(names)
    assert set(widened(narrow, names, "train")) < set(widened(narrow, names))
