"""Checksums by arithmetic are those of the features' names, for any word of ASCII letters."""

from hypothesis import given
from hypothesis import strategies as st

from asepsis.scan.names.features import features
from asepsis.scan.names.lists import checksum
from asepsis.scan.names.spelling import FAMILIES, LOOKS, letters, plain, spelled
from asepsis.scan.names.tokens import word

LETTERS = "abcxyzABCXYZ"
WORDS = st.lists(
    st.one_of(
        st.text(LETTERS, min_size=2, max_size=24),
        st.sampled_from(("smith", "Smith", "SMITH", "McDonald", "al", "Al", "AL", "aL", "x" * 24, "Q" * 24)),
    ),
    min_size=1,
    max_size=12,
)
LONG_ENOUGH = {"w": 2, "W": 2, "k": 2, "t": 2, "s": 4, "p": 4, "q": 6}


@given(WORDS)
def test_sums_are_those_of_features(words):
    found = spelled(letters(words))
    for at, one in enumerate(words):
        look = word(one)
        names = features(look, 5, one)
        families = [family for family in FAMILIES if len(one) >= LONG_ENOUGH[family]]
        assert {name[0] for name in names} == {*families, "c"}
        families.remove("k")
        sums = {family: int(found.sums[row, at]) for row, family in enumerate(FAMILIES) if family in families}
        assert sums == {name[0]: checksum(name) for name in names if name[0] in families}
        assert found.forms[at] == checksum(look.form)
        assert LOOKS[found.looks[at]] == look.look
        assert found.sizes[at] == len(look.form)


def test_what_is_plain():
    given_words = ["ab", "Ab", "a" * 24, "a", "a" * 25, "José", "o'brien", "a1", "", "..", "a b"]
    assert plain(given_words) == [True, True, True, *[False] * 8]
    found = letters(["ab ", "Ab", "a" * 24])
    assert found == ([b"ab", b"Ab", b"a" * 24], b"abAb" + b"a" * 24, [2, 2, 24])
    assert not any(letters(["ab", one]) for one in [*given_words[3:], "\ud800"])
