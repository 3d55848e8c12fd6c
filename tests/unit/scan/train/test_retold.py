"""Texts retold about somebody."""

from asepsis.scan.train.draw import Draw
from asepsis.scan.train.generate import Document, Span
from asepsis.scan.train.retold import phrases, retold

TEXT = "The patient was seen by Dr. Kumar yesterday at the hospital. She lives with her mother."
DOCUMENT = Document(TEXT, (Span(28, 33, "NAME"),), "s", "t")


def test_general_words_give_way_and_ranges_are_right(world):
    told = phrases()
    seen = set()
    for seed in range(60):
        one = retold(DOCUMENT, told, world, Draw(seed))
        ranges = [(one.text[span.start : span.end], span.label) for span in one.spans]
        assert ("Kumar", "NAME") in ranges
        assert all(value.strip() and "{" not in value for value, _ in ranges)
        seen |= {label for _, label in ranges}
        if "The patient" not in one.text:
            assert one.spans[0].start < 40
    assert seen >= {"NAME", "DATE", "GEO"}
