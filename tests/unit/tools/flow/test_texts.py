import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.tools.flow import texts


def test_texts_that_look_the_same_are_the_same():
    assert texts.normal("  Ｅve\u200b@Evil.test\n ") == "eve@evil.test"


def test_a_part_is_held_as_whole_words_alone():
    assert texts.contains("pay ann now", "ann")
    assert not texts.contains("pay joanne now", "ann")
    assert texts.contains("joanne and ann", "ann")


@pytest.mark.parametrize("link", ["https://a.test/x", "HTTP://www.a.test/x/", "a.test/x.", "www.a.test/x"])
def test_links_are_the_same_however_they_are_written(link):
    assert texts.links(texts.normal(f"see {link} now")) == ["a.test/x"]


def test_a_link_is_found_among_words_that_hold_none():
    text = "a note_b (http://localhost/x) by eve@evil.test,see:b.test/y c. http://"
    assert texts.links(text) == ["localhost/x", "b.test/y"]
    assert texts.addresses(text) == ["eve@evil.test"]
    assert texts.tokens("a_b-c\u00e9 (d)") == ["a", "b", "c\u00e9", "d"] == texts.tokens("a b c\u00e9 d")


def test_links_are_spelled_as_they_are_written():
    text = (
        "See HTTPS://www.Plan.test/A?q=1, (http://b.test/x/) mail Ann@Plan.test\nand \u00e9.test/b, x:B.test/c http://"
    )
    assert list(texts.spellings(text)) == ["Plan.test/A?q=1", "b.test/x", "B.test/c"]
    far = "a-" * 200 + "/" + "b" * 300 + "://Plan.test/A"
    assert list(texts.spellings(far)) == [f"{'b' * 21}://Plan.test/A"]


def test_the_domain_of_an_address_is_no_link():
    assert texts.links("write to eve@evil.test") == []
    assert texts.addresses("write to eve@evil.test.") == ["eve@evil.test"]


@pytest.mark.parametrize(
    "link",
    [
        "https://plan.test@evil.test/x",
        "https://u@evil.test",
        "https://plan.test:pw@evil.test/",
        "https:evil.ru/x",
        "http:\\\\evil.ru\\x",
        "//evil.ru/x",
        "\\\\evil.ru\\x",
        "evil.ru/x",
        "b\u00fccher.com/x",
        "https://evil\u3002test/x",
        "www.plan.test@evil.test/",
    ],
)
def test_whatever_a_browser_makes_an_address_of_is_a_link(link):
    assert [one for one in texts.links(texts.normal(f"see {link} or ann@plan.test")) if "evil" in one or "cher" in one]
    assert "plan.test" not in texts.links(texts.normal(f"see {link}"))


def test_no_cent_is_taken_for_a_unit():
    assert texts.compact("$123,456.78") != texts.compact("12345678")
    assert texts.compact("415.555.0100") == texts.compact("(415) 555-0100")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("on 2026-03-02", {(2026, 3, 2)}),
        ("march 2nd", {(0, 3, 2)}),
        ("the 2nd of march 2026", {(2026, 3, 2)}),
        ("from march 2 to 4", {(0, 3, 2), (0, 3, 3), (0, 3, 4)}),
        ("2026-13-45", set()),
    ],
)
def test_days_are_read_however_they_are_written(text, days):
    assert texts.dates(text) == days


def test_numbers_are_read_whatever_parts_their_thousands():
    assert list(texts.numbers("1,234.50 and 7 but not a7")) == [1234.5, 7]


@pytest.mark.parametrize(
    ("one", "other"), [("sending", "send"), ("deleted", "delete"), ("replies", "reply"), ("plans", "planning")]
)
def test_forms_of_a_word_have_one_stem(one, other):
    assert texts.stem(one) == texts.stem(other)


@given(st.text())
def test_normalising_twice_changes_nothing_more(text):
    once = texts.normal(text)
    assert texts.normal(once) == once or not text.isascii()
    texts.links(once)
    texts.dates(once)
    list(texts.numbers(once))


