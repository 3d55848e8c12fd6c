"""Texts of the shared data: labelled ones, and carriers with what is doubtful left out."""

import gzip

import msgspec

from asepsis.scan.train.corpora import carried, labelled_texts
from asepsis.scan.train.draw import Draw


def written(path, *rows):
    path.write_bytes(gzip.compress(b"\n".join(map(msgspec.json.encode, rows))))


def test_states_and_weekdays_are_no_identifiers(tmp_path):
    spans = [
        {"start": 0, "end": 5, "kind": "NAME", "label": "PERSON"},
        {"start": 9, "end": 14, "kind": "GEO", "label": "GPE", "level": "state"},
        {"start": 18, "end": 24, "kind": "DATE", "label": "DATE_TIME"},
    ]
    row = {"id": "1", "text": "Maria in Texas on Monday", "spans": spans, "template": "p1", "source": "x"}
    written(tmp_path / "x.jsonl.gz", row, row)
    (found,) = labelled_texts(tmp_path, "x")
    assert [(one.label, found.text[one.start : one.end]) for one in found.spans] == [("NAME", "Maria")]


def test_sure_names_give_way_doubtful_sentences_are_left_out(tmp_path, world):
    text = "Seen by Dr. Kumar. Smith antibodies were negative. No fever."
    suspects = [
        {"start": 12, "end": 17, "kind": "NAME", "how": "title"},
        {"start": 19, "end": 24, "kind": "NAME", "how": "gazetteer"},
    ]
    written(tmp_path / "y.jsonl.gz", {"id": "1", "text": text, "source": "y", "type": "section", "suspects": suspects})
    found = list(carried(tmp_path, "y", world, Draw(1)))
    whole = "".join(one.text for one in found)
    assert "Kumar" not in whole
    assert "antibodies" not in whole
    assert "No fever." in whole
    (span,) = found[0].spans
    assert found[0].text[: span.start] == "Seen by Dr. "
    assert found[0].text[span.end :].startswith(".")


def test_a_month_of_a_year_is_a_date_though_nobody_listed_it_and_doubtful_in_numbers(tmp_path, world):
    text = "No fever in March 2007. Mild rash in 12/2008. All good."
    written(tmp_path / "z.jsonl.gz", {"id": "1", "text": text, "source": "z", "type": "section"})
    found = list(carried(tmp_path, "z", world, Draw(1)))
    assert [(span.label, one.text[span.start : span.end]) for one in found for span in one.spans] == [
        ("DATE", "March 2007")
    ]
    assert "rash" not in "".join(one.text for one in found)


def test_a_sentence_with_a_name_that_nobody_listed_is_left_out(tmp_path, world):
    text = "No fever today. i called my friend deborah then. All good."
    written(tmp_path / "z.jsonl.gz", {"id": "1", "text": text, "source": "z", "type": "dialogue"})
    assert "deborah" not in "".join(one.text for one in carried(tmp_path, "z", world, Draw(1)))
