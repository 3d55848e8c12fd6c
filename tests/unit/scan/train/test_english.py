"""English words."""

from asepsis.scan.train.english import english


def test_words_come_by_frequency_and_once():
    words = english()
    assert words[0] == "the"
    assert words.index("million") < words.index("lingo")
    assert len(set(words)) == len(words) == 30_000
    assert all(one.isalpha() and one.islower() for one in words[:9000])