def test_numbers_of_telephones_are_found():
    assert texts.phones("call 555-0199 or (555) 010-2233, not 12 or 2026") == ["555-0199", "(555) 010-2233"]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000,
        "may 1" + " -" * 60_000,
        "a." * 150_000,
        "1" * 300_000 + "x",
        "1,111" * 60_000 + "x",
        "a@" * 100_000,
        "www." * 80_000,
        "555 " * 80_000,
        "http://" * 50_000,
        "a-" * 150_000 + ".com/",
        " ".join(f"https://H{number}.test/a" for number in range(20_000)),
        ",".join(f"https://h{number}.test/a" for number in range(20_000)),
    ],
)
def test_no_text_takes_long(text):
    import time

    start = time.process_time()
    for read in (texts.normal, texts.tokens, texts.links, texts.addresses, texts.phones, texts.dates):
        read(text)
    list(texts.numbers(text))
    list(texts.spellings(text))
    texts.contains(text, text[:3])
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "home", ["55 Harbor Street, Akron OH 44308", "310 WALNUT AVE, OMAHA, NE 68105-1200", "P.O. Box 13, Reno NV 89501"]
)
def test_an_address_of_a_home_is_found_among_words(home):
    text = texts.normal(f"Member 0045208: since May 1 we live at {home}. Please change it.")
    assert texts.homes(text) == [texts.normal(home)]


def test_what_has_no_postal_code_is_no_address_of_a_home():
    assert texts.homes("call 55 people in akron oh, claim 12345 of 44308") == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("pay cl-900 with 1,850.50", [1850.5]),
        ("by 2026-10-09 at 10:30", []),
        ("call 330-555-0177, 5 times", [5.0]),
        ("-3 and 12.", [-3.0, 12.0]),
    ],
)
def test_numbers_within_a_name_a_day_or_an_hour_are_none_to_reckon_with(text, numbers):
    assert list(texts.numbers(text)) == numbers


def test_a_reference_names_by_its_type_and_its_id():
    assert texts.reference("patient/p-1") == "p-1"
    assert texts.reference("a/b c") == texts.reference("https://a.test/x") == texts.reference("10/12") == ""


def test_a_day_is_no_number_of_a_telephone():
    assert texts.phones("on 2026-10-07 call 410-555-0199") == ["410-555-0199"]


def test_a_mailbox_may_have_a_name_before_it():
    assert texts.mailbox("ann lee <ann@plan.test>") == "ann@plan.test"
    assert texts.mailbox("ann@plan.test") == ""
    assert texts.mailbox("ann <ann@plan.test> or <eve@evil.test>") == ""


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("move it to 11/20 at 9", {(0, 11, 20)}),
        ("needed by 1/5, not later", {(0, 1, 5)}),
        ("give 1/2 tablet", set()),
        ("on 11/20/2026", {(2026, 11, 20)}),
        ("he turns 26 on november 15, end it at the end of the month", {(0, 11, 15), (0, 11, 30)}),
        ("until the end of february", {(0, 2, 28), (0, 2, 29)}),
        ("on 2026-04-02 and until the last day of that month", {(2026, 4, 2), (2026, 4, 30)}),
        ("at the end of the month", set()),
    ],
)
def test_days_are_said_in_short_and_by_the_end_of_a_month(said, days):
    assert texts.days_said(said) == days


def test_a_place_in_an_order_is_a_number():
    assert texts.ordinals("on the 5th and the 22nd, not 41st or 5") == {5.0, 22.0}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1.250,00 euros", [1250.0]),
        ("pay 120,50 euros", [120.5]),
        ("pay 1.250 \u20ac", [1250.0]),
        ("1,250.50", [1250.5]),
        ("rows 10,20", [10.0, 20.0]),
        ("2.5 mg", [2.5]),
    ],
)
def test_numbers_as_they_are_written_elsewhere_are_read_so(text, found):
    assert list(texts.numbers(text)) == found


@pytest.mark.parametrize("text", ["a\u3002b", "a\u3001b", "a - b", "a \u2014 b", "a\u060c b"])
def test_pauses_of_other_scripts_and_dashes_between_words_are_pauses(text):
    assert texts.paused(texts.normal(text)) in {"a. b", "a, b"}
