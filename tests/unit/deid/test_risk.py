"""Classes of rows that can't be told apart."""

from asepsis.deid import risk
from asepsis.deid.risk import Risk, Rows


def counted(*rows, columns=("zip", "year")):
    table = Rows(columns)
    for row in rows:
        table.add(row)
    return table.risk()


def test_the_smallest_class_is_k_and_a_class_of_one_is_unique():
    found = counted(("627", "1961"), ("627", "1961"), ("627", "1961"), ("500", "1980"))
    assert found == Risk(("zip", "year"), rows=4, classes=2, k=1, unique=1, highest=1000, average=500)


def test_alike_rows_share_their_risk():
    assert counted(*[("627", "1961")] * 20) == Risk(("zip", "year"), 20, 1, 20, 0, 50, 50)


def test_values_do_not_run_into_each_other():
    assert counted(("ab", "c"), ("a", "bc")).classes == 2


def test_nothing_to_count_is_no_risk_figure():
    assert counted() == Risk(("zip", "year"), 0, 0, 0, 0, 0, 0)
    assert counted((), (), columns=()) == Risk((), 2, 0, 0, 0, 0, 0)


def test_more_classes_than_are_held_are_said_to_be_more(monkeypatch):
    monkeypatch.setattr(risk, "MOST_CLASSES", 2)
    found = counted(("1", ""), ("2", ""), ("3", ""), ("1", ""))
    assert (found.rows, found.classes, found.whole) == (4, 2, False)


def test_a_person_of_many_rows_is_one_person():
    table = Rows(("zip",))
    for person in ("a", "a", "a", "b", "c"):
        table.add(("627" if person == "a" else "500",), person=person)
    found = table.risk()
    assert (found.rows, found.classes, found.k, found.unique, found.people) == (5, 2, 1, 1, True)
    assert found.average == 666
