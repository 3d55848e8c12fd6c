"""Runs of tokens, put together."""

import pytest

from asepsis.scan.names.runs import LIKELY, NO_RUN, Run, titled, whole
from asepsis.scan.names.tokens import tokens


def joined(text, *values):
    words = tokens(text)
    runs = []
    for kind, value in values:
        first = len(tokens(text[: text.index(value)]))
        runs.append(Run(first, first + len(tokens(value)), kind, 900))
    return [(run.kind, "".join(words[run.first : run.last]).strip()) for run in whole(words, runs)]


@pytest.mark.parametrize(
    ("text", "values", "found"),
    [
        ("Vega. Moya said", [("NAME", "Vega. Moya ")], [("NAME", "Vega"), ("NAME", "Moya")]),
        ("in Tulsa. Verbal consent", [("GEO", "Tulsa. Verbal ")], [("GEO", "Tulsa"), ("GEO", "Verbal")]),
        ("at Sinai. Her ex, Cy", [("GEO", "Sinai. Her ex, ")], [("GEO", "Sinai"), ("GEO", "Her ex,")]),
        ("at Elm Str. and Oak Pike", [("GEO", "Elm Str. and Oak Pike")], [("GEO", "Elm Str. and Oak Pike")]),
        ("since Feb. Walked at", [("DATE", "Feb. Walked at")], [("DATE", "Feb")]),
        ("on 6/2/1979. Her maiden name", [("DATE", "6/2/1979. Her maiden ")], [("DATE", "6/2/1979")]),
        ("am 3. March 2021", [("DATE", "3. March 2021")], [("DATE", "3. March 2021")]),
        ("am 3. March", [("DATE", "3. March")], [("DATE", "3. March")]),
        ("on Mon. Feb. 3", [("DATE", "Mon. Feb. 3")], [("DATE", "Mon. Feb. 3")]),
        ("at 3 Avda. Rio Nalon 58", [("GEO", "3 Avda. Rio Nalon 58")], [("GEO", "3 Avda. Rio Nalon 58")]),
        ("at Oak St. Tulsa", [("GEO", "Oak St. Tulsa")], [("GEO", "Oak St. Tulsa")]),
        ("on Tuesday, March 3rd", [("DATE", "March 3rd")], [("DATE", "Tuesday, March 3rd")]),
        ("scan CT-8823", [("ID", "8823")], [("ID", "CT-8823")]),
        ("by AUTH-12345", [("ID", "AUTH-"), ("GEO", "12345")], [("ID", "AUTH-12345")]),
        ("by AUTH-12345", [("GEO", "12345")], [("ID", "AUTH-12345")]),
        ("in 12345", [("GEO", "12345")], [("GEO", "12345")]),
        ("in late June 2022", [("DATE", "late "), ("DATE", "June 2022")], [("DATE", "late June 2022")]),
        ("Ana Carolina Anjos", [("NAME", "Ana "), ("NAME", "Carolina Anjos")], [("NAME", "Ana Carolina Anjos")]),
        ("will Ana go", [("NAME", "will "), ("NAME", "Ana ")], [("NAME", "will"), ("NAME", "Ana")]),
        ("Ana\nCarolina", [("NAME", "Ana"), ("NAME", "Carolina")], [("NAME", "Ana"), ("NAME", "Carolina")]),
        ("J. Vega", [("NAME", "J"), ("NAME", "Vega")], [("NAME", "J. Vega")]),
        ("Saeed Hotak 98F", [("NAME", "Saeed Hotak ")], [("NAME", "Saeed Hotak"), ("AGE", "98F")]),
    ],
)
def test_runs_are_cut_and_completed(text, values, found):
    assert joined(text, *values) == found


@pytest.mark.parametrize(
    ("text", "values", "found"),
    [
        (
            "4 Via Roma 9\nApt. 3\nLucca\nGuinea and more",
            [("GEO", "4 Via Roma 9"), ("GEO", "Apt. 3"), ("GEO", "Lucca"), ("NAME", "Guinea ")],
            ["4 Via Roma 9", "Apt. 3\nLucca\nGuinea"],
        ),
        (
            "the corner of Oak 7 and Elm Street, 20 mg",
            [("GEO", "corner of Oak 7 "), ("GEO", "Elm Street")],
            ["corner of Oak 7 and Elm Street"],
        ),
        ("43 ul. Jadwigi 112\nSuite 3", [("NAME", "Jadwigi ")], ["43 ul. Jadwigi 112"]),
        ("43 ul. Jadwigi 112\nSuite 3", [("NAME", "Jadwigi "), ("GEO", "112")], ["43 ul. Jadwigi 112"]),
        (
            "corner of Oak 4 and Elm Way",
            [("GEO", "corner of Oak 4 and "), ("NAME", "Elm "), ("GEO", "Way")],
            ["corner of Oak 4 and Elm Way"],
        ),
        ("from 4507 Jason Track in", [("GEO", "4507 "), ("NAME", "Jason Track ")], ["4507 Jason Track"]),
        ("09 99 Park Avenue\n", [("GEO", "09 "), ("GEO", "99 Park Avenue")], ["09 99 Park Avenue"]),
        ("4 Oak St\nLucca\nItaly 123", [("GEO", "4 Oak St"), ("GEO", "Italy 123")], ["4 Oak St\nLucca\nItaly 123"]),
        ("gave 4507 to Jason", [("GEO", "4507 "), ("NAME", "Jason")], ["4507", "Jason"]),
        ("from Lucca\nItaly has more", [("GEO", "Lucca")], ["Lucca"]),
        ("4 Via Roma\nThanks, Lucca\nItaly", [("GEO", "4 Via Roma"), ("GEO", "Lucca")], ["4 Via Roma", "Lucca"]),
        ("02 Via Roma 9\n", [("GEO", "Via Roma ")], ["02 Via Roma 9"]),
    ],
)
def test_addresses_are_whole(text, values, found):
    assert [value for _, value in joined(text, *values)] == found


def test_nothing_comes_of_nothing():
    assert whole(tokens("Tulsa"), []) == []
    assert NO_RUN.first > NO_RUN.last


def test_what_begins_the_next_sentence_is_no_place_for_that_of_the_one_before():
    words = tokens("in Tulsa. Verbal consent")
    first, second = whole(words, [Run(1, 4, "GEO", 900)])
    assert (first.likely, second.likely < 100) == (900, True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("saw Ms. Rash and Mr Long", ["Rash", "Long"]),
        ("Mr. and Mrs. Rash", ["Rash"]),
        ("Dr. O'Pain came", ["O'Pain"]),
        ("12 Oak Dr. Unit 4", []),
        ("12 Oak Dr. Salem", []),
        ("takes MS Contin", []),
        ("the Dr. was in. Dr", []),
        ("Ms. R came, Mr. who", []),
        ("mr. rash", []),
    ],
)
def test_what_a_title_stands_before_is_a_name_however_ordinary(text, names):
    words = tokens(text)
    found = titled(words, [])
    assert [words[run.first].strip() for run in found] == names
    assert all(run == Run(run.first, run.first + 1, "NAME", LIKELY) for run in found)


def test_a_name_behind_a_title_that_was_found_is_left_as_it_was():
    words = tokens("saw Ms. Rash Long")
    runs = [Run(3, 5, "NAME", 900)]
    assert titled(words, runs) == runs
