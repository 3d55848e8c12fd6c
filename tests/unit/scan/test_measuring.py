"""Scores: by hand on small cases, and the same for the same texts."""

import pytest

from asepsis.scan.measuring import Annotated, Interval, Mark, kinds, outcome, score

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


def test_where_all_resamples_agree_the_interval_is_wilsons():
    result = score([outcome(TEXT, TEXT.marks) for _ in range(10)])
    assert (result.recall.value, result.recall.high) == (1.0, 1.0)
    assert result.recall.low == pytest.approx(0.7225, abs=0.0001)
    assert result.precision == result.recall
    assert result.f2.low == pytest.approx(result.recall.low)
    assert (result.f2.value, result.f2.high) == (1.0, 1.0)


def test_the_share_of_clean_texts_that_are_flagged_has_an_interval():
    clean = Annotated("2", "nothing here", ())
    result = score([outcome(clean, [Mark(0, 7, "NAME")][: at % 10 == 0]) for at in range(100)])
    assert [round(one, 4) for one in result.share] == [0.1, 0.0552, 0.1744]
    assert score([]).share == Interval(0.0, 0.0, 1.0)


def test_a_kind_has_the_recall_of_its_ranges_and_the_precision_of_its_findings():
    mrn, name, phone = kinds([outcome(TEXT, [Mark(0, 14, "NAME"), Mark(15, 19, "NAME"), Mark(20, 29, "PHONE")])] * 20)
    assert (name.kind, name.gold, name.found, name.recall.value, name.precision.value) == ("NAME", 20, 40, 1.0, 0.5)
    assert (mrn.kind, mrn.gold, mrn.found, mrn.recall.value) == ("MRN", 20, 0, 1.0)
    assert (phone.kind, phone.gold, phone.found, phone.precision.value) == ("PHONE", 0, 20, 1.0)
