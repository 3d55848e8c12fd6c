"""Names that others beside them tell."""

import pytest

from asepsis.scan.names.companions import accompanied, headed
from asepsis.scan.names.lists import FLAGS
from asepsis.scan.names.runs import Run
from asepsis.scan.names.tokens import tokens

BITS = {name: 1 << at for at, name in enumerate(FLAGS)}
LISTS = {
    "White": BITS["last"] | BITS["common"],
    "Jones": BITS["last"],
    "Amy": BITS["first"] | BITS["common"],
    "Sara": BITS["first"],
    "Medicare": BITS["common"],
}


def flags(words):
    return [LISTS.get(one.strip(), 0) for one in words]


def found(text, *names):
    words = tokens(text)
    runs = []
    for name in names:
        first = len(tokens(text[: text.index(name)]))
        runs.append(Run(first, first + len(tokens(name)), "NAME", 900))
    return ["".join(words[run.first : run.last]).strip() for run in accompanied(words, runs, flags)]


@pytest.mark.parametrize(
    ("text", "names", "more"),
    [
        ("by Vizirov, Barrett and White.", ["Vizirov", "Barrett "], ["White"]),
        ("by Barrett and Jones.", ["Barrett "], ["Jones"]),
        ("by Barrett and White.", ["Barrett "], []),
        ("by Barrett and Medicare.", ["Barrett "], []),
        ("by Barrett and Zork.", ["Barrett "], []),
        ("by Barrett and Jones County.", ["Barrett "], []),
        ("by Barrett, and Jones.", ["Barrett"], []),
        ("by Barrett and jones.", ["Barrett "], []),
        ("by Barrett and", ["Barrett "], []),
    ],
)
def test_a_list_of_names_goes_on_behind_its_and(text, names, more):
    assert found(text, *names) == [one.strip() for one in names] + more


def test_what_is_found_already_stays():
    assert found("by Barrett and Jones.", "Barrett ", "Jones") == ["Barrett", "Jones"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('Sara: "Who are you?" Vizirov', ["Sara", "Vizirov"]),
        ('Vizirov\nSara: "Who are you?"', ["Vizirov", "Sara"]),
        ('Vizirov, Sara: "Who are you?"', ["Vizirov"]),
        ("Sara: 75 mg, Vizirov", ["Vizirov"]),
        ('Amy: "Who are you?" Vizirov', ["Vizirov"]),
        ('Plan: "Who are you?" Vizirov', ["Vizirov"]),
    ],
)
def test_who_speaks_at_the_beginning_of_a_line_is_named(text, names):
    assert found(text, "Vizirov") == names


def test_where_nobody_is_named_nobody_speaks():
    assert found('Sara: "Who are you?"') == []


@pytest.mark.parametrize(
    ("text", "name", "more"),
    [
        ("Kahana: gout\nTuimave: stroke", "Kahana", ["Tuimave"]),
        ("[Kahana] hello\n[Tuimave] good morning", "Kahana", ["Tuimave"]),
        ("kahana: gout\ntuimave: stroke", "kahana", ["tuimave"]),
        ("Ana Kahana: gout\nTuimave: stroke", "Ana Kahana", ["Tuimave"]),
        ("Kahana: gout\ntuimave: stroke", "Kahana", []),
        ("Kahana: gout\nMedicare: yes", "Kahana", []),
        ("Kahana: gout\nBP: 120", "Kahana", []),
        ("Kahana: gout\nBot: hello", "Kahana", []),
        ("Kahana: gout\nSara: stroke", "Kahana", ["Sara"]),
        ("Kahana: gout\nTuimave has: stroke", "Kahana", []),
        ("Kahana: gout, Tuimave: stroke", "Kahana", []),
        ("by Kahana\nTuimave: stroke", "Kahana", []),
        ("Kahana ]\nTuimave", "Kahana ", []),
    ],
)
def test_what_heads_a_line_as_a_name_does_is_one(text, name, more):
    words = tokens(text)
    first = len(tokens(text[: text.index(name)]))
    given = [Run(first, first + len(tokens(name)), "NAME", 900)]
    runs = headed(words, given, flags)
    assert ["".join(words[run.first : run.last]).strip() for run in runs if run not in given] == more
