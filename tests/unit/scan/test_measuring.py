"""Scores: by hand on small cases, and the same for the same texts."""

from asepsis.scan.measuring import Annotated, Interval, Mark, outcome, score

TEXT = Annotated("1", "Maria Gonzalez, MRN 712-22-50.", (Mark(0, 14, "NAME"), Mark(20, 29, "MRN")))


def test_nine_of_ten_letters_and_digits_recall_a_range_whichever_the_kind():
    assert outcome(TEXT, [Mark(0, 14, "GEO"), Mark(20, 29, "PHONE")]).recalled == 2
    assert outcome(TEXT, [Mark(0, 12, "NAME"), Mark(20, 28, "MRN")]).recalled == 0
    assert outcome(TEXT, [Mark(0, 5, "NAME"), Mark(6, 14, "NAME")]).recalled == 1


def test_a_finding_is_right_when_three_of_ten_characters_are_annotated():
    found = outcome(TEXT, [Mark(12, 19, "NAME"), Mark(10, 20, "NAME")])
    assert (found.found, found.right) == (2, 1)
    assert [(one.how, one.mark.start) for one in found.wrong] == [("missed", 0), ("missed", 20), ("extra", 12)]


def test_clean_texts_that_were_flagged_are_counted():
    clean = Annotated("2", "nothing here", ())
    result = score([outcome(TEXT, TEXT.marks), outcome(clean, []), outcome(clean, [Mark(0, 7, "NAME")])])
    assert (result.texts, result.clean, result.flagged) == (3, 2, 1)
    assert result.recall.value == 1.0
    assert result.precision.value == 2 / 3


def test_intervals_hold_the_value_and_come_out_the_same():
    many = [outcome(TEXT, TEXT.marks[: at % 3]) for at in range(30)]
    result = score(many)
    assert result == score(many)
    assert result.recall.low < result.recall.value < result.recall.high


def test_nothing_is_no_fault():
    assert score([]).recall == Interval(1.0, 1.0, 1.0)
