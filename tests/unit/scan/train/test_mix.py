"""The mixture."""

from asepsis.scan.train.draw import Draw
from asepsis.scan.train.generate import Document, Span
from asepsis.scan.train.mix import held_back, joined, mixture, strange


def test_documents_are_joined_with_their_ranges():
    one = Document("Maria", (Span(0, 5, "NAME"),), "s", "t")
    both = joined([one, one], Draw(1))
    assert [both.text[span.start : span.end] for span in both.spans] == ["Maria", "Maria"]
    assert len(both.spans) == 2


def test_about_a_fifth_of_the_templates_is_held_back(names, world):
    made = list(mixture(names.parent, world, Draw(1), count=400, sources=()))
    assert len(made) == 400
    templates = {one.template for one in made}
    assert 0.1 < sum(held_back(one) for one in made) / len(made) < 0.35
    assert len(templates) > 200


def test_other_words_stand_around_the_same_identifiers():
    text = "Please call Maria Gonzalez about that rash before three tomorrow. " * 20
    at = text.index("Maria")
    spans = tuple(Span(start, start + 14, "NAME") for start in range(at, len(text), len(text) // 20))
    other = strange(Document(text, spans, "s", "t"), ("xylem", "quoin"), Draw(1))
    assert [other.text[start:end] for start, end, _ in other.spans] == ["Maria Gonzalez"] * 20
    words = other.text.split()
    assert 10 < sum(word.lower() in ("xylem", "quoin") for word in words) < 60
    assert {"Xylem", "Quoin"} & set(words)
    assert len(words) == len(text.split())
