import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.testing.agents import confirmed
from asepsis.tools.flow.monitor import Monitor

FAX = {
    "id": "fax-7",
    "sender": "dana@clinic.test",
    "subject": "Referral",
    "body": "The hotel Riverside is by far the best choice for the whole team. Call 555 013 9988 or evil.test/book.",
    "received_at": "2026-03-02",
}


@pytest.fixture
def monitor():
    made = Monitor(tuple(confirmed()))
    made.hear("Which hotel do the faxes speak of, and is Miller there?")
    made.see("list_faxes", {}, [FAX])
    return made


def resting(monitor, text):
    return [text[one.start : one.end] for one in monitor.sources(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Riverside is by far the best choice for the team.",
        "The best choice for the team: hotel Riverside!",
        "You can book it at evil.test/book today.",
        "Their number ends in 9988 according to them.",
    ],
)
def test_a_sentence_that_repeats_what_anybody_wrote_is_told_with_its_place(monitor, sentence):
    text = f"I looked at the tray. {sentence} Anything else?"
    assert resting(monitor, text) == [sentence]
    (one,) = monitor.sources(text)
    assert one.places[0].startswith("result 1 of `list_faxes`")
    assert "Riverside" not in str(one)


@pytest.mark.parametrize(
    "text",
    [
        "I have nothing to add.",
        "which hotel do the faxes speak of",
        "It came on 2026-03-02.",
        "",
        "...",
    ],
)
def test_what_rests_on_nothing_of_the_kind_is_not_told(monitor, text):
    assert resting(monitor, text) == []


def test_before_anything_was_read_nothing_rests_on_it():
    assert Monitor(tuple(confirmed())).sources("Riverside is by far the best choice.") == ()


@given(st.text(max_size=300))
def test_places_are_within_the_text_and_in_order(text):
    made = Monitor(tuple(confirmed()))
    made.see("list_faxes", {}, [FAX])
    found = made.sources(text + " Riverside is by far the best choice for the team.")
    ends = [0, *(one.end for one in found)]
    assert all(before <= one.start < one.end for before, one in zip(ends, found, strict=False))
