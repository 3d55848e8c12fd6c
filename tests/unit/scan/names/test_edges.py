"""Where a run of tokens ends."""

import pytest

from asepsis.scan.names.edges import GROWS, SAID, called, coded, contact, dated, links, sentences, spoken, trimmed
from asepsis.scan.names.tokens import tokens


def kept(text, value):
    words = tokens(text)
    first = len(tokens(text[: text.index(value)]))
    low, high = trimmed(words, first, first + len(tokens(value)))
    return "".join(words[low:high]).strip()


@pytest.mark.parametrize(
    ("text", "value", "left"),
    [
        ("Ah Maria said no", "Ah Maria ", "Maria"),
        ("Gotcha, she said", "Gotcha", ""),
        ("How're you", "How're ", ""),
        ("in Woodmere, OH now", "Woodmere, OH ", "Woodmere, OH"),
        ("so um Maria said no", "um Maria said ", "Maria"),
        ("then i'm gon na go", "i'm gon na ", ""),
        ("okay we've seen it", "we've ", ""),
        ("Maria and An, both", "Maria and An", "Maria and An"),
        ("seen by An So today", "An So ", "An So"),
        ("Um, yes", "Um", ""),
        ("Patient: Well, I'd say", "Well", ""),
        ("Son Barnaby called", "Son Barnaby ", "Barnaby"),
        ("and son barnaby called", "son barnaby ", "son barnaby"),
        ("Sister Mary called", "Sister Mary ", "Sister Mary"),
        ("seen by Son", "Son", "Son"),
        ("Her Blue Cross ID", "Her ", ""),
        ("at The Oak Street clinic", "The Oak Street clinic", "Oak Street clinic"),
        ("seen by An The, RN", "An ", "An"),
    ],
)
def test_words_of_no_name_fall_off(text, value, left):
    assert kept(text, value) == left


@pytest.mark.parametrize(
    ("text", "code", "whole"),
    [
        ("scan CT-8823", "8823", "CT-8823"),
        ("room 8823", "8823", "8823"),
        ("the 8823", "8823", "8823"),
        ("- 8823", "8823", "8823"),
        ("x-8823", "8823", "x-8823"),
    ],
)
def test_what_is_written_with_a_code_belongs_to_it(text, code, whole):
    words = tokens(text)
    first = next(at for at in range(len(words)) if "".join(words[at:]).startswith(code))
    assert "".join(words[coded(words, first) :]) == whole


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Kerlix. Vega", ["Kerlix", "Vega"]),
        ("Vega. Moya. An", ["Vega", "Moya", "An"]),
        ("John Q. Public", ["John Q. Public"]),
        ("Maria Vega, Jr. MD", ["Maria Vega, Jr. MD"]),
        ("Dr. An So", ["Dr. An So"]),
        ("Ed. Moya", ["Ed. Moya"]),
        ("j.vega", ["j.vega"]),
        ("vega.moya", ["vega.moya"]),
    ],
)
def test_a_name_ends_with_its_sentence(text, pieces):
    words = tokens(text)
    assert ["".join(words[low:high]).strip() for low, high in sentences(words, 0, len(words))] == pieces


@pytest.mark.parametrize(
    ("text", "date", "whole"),
    [
        ("on Tuesday 9/12 at noon", "9/12 ", "Tuesday 9/12"),
        ("on Wed, Oct 9", "Oct 9", "Wed, Oct 9"),
        ("friday 3/8", "3/8", "friday 3/8"),
        ("Sun. 3/8", "3/8", "Sun. 3/8"),
        ("the sun 3/8", "3/8", "3/8"),
        ("Monday\n3/8", "3/8", "3/8"),
        ("in late June 2022", "June 2022", "late June 2022"),
        ("a late 3/8", "3/8", "late 3/8"),
        ("on 3/8", "3/8", "3/8"),
        ("3/8", "3/8", "3/8"),
        (", 3/8", "3/8", "3/8"),
    ],
)
def test_a_day_of_the_week_joins_its_date(text, date, whole):
    words = tokens(text)
    first = len(tokens(text[: text.index(date)]))
    at = dated(words, first)
    assert "".join(words[at : first + len(tokens(date))]).strip() == whole
    assert first - at <= GROWS


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("in march", " of two thousand six"),
        ("in march of", " two thousand and eight"),
        ("May", " nineteen ninety four"),
        ("in june", " twenty nineteen"),
        ("in june", ""),
        ("in march of", ""),
        ("on the third", ""),
        ("may", ""),
    ],
)
def test_a_month_takes_the_year_that_is_said_behind_it(date, year):
    words = tokens(f"{date}{year} i fell twenty times")
    last = len(tokens(date))
    end = spoken(words, last)
    assert "".join(words[last:end]).strip() == year.strip()
    assert end - last <= SAID


def test_a_number_behind_what_is_no_month_stays():
    words = tokens("by two thousand six")
    assert spoken(words, 1) == 1
    assert spoken([], 0) == 0


@pytest.mark.parametrize(
    ("before", "taken"),
    [
        ("will young ", 2),
        ("on call\nwill young ", 2),
        ("will ", 0),
        ("page will young ", 0),
        ("call young ", 0),
        ("will\nyoung ", 0),
        ("will y ", 0),
        ("", 0),
    ],
)
def test_two_words_alone_on_a_line_before_a_number_are_a_contact(before, taken):
    words = tokens(f"{before}555-0199")
    assert len(words) - 1 - contact(words, len(words) - 1) == taken <= GROWS


@pytest.mark.parametrize(
    ("text", "name", "whole"),
    [
        ("caregiver of N. Polla (", "Polla ", "N. Polla"),
        ("caregiver of N. Polla (", ". Polla ", "N. Polla"),
        ("List G. X. Polla", "Polla", "G. X. Polla"),
        ("vitamin D. Smith said", "Smith ", "Smith"),
        ("i. Smith said", "Smith ", "Smith"),
        ("see dos Anjos", "Anjos", "dos Anjos"),
        ("the chart of Arnold V. twice", "Arnold ", "Arnold V"),
        ("Arnold 5. twice", "Arnold ", "Arnold"),
        ("N.\nPolla", "Polla", "Polla"),
        ("names s. polla and", "polla ", "s. polla"),
        ("vitamin d. polla said", "polla ", "polla"),
        ("in the u.s. polla said", "polla ", "polla"),
        ("seen by s. Polla", "Polla", "Polla"),
    ],
)
def test_initials_and_particles_belong_to_a_name(text, name, whole):
    words = tokens(text)
    first = len(tokens(text[: text.index(name)]))
    low, high = called(words, first, first + len(tokens(name)))
    assert "".join(words[low:high]).strip() == whole
    assert first - low <= GROWS


@pytest.mark.parametrize(
    ("between", "one"),
    [
        ("dos ", True),
        ("de la ", True),
        ("y ", True),
        ("B. ", True),
        ("o ", True),
        ("a ", False),
        ("and ", False),
        ("", False),
        (", ", False),
        ("of the day ", False),
        ("(An) ", True),
        ('"Anny" ', True),
        ("(aunt) ", False),
        ("(A) ", False),
        ("(An old ", False),
    ],
)
def test_particles_and_middle_initials_join_names(between, one):
    words = tokens(f"Ana {between}Anjos")
    assert links(words, 1, len(words) - 1) is one
