"""Numbers in words and in digits that are readings, years or counts."""

import pytest

from asepsis.scan.names.numerals import AROUND, is_numeral
from asepsis.scan.names.tokens import tokens


def numeral(before, value, behind, kind, likely=900):
    one, two, three = tokens(before), tokens(value), tokens(behind)
    return is_numeral([*one, *two, *three], (len(one), len(one) + len(two), kind, likely))


@pytest.mark.parametrize(
    ("before", "value", "behind", "kind"),
    [
        ("heart rate was ", "ninety eight", " today", "AGE"),
        ("saturation at ", "ninety five percent", " on air", "AGE"),
        ("fluctuates between 80 to ", "90", " in the morning", "AGE"),
        ("saturation: ", "99 ", "percent on air", "AGE"),
        ("it was ", "one hundred ", "M G", "AGE"),
        ("Room ", "98", ": a fall", "AGE"),
        ("a ", "2-", "story home", "DATE"),
        ("on the ", "14 ", "of them", "DATE"),
        ("it was ", "one hundred ", "milligrams", "AGE"),
        ("", "One ", "hundred M G?", "AGE"),
        ("was ", "one hundred ", "forty", "AGE"),
        ("about ", "seventy two", "", "AGE"),
        ("I am at ", "one hundred ", "and eighty three pounds", "AGE"),
        ("the average is ", "one hundred ninety one", "", "AGE"),
        ("no fever so ", "ninety seven", " .", "AGE"),
        ("in nineteen ", "ninety four", ".", "AGE"),
        ("quit '", "92", ")", "AGE"),
        ("146 to ", "155", ".", "GEO"),
        ("up to ", "6,000 ", "in april", "GEO"),
        ("edema ", "1-2", "+ pitting", "DATE"),
        ("surgery in ", "nineteen eighty three", ".", "DATE"),
        ("in ", "two thousand and four", ".", "DATE"),
        ("two packs ", "per day", "", "DATE"),
        ("the ", "Civil Rights Act of 2002", " says", "DATE"),
        ("the ", "KDIGO guideline 2021", " says", "DATE"),
        ("stars ", "of the 2010", " show", "DATE"),
        ("since ", "high school", "", "DATE"),
        ("at ", "one point", " i stopped", "GEO"),
        ("you are ", "forty", " one", "GEO"),
    ],
)
def test_readings_years_and_counts_are_told(before, value, behind, kind):
    assert numeral(before, value, behind, kind)


@pytest.mark.parametrize(
    ("before", "value", "behind", "kind"),
    [
        ("my mother is ", "ninety two", " and drives", "AGE"),
        ("", "94", "-year-old woman", "AGE"),
        ("she is ", "one hundred", " years old", "AGE"),
        ("she is ", "one hundred and two ", "now", "AGE"),
        ("with a fever, ", "93", " year old", "AGE"),
        ("in ", "62704", ".", "GEO"),
        ("\n", "78 ", "Laugarvegur", "GEO"),
        ("catherine cole ", "106", "", "GEO"),
        ("Vega, Ana ", "12/03/12 ", "+44 20 8192 3178", "DATE"),
        ("at ", "12 Oak", ".", "GEO"),
        ("at ", "one hundred oaks", ".", "GEO"),
        ("at ", "- -", ".", "GEO"),
        ("she is in her ", "nineties", "", "AGE"),
        ("born ", "may third", "", "DATE"),
        ("on ", "the fifteenth", "", "DATE"),
        ("since ", "last christmas", "", "DATE"),
        ("on ", "Tuesday", "", "DATE"),
        ("in ", "spring of 2002", "", "DATE"),
        ("in ", "March 2002", "", "DATE"),
        ("the ", "3/4/2002 act", "", "DATE"),
        ("on ", "3/4", "", "DATE"),
        ("in ", "Twenty Mile", "", "GEO"),
        ("in ", "Tulsa", "", "GEO"),
        ("of ", "one", "", "NAME"),
    ],
)
def test_ages_days_and_places_are_kept(before, value, behind, kind):
    assert not numeral(before, value, behind, kind)


def test_what_is_all_but_certain_is_a_date_in_words_nobody_listed():
    assert numeral("at ", "nowruz", "", "DATE", 949)
    assert not numeral("at ", "nowruz", "", "DATE", 950)
    assert numeral("at ", "nowruz 2021", "", "DATE", 949)
    assert not numeral("at ", "nowruz 2021", "", "DATE", 950)
    assert numeral("the ", "Dental Act 2021", "", "DATE", 999)


def test_a_reading_is_looked_for_no_further_than_it_says():
    near, far = "pressure " + "x " * (AROUND - 1), "pressure " + "y " * AROUND
    assert numeral(near.replace("x", "y"), "ninety two", "", "AGE")
    assert not numeral(far, "ninety two", "", "AGE")
