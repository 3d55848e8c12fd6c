"""Spoilt documents keep their ranges."""

from asepsis.scan.train.disturb import disturbed
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.generate import Document, Span

DOCUMENT = Document(
    'Dr. "Al" saw Maria Gonzalez, MRN 712-50.\nPlease call.', (Span(13, 27, "NAME"), Span(33, 39, "ID")), "s", "t"
)


def test_identifiers_stay_where_they_are_said_to_be():
    forms = set()
    for seed in range(300):
        one = disturbed(DOCUMENT, Draw(seed))
        name, number = (one.text[span.start : span.end] for span in one.spans)
        assert number == "712-50"
        assert name.lower()[0] in "mar"
        forms.add(one.text)
    assert DOCUMENT.text in forms
    assert DOCUMENT.text.lower() in forms
    assert DOCUMENT.text.upper() in forms
    assert len(forms) > 12


def test_a_letter_whose_other_case_is_longer_stays():
    text = "Straße ﬁx İ"
    assert all(len(disturbed(Document(text, (), "s", "t"), Draw(seed)).text) >= 8 for seed in range(40))
