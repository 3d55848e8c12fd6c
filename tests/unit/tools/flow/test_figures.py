import pytest

from asepsis.tools.flow import figures


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("120", 120.0),
        ("-1,200.50", -1200.5),
        ("$ 120", 120.0),
        ("120 €", 120.0),
        ("20%", 20.0),
        ("120.000.000", None),
        ("1,00", None),
        ("1 .5", None),
        ("100-", None),
        ("1e5", None),
        ("twenty", None),
    ],
)
def test_an_amount_is_a_number_and_no_more(text, number):
    assert figures.amount(text) == number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-01-05", (2027, 1, 5)),
        ("20270105", (2027, 1, 5)),
        ("20270105t103000z", (2027, 1, 5)),
        ("2027/1/5", (2027, 1, 5)),
        ("05-01-2027", (2027, 1, 5)),
        ("1799107200", (2027, 1, 5)),
        ("1799107200000", (2027, 1, 5)),
        ("january 5th, 2027", (2027, 1, 5)),
    ],
)
def test_a_day_is_read_in_all_forms_that_are_written_for_machines(text, day):
    assert day in figures.days(text)


@pytest.mark.parametrize("text", ["11182026", "18112026"])
def test_a_day_that_ends_in_its_year_is_read_either_way_round(text):
    assert figures.days(text) == {(2026, 11, 18)}


@pytest.mark.parametrize("text", ["10:30", "30", "pt30m", "45 minutes", "4711", "20279905", "99999"])
def test_an_hour_or_a_number_is_no_day(text):
    assert not figures.days(text)
    assert not figures.tells_day(text)


@pytest.mark.parametrize("text", ["tomorrow", "next year", "friday", "2027-w01", "2027w01", "2027-300", "2027-01"])
def test_a_day_in_words_or_of_a_calendar_is_told(text):
    assert figures.tells_day(text)
