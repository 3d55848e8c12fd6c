"""Texts are compared as the plain rules say, however they are gone through."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from asepsis.tools.flow import texts

PIECES = st.sampled_from(
    ["a", "B", "ß", " ", "  ", "\n", "\t", "\x1c", "\x1f", "\x85", "\u00a0", "\u200b", ".", ":", "://", "http",
     "\u3002", "www.", "@", "ann@plan.test", "https://evil.test/x", "evil.test", "localhost", "/", "1.5", "x" * 70,
     "e.g.", "ftp://h"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=30).map("".join))


@given(TEXTS)
@example("a  b")
@example(" a ")
@example("\x1ca")
@example("50¹ or 1½")
def test_a_normal_text_is_that_of_its_definition(text):
    # A number that stands raised, or as a fraction, behind another is one by itself.
    pairs = zip(" " + text, text, strict=False)
    apart = "".join(
        f" {one}" if before.isdecimal() and texts._RAISED.search(f"0{one}") else one for before, one in pairs
    )
    plain = "".join(one for one in unicodedata.normalize("NFKC", apart) if unicodedata.category(one) != "Cf")
    assert texts.normal(text) == " ".join(plain.casefold().split())


@given(TEXTS)
@example("http://localhost a.test http://b")
@example(f"{'x' * 150}www.a.test/b {'x' * 150}.test/c {'y-' * 90}http://d")
def test_links_are_those_of_the_words_that_have_a_dot_or_a_colon(text):
    normal = texts.normal(text)
    words = [word for word in normal.split() if "." in word or ":" in word]
    found = list(texts._around(normal, (".", ":")))
    assert len(found) == len(words)
    # Of a long word what stands far before its first mark is left out, which is of no link.
    assert all(
        word == near or (word.endswith(near) and len(near) > texts._NEAR)
        for word, near in zip(words, found, strict=True)
    )
    whole = " ".join(map(texts._bare, normal.replace(texts._STOP, ".").split()))
    assert texts.links(normal) == [link for one in texts._LINK.finditer(whole) if (link := texts.written(one[0]))]
