"""Where a text may be cut: what links over a blank and what does not."""

import pytest

from asepsis.scan.breaks import LEFT, RIGHT, WIDE, break_after, break_before, is_break, last_break

LINKED = [
    "123 |45 6789", "(303) |555-1234", "+1 |(303) 555", "123 - |45", "123 |- 45", "GB29 |NWBK 6016", "NWBK |6016",
    "1EG4 |TE5 MK73", "March |3, 1961", "Sept. |3", "3, |1961", "3rd, |1961", "3 |Mar 1961", "3rd |March",
    "3rd |of March",
    "3rd of |March", "555-1234 |ext 12", "555-1234, |ext. 12", "ext. |12", "555-1234 |x12", "93 |years old",
    "93 years |old", "94 years |of age", "94 years of |age", "ninety |four years", "ninety four |years",
    "four years |old",
    "hundred |and two", "hundred and |two years", "hundred and two |years old", "90 |or older", "90 or |older",
    "94 F |with", "94th |birthday",
    "five |five", "one two |Three", "seven, |eight", "nine |dash", "dash |one", "one hyphen |two", "eight |oh",
    "90 |degrees", "ninety |degrees",
    "john |(at) example", "(at) |example", "(dot) |org", "\\u0031 |next", "%31 |next", "&#49; |next", "a |\\u0031",
    "a |%31", "a |&#49;", "=31=\n|=32", "123-\n|45", "A" * 60 + "\n|bcd", "A" * 64 + "\n    |bcd",
    "-----BEGIN |RSA PRIVATE",
    "-----BEGIN RSA |PRIVATE", "-----BEGIN RSA PRIVATE KEY-----\n|MII", "c3==\n|-----END RSA", "-----END RSA |PRIVATE",
    "1\u200b |2", "１ |２", "1 |\u200b2", "a |\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b",
]  # fmt: skip
APART = [
    "the |patient", "5 |mg twice", "take |5 tablets", "was seen. |Then", "2019, |10 more", "12, |45, 78",
    "10:30 |120/80",
    "98\n|72", "--------\n|--------", "1    |2", "1\n\n|2", 'said "|12', '"12" |13', '12 |"13" and', "[1,|2,3]",
    "[0.25,|-1.5,7]",
    "日|本語", "😀|😀", "ქ|ა", "3rd |time was", "12 |mice", "drive |five", "five |times", "alone |two", "have |one",
    "four. |Six", "mrn1 |next", "a |(b) c", "x\n|yes and", "f |(x) = y",
]  # fmt: skip


def marked(text: str) -> tuple[str, int]:
    return text.replace("|", ""), text.index("|")


@pytest.mark.parametrize("text", LINKED)
def test_no_break_where_a_value_may_go_on(text):
    assert is_break(*marked(text)) is False


@pytest.mark.parametrize("text", APART)
def test_a_break_where_no_value_goes_on(text):
    assert is_break(*marked(text)) is True


@pytest.mark.parametrize(
    "text", ["12 |m", "12 |ma", "3, |19", "a |\\", "a |%3", "c3\n|---", "1 |", "93 years |o", "a |(a", "a |\u200b"]
)
def test_undecided_where_a_longer_text_could_say_otherwise(text):
    assert is_break(*marked(text)) is None


@pytest.mark.parametrize("text", [*LINKED, *APART])
def test_the_verdict_needs_no_more_than_it_says(text):
    whole, place = marked(text)
    verdict = is_break(whole, place)
    before, after = "so it is that " * 20, " and 1 so on" * 20
    assert is_break(before + whole, len(before) + place) is verdict
    near = (before + whole + after)[len(before) + place - LEFT : len(before) + place + RIGHT]
    far = is_break(before + whole + after, len(before) + place)
    assert is_break(near, LEFT) in (far, None)


def test_an_address_is_not_cut_between_its_characters():
    text = "https://example.org/山田"
    assert is_break(text, len(text) - 1) is False


def test_wide_white_space_is_cut_in_itself():
    text = "1" + "\n" * 40 + "2"
    assert is_break(text, WIDE) is False
    assert is_break(text, WIDE + 1) is True


def test_breaks_are_found_both_ways_and_each_is_the_nearest():
    text = 'The patient, seen 3 Mar 1961, has "ssn" 123 45 6789 and [1,2,3] 日本 ' * 5
    every = [place for place in range(len(text) + 1) if place == len(text) or is_break(text, place) is not False]
    for place in range(len(text)):
        assert break_after(text, place) == min(one for one in every if one > place)
        assert break_before(text, place) == max(one for one in every if one <= place)


def test_the_last_break_of_prose_is_before_its_last_word():
    assert last_break("the patient has") == len("the patient ")


def test_the_last_break_is_before_a_number_that_may_go_on():
    assert last_break("the number is 123 45") == len("the number is ")
    assert last_break("the number is 123 45 ") == len("the number is ")


def test_without_a_break_nothing_is_settled():
    assert last_break("unfinished") == 0
    assert last_break("") == 0


def test_a_quote_settles_at_once():
    assert last_break('{"ssn":"123"') == len('{"ssn":"123"')
