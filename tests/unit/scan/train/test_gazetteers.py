"""The word lists of a folder."""

from asepsis.scan.names.lists import FLAGS
from asepsis.scan.train.gazetteers import gather


def test_a_word_has_the_bits_of_all_its_lists(names):
    found = gather(names)

    def lists(one):
        return {name for at, name in enumerate(FLAGS) if found.get(one, 0) >> at & 1}

    assert lists("rose") == {"first", "last", "common"}
    assert lists("tulsa") == {"city", "county"}
    assert lists("silver") == {"place"}
    assert lists("street") == {"street"}
    assert lists("kansas") == lists("france") == {"state"}
    assert lists("county") == set()
