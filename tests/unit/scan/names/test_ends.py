"""Where an address ends."""

import pytest

from asepsis.scan.names.ends import MOST, cornered, counted, ended, is_address, joins, numbered, stated
from asepsis.scan.names.tokens import tokens


def placed(text, value):
    words = tokens(text)
    first = len(tokens(text[: text.index(value)]))
    return words, first, first + len(tokens(value))


@pytest.mark.parametrize(
    ("text", "found", "rest"),
    [
        ("55 Koidu 31\nPalanu\nBahrain in case", "55 Koidu 31\nPalanu", "\nBahrain "),
        ("12 Via Roma, Lucca, Italy 55100.", "12 Via Roma, Lucca", ", Italy 55100"),
        (
            "> 12 Via Roma\n> Lucca\n> Democratic Republic of the Congo\n",
            "12 Via Roma\n> Lucca",
            "\n> Democratic Republic of the Congo",
        ),
        ("83393 Karna 33\nSfaxi\n, 13\n", "83393 Karna 33\nSfaxi", ""),
        ("83393 Karna 33\nSfaxi\n44939\nBP", "83393 Karna 33\nSfaxi", "\n44939"),
        ("4 Oak St, Lucca, 5500 units", "4 Oak St, Lucca", ""),
        ("4 Oak St, Lucca and Italy", "4 Oak St, Lucca", ""),
        ("4 Oak St, Lucca, 500", "4 Oak St, Lucca", ""),
        ("4 Oak St, Lucca", "4 Oak St, Lucca", ""),
        ("4 Oak St\nLucca\n Italy 55100", "4 Oak St", "\nLucca\n Italy 55100"),
        ("> 4 Oak St\n> Alto Lucca\n> 55100\n", "4 Oak St", "\n> Alto Lucca\n> 55100"),
        ("4 Oak St\nLucca\n, LU\n 55100 by", "4 Oak St", "\nLucca\n, LU\n 55100 "),
        ("4 Oak St\nLucca has\n5 wells", "4 Oak St", ""),
        ("4 Oak St\nA town of no name at all\nItaly", "4 Oak St", ""),
        ("4 Oak St Lucca Italy", "4 Oak St", ""),
    ],
)
def test_country_and_code_belong_to_an_address(text, found, rest):
    words, _, last = placed(text, found)
    end = ended(words, last)
    assert "".join(words[last:end]) == rest
    assert end - last <= MOST


@pytest.mark.parametrize(
    ("text", "found", "whole"),
    [
        ("Home:\n02 Via Roma\nLucca", "Via Roma", "02 Via Roma"),
        ("> Laugarvegur 66\n> Apt. 3", "Laugarvegur ", "Laugarvegur 66"),
        ("lives in Tulsa 12 days a month", "Tulsa ", "Tulsa"),
        ("gave 12 Tulsa nurses", "Tulsa ", "Tulsa"),
        ("Laugarvegur 500 mg", "Laugarvegur ", "Laugarvegur"),
        ("16 Via Roma 9, Lucca", "Via Roma ", "16 Via Roma 9"),
    ],
)
def test_a_house_number_belongs_to_a_street_on_its_line(text, found, whole):
    words, first, last = placed(text, found)
    low, high = numbered(words, first, last)
    assert "".join(words[low:high]).strip() == whole


@pytest.mark.parametrize(
    ("text", "found", "joined"),
    [
        ("the corner of Oak and Elm", "corner of Oak ", "Elm"),
        ("the corner of Oak & Elm", "Oak ", "Elm"),
        ("the corner of Oak and Elm", "corner of Oak and ", "Elm"),
        ("the corner of Oak Elm", "corner of Oak ", "Elm"),
        ("Tulsa and Reno", "Tulsa ", ""),
    ],
)
def test_a_corner_has_two_streets(text, found, joined):
    words, first, last = placed(text, found)
    assert cornered(words, first, last) == (words.index(joined) if joined else -1)


def test_lines_of_an_address_follow_each_other():
    words = tokens("12 Via Roma\n> Lucca\nTake one")
    assert joins(words, words.index("Roma") + 1, words.index("Lucca"))
    assert not joins(words, words.index("Roma") + 1, words.index("Take "))
    assert is_address(words[:3])
    assert not is_address(words[1:3])


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Big Timber, Montana to", ", Montana "),
        ("Big Timber, New Mexico", ", New Mexico"),
        ("Big Timber, District of Columbia.", ", District of Columbia"),
        ("Big Timber, France", ""),
        ("Big Timber Montana", ""),
        ("Big Timber", ""),
    ],
)
def test_the_state_behind_a_comma_belongs_to_a_place(text, rest):
    words = tokens(text)
    assert "".join(words[2 : stated(words, 2)]) == rest


@pytest.mark.parametrize(
    ("text", "found", "left"),
    [
        ("lives in Tupelo, 3 kids", "Tupelo, 3 ", "Tupelo"),
        ("lives in Tupelo, 38801 now", "Tupelo, 38801 ", "Tupelo, 38801"),
        ("at Oak Street, 3 Elm Court", "Oak Street, 3 ", "Oak Street, 3"),
        ("at Oak Street, 3", "Oak Street, 3", "Oak Street, 3"),
        ("at Oak Street 3 kids", "Oak Street 3 ", "Oak Street 3"),
    ],
)
def test_a_count_of_what_follows_is_no_part_of_a_place(text, found, left):
    words, first, last = placed(text, found)
    assert "".join(words[first : counted(words, first, last)]).strip() == left
