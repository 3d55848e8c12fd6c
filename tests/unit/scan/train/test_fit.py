"""Fitting: labels of tokens, and a small model that learns what it is shown."""

import numpy as np

from asepsis.core.types import Part, PartKind
from asepsis.scan.names import Model, NameScanner
from asepsis.scan.names.lists import Lists
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.fit import LABELS, fit, labelled
from asepsis.scan.train.generate import Composer, Document, Span


def test_tokens_are_labelled_and_names_in_two_ranges_are_one():
    text = "Dr. Maria Gonzalez, 3/4/61 (Tulsa)"
    spans = (Span(4, 9, "NAME"), Span(10, 18, "NAME"), Span(20, 26, "DATE"), Span(28, 33, "GEO"))
    words, labels = labelled(Document(text, spans, "s", "t"))
    assert [(word.strip(), label) for word, label in zip(words, labels, strict=True) if label != "O"] == [
        ("Maria", "B-NAME"),
        ("Gonzalez", "I-NAME"),
        ("3/4/61", "B-DATE"),
        ("Tulsa", "B-GEO"),
    ]


def test_two_names_apart_are_two():
    _, labels = labelled(Document("Maria, John", (Span(0, 5, "NAME"), Span(7, 11, "NAME")), "s", "t"))
    assert labels == ["B-NAME", "O", "B-NAME"]


def test_a_small_model_learns_and_comes_out_the_same(world):
    lists = Lists.of({"maria": 1, "gonzalez": 2, "patient": 4})
    runs = []
    for _ in range(2):
        documents = list(Composer(world, Draw(1)).documents(500, files=["queries", "clean"]))
        runs.append(fit(documents, lists, Draw(2), iterations=30, minimum=2))
    one, other = runs
    assert (one.keys == other.keys).all()
    assert (one.weights == other.weights).all()
    scanner = NameScanner(Model(lists, one, LABELS))
    text = "Patient Maria Gonzalez presents with a rash."
    (found,) = scanner.scan([Part(PartKind.TEXT, "text", text)])
    assert "Maria Gonzalez" in [text[finding.start : finding.end] for finding in found]


def test_more_of_the_same_documents_make_a_model_no_surer(world):
    lists = Lists.of({"maria": 1, "gonzalez": 2, "patient": 4})
    documents = list(Composer(world, Draw(1)).documents(150, files=["queries", "clean"]))
    one = fit(documents, lists, Draw(2), iterations=40, minimum=1)
    other = fit(documents * 4, lists, Draw(2), iterations=40, minimum=4)
    norms = [float(np.abs(each.weights.astype(np.float32)).sum()) for each in (one, other)]
    assert 0.93 < norms[1] / norms[0] < 1.07
