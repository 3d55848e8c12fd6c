"""What descriptions say besides."""

import pytest

from asepsis.tools.described import also, begins, clause, opening


@pytest.mark.parametrize(
    ("described", "doings"),
    [
        ("Requests a signature.", ("request",)),
        ("Finds and reserves a slot.", ("reserve",)),
        ("Obtains and records consent.", ("record",)),
        ("Receives and removes messages.", ("remove",)),
        ("Shows a claim and marks it as seen.", ("mark",)),
        ("Looks up a member. Resets their PIN if locked.", ("reset",)),
        ("Searches pharmacies, and sets the first as the member's.", ("set",)),
        ("Pends the request and asks the provider for more.", ("pend", "ask")),
        ("Links two records.", ("link",)),
        ("Resolves a grievance.", ("resolve",)),
    ],
)
def test_a_description_tells_what_is_done_besides(described, doings):
    assert also(described) == doings


@pytest.mark.parametrize(
    "described",
    [
        "",
        "Lists secure messages and faxes that came in for the unit.",
        "Returns the contract and the bank account used for premiums and refunds.",
        "Open a document and return its text.",
        "Run a real-time eligibility check.",
        "Export a broker's commission lines as CSV.",
        "Get a claim. Set `limit` to page. Send the id of the last one as `cursor`.",
        "Get the notes and orders of a patient.",
        "Text of a fax.",
        "Resolves a name to an id.",
        "Accepts a member's number and returns their claims.",
    ],
)
def test_what_is_said_of_things_or_to_whoever_calls_is_nothing_that_is_done(described):
    assert also(described) == ()


def test_a_clause_ends_before_what_ends_a_sentence_and_an_opening_before_what_qualifies_it():
    assert clause("E-mails a letter: to whom it may concern.") == ("mails", "a", "letter")
    assert opening("Sends letters to members.") == ("send", "letters")
    assert opening("Returns letters.")[0] == "get"


def test_a_thing_that_may_be_a_doing_is_one_before_what_it_is_done_to():
    assert begins("File an appeal")
    assert not begins("File of a member")
    assert not begins("Claims of a member")
