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
        ("0.125", 0.125),
        ("120.000", None),
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


@pytest.mark.parametrize(
    "text", ["10:30", "10:30:00z", "9 am", "14:00 -05:00", "30", "4711", "pt30m", "45 minutes", "the afternoon", "utc"]
)
def test_an_hour_or_how_long_is_no_day(text):
    assert not figures.days(text)
    assert figures.tells_no_day(text.removeprefix("the "))


@pytest.mark.parametrize(
    "text",
    [
        *("tomorrow", "next year", "friday", "in three weeks", "the thirteenth", "+30 days", "p30d", "christmas"),
        *("2027-w01", "2027w01", "2027-300", "2027-01", "12/13/26", "13.12.26", "13 d\u00e9cembre 2026", "20279905"),
    ],
)
def test_what_may_be_a_day_in_whichever_words_is_no_hour(text):
    assert not figures.tells_no_day(text)


@pytest.mark.parametrize(
    ("said", "fits", "others"),
    [
        ("pay northside 850 dollars", ["850", "850.00"], ["8500", "1700", "85", "20"]),
        ("pay northside, at most $100", ["100", "80"], ["100.01", "12000"]),
        ("pay northside no more than 1,000.50", ["1000.5"], ["1200"]),
        ("pay half of the 850 dollars", ["425", "850"], []),
        ("order 3 boxes for 20 dollars", ["3", "20"], ["60"]),
        ("set it to 1000 mg twice", ["1000 mg", "2 puffs", "1000"], ["500 mg", "10000 mg"]),
        ("pay 1.250,00 euros", ["1250"], ["1.25", "125000"]),
        ("pay what is owed", ["7", "1e9", "5 mg"], []),
    ],
)
def test_how_much_is_said_says_what_else_is_not_meant(said, fits, others):
    told = figures.told(said)
    assert [one for one in (*fits, *others) if told.fits(one)] == fits
