import tomllib
from importlib import resources

from asepsis.tools.types import ArgumentRole, Effect, Source
from asepsis.tools.vocabulary import vocabulary

TABLES = resources.files("asepsis.tools").joinpath("tables")


def test_each_table_says_something_that_there_is():
    assert set(vocabulary().arguments) <= set(ArgumentRole)
    assert set(vocabulary().results) | set(vocabulary().answers) <= set(Source)
    assert set(vocabulary().effects) <= set(Effect)


def test_each_list_names_a_word_once():
    for table in (vocabulary().arguments, vocabulary().results, vocabulary().answers, vocabulary().effects):
        for entries in table.values():
            assert len(set(entries)) == len(entries)


def test_ways_of_asking_are_named_once():
    intent = tomllib.loads(TABLES.joinpath("intent.toml").read_text())
    names = [doing["name"] for doing in intent["doing"]]
    assert len(set(names)) == len(names)
