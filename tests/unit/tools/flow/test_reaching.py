import pytest

from asepsis.testing.agents import confirmed
from asepsis.tools.draft import draft
from asepsis.tools.flow.reaching import reaches
from asepsis.tools.flow.words import Words
from asepsis.tools.types import Manifest, Tool


def wanted(said, name):
    heard = Words()
    heard.hear(said)
    verb, noun = name.split("_")
    tool = Manifest(name, "", frozenset(), verbs=(verb,), nouns=(noun,))
    return heard.asks_for(tool, [tool])


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Confirm the address on claim C-9", "approve_claim"),
        ("Confirm whether claim C-9 was received", "approve_claim"),
        ("Confirm that claim C-9 was received", "approve_claim"),
        ("Make clear what claim C-9 is about", "approve_claim"),
        ("Clear up the confusion about claim C-9", "approve_claim"),
        ("Allow me to see claim C-9", "approve_claim"),
        ("Sign in and look at claim C-9", "approve_claim"),
        ("Release a summary of claim C-9", "approve_claim"),
        ("Review claim C-9", "finalize_claim"),
        ("Tell me what the decision on claim C-9 is", "finalize_claim"),
        ("Tell me where claim C-9 is in the process", "process_claim"),
        ("Pay attention to claim C-9", "pay_claim"),
        ("Send Ann a summary of claim C-9", "pay_claim"),
        ("Return to me with claim C-9", "pay_claim"),
        ("Give Ann the facts of case 4", "assign_case"),
        ("Return the call about order 7", "return_order"),
        ("Hold a meeting about order 7", "hold_order"),
        ("Remove any doubt about document D-4", "delete_document"),
        ("Print a clean copy of document D-4", "delete_document"),
        ("Throw in document D-4", "delete_document"),
        ("Take a close look at case 4", "close_case"),
        ("Give a complete account of case 4", "close_case"),
    ],
)
def test_a_doing_that_is_said_of_another_thing_is_not_asked_of_a_tool(said, name):
    assert not wanted(said, name)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Confirm the claim", "approve_claim"),
        ("Confirm claim C-9", "approve_claim"),
        ("Look at claim C-9 and confirm it", "approve_claim"),
        ("The claim is fine: approve", "approve_claim"),
        ("Approve Ana Lopez's knee surgery claim", "approve_claim"),
        ("Pay what is due on the claim", "pay_claim"),
        ("Send 50 dollars for the claim", "pay_claim"),
        ("Send the money for the claim", "pay_claim"),
        ("Give case 4 to Ann", "assign_case"),
        ("Make a decision on the case", "decide_case"),
        ("Close out the case", "close_case"),
        ("Tick the task off", "complete_task"),
        ("Throw the document away", "delete_document"),
    ],
)
def test_a_doing_that_is_said_of_the_thing_is_asked_for(said, name):
    assert wanted(said, name)


def test_a_doing_of_another_thing_and_of_the_thing_is_asked_for():
    assert reaches("close the door and close the case", "close", {"case"})
    assert not reaches("close the door of the case", "close", {"case"})
    assert not reaches("", "close", {"case"})


def test_a_message_about_a_claim_pays_none():
    manifests = [*confirmed(), draft(Tool("wire_claim"))]
    heard = Words()
    heard.hear("Send Ann the claim")
    assert not heard.asks_for(manifests[-1], manifests)
