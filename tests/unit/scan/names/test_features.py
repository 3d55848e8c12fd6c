"""Features: of one word alone, and told apart by family."""

from hypothesis import given
from hypothesis import strategies as st

from asepsis.scan.names.features import REACH, SPAN, features
from asepsis.scan.names.tokens import PAD, tokens, word


def of(token, flags=0):
    return features(word(token), flags, token)


def test_case_and_lists_are_joined_within_a_word():
    assert "ct3" in of("Will", 3)
    assert "cl3" in of("will", 3)
    assert "WWill" in of("Will")


def test_accents_do_not_matter():
    assert of("José") == of("Jose")


def test_a_number_says_whether_it_can_be_a_date():
    assert "zdatemd/4" in of("03/04/1961")
    assert "zdatedm.4" in of("24.12.1961")
    assert "zdateymd-2" in of("1961-03-04")
    assert "zdate?/0" in of("120/80")


def test_eight_digits_say_whether_they_can_be_a_date():
    assert "zeightymd" in of("19610304")
    assert "zeightmdy" in of("03041961")
    assert "zeight?" in of("44054006")
    assert not any(one.startswith("zeight") for one in of("440540061"))


def test_the_edge_is_a_word_of_its_own():
    assert of(PAD) == ["w<edge>"]


@given(st.text(min_size=1))
def test_every_feature_has_a_family_that_says_how_far_it_reaches(text):
    names = [name for token in tokens(text) for name in of(token, 5)]
    assert all(0 <= REACH[name[0]] <= SPAN for name in names)
