"""The mixture."""

from asepsis.scan.train.draw import Draw
from asepsis.scan.train.generate import Document, Span
from asepsis.scan.train.mix import held_back, joined, mixture


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
