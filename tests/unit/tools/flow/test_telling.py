import time

import pytest

from asepsis.tools.flow import texts
from asepsis.tools.flow.telling import SAID, told
from asepsis.tools.flow.words import Words
from asepsis.tools.types import Manifest


def tool(name):
    verb, noun = name.split("_")
    return Manifest(name, "", frozenset(), verbs=(verb,), nouns=(noun,))


def wanted(said, name):
    heard = Words()
    heard.hear(said)
    return heard.asks_for(tool(name), [tool(name)])


def test_long_questions_are_read_in_one_go():
    text = texts.normal("is it " * 100_000)
    assert told(text) == text
    assert told("was it paid? pay it") == " ?  pay it"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("find out why it was denied and appeal it", f"find out {SAID}\n and appeal it"),
        ("ask bob whether we should close it, then mail ann", f"ask bob {SAID}\n , then mail ann"),
        ("remind ann to cancel it. pay me", f"remind ann {SAID}\n . pay me"),
        ("explain to her how to delete it", f"explain to her {SAID}\n "),
        ("see if you can move it", "see if you can move it"),
        ("i ask you to cancel it", "i ask you to cancel it"),
        ("tell ann it is done", "tell ann it is done"),
    ],
)
def test_what_is_asked_indirectly_or_of_others_is_not_told_to_be_done(said, left):
    assert told(said) == left


def test_long_texts_are_read_in_one_go():
    began = time.process_time()
    pieces = (
        "ask a ",
        "tell why ",
        "check ",
        "remind a b c d ",
        "see if ",
        "is it? ",
        "'a ",
        "was denied ",
        "tell a: ",
    )
    for piece in pieces:
        told(piece * 20_000)
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Should we deny the claim C-1?", "deny_claim"),
        ("Do we have to pay the claim?", "pay_claim"),
        ("How do I cancel the visit?", "cancel_visit"),
        ("What happens if we deny the claim?", "deny_claim"),
        ("Isn't it time to close the claim?", "close_claim"),
        ("Under which rule can we deny the claim?", "deny_claim"),
        ("Can the claim be approved?", "approve_claim"),
        ("Any reason to deny the claim?", "deny_claim"),
        ("Read the fax, and should we deny the claim?", "deny_claim"),
        ("Tell me: may we close the claim?", "close_claim"),
        ("Could you tell Ann that we deny the claim?", "deny_claim"),
    ],
)
def test_a_question_however_it_begins_asks_for_an_answer(said, name):
    assert not wanted(said, name)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("The claim was denied last week", "deny_claim"),
        ("Send Ann the approved claim", "approve_claim"),
        ("We have denied the claim", "deny_claim"),
        ("The claim has already been closed, tell Ann", "close_claim"),
        ("The claim may be denied soon", "deny_claim"),
        ("Ann says we should deny the claim", "deny_claim"),
        ("She asked us to cancel the visit", "cancel_visit"),
        ("The caller wants to cancel the visit", "cancel_visit"),
        ("Tell Ann that we cancel the visit", "cancel_visit"),
        ("Let Ann know that we cancel the visit", "cancel_visit"),
        ("Reply to her message: we cancel the visit", "cancel_visit"),
        ("Send Ann the text 'please cancel the visit'", "cancel_visit"),
        ("Mark the claim as pending until it is approved", "approve_claim"),
        ("I'll cancel the visit myself", "cancel_visit"),
        ("Ann will cancel the visit", "cancel_visit"),
        ("Before I cancel the visit I want a summary", "cancel_visit"),
        ("If I were to cancel the visit, what would it cost?", "cancel_visit"),
        ("I might cancel the visit tomorrow", "cancel_visit"),
        ("Find the rule on how we cancel a visit", "cancel_visit"),
        ("Prevent that anybody cancels the visit", "cancel_visit"),
        ("It would be wrong to cancel the visit", "cancel_visit"),
        ("Draft a letter to cancel the visit", "cancel_visit"),
        ("Summarize the request to cancel the visit", "cancel_visit"),
        ("List reasons to deny the claim", "deny_claim"),
        ("We can't cancel the visit any more", "cancel_visit"),
        ("The visit isn't to be cancelled", "cancel_visit"),
        ("Send Ann the text \u201cplease cancel the visit\u201d", "cancel_visit"),
    ],
)
def test_what_is_told_quoted_or_wanted_by_others_is_not_asked_for(said, name):
    assert not wanted(said, name)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Can you deny the claim?", "deny_claim"),
        ("Would it be right, and if so could you deny the claim?", "deny_claim"),
        ("The claim has to be denied", "deny_claim"),
        ("Have the claim denied", "deny_claim"),
        ("I want the claim denied", "deny_claim"),
        ("Mark the claim as denied", "deny_claim"),
        ("The visit is off: cancel the visit", "cancel_visit"),
        ("She asked for it, so cancel the visit", "cancel_visit"),
        ("I said cancel the visit", "cancel_visit"),
        ("Ann's visit and Bob's visit: cancel the visit of Ann", "cancel_visit"),
        ("Note that you have to cancel the visit first", "cancel_visit"),
        ("Handle the message: cancel the visit", "cancel_visit"),
        ("Shred the record", "shred_record"),
        ("I want you to cancel the visit", "cancel_visit"),
        ("I'd like to cancel the visit", "cancel_visit"),
        ("We have to deny the claim", "deny_claim"),
        ("We should deny the claim", "deny_claim"),
        ("We deny the claim, record that", "deny_claim"),
        ("Use the portal to cancel the visit", "cancel_visit"),
        ("Be sure to cancel the visit", "cancel_visit"),
        ("If Ann agrees, cancel the visit", "cancel_visit"),
    ],
)
def test_what_is_asked_for_in_other_forms_is_asked_for(said, name):
    assert wanted(said, name)


def test_a_question_in_spanish_orders_nothing_unless_it_asks_for_it():
    assert "cancelar" not in told("\u00bfdebemos cancelar la cita ap-1?")
    assert "cancelar" in told("\u00bfpuedes cancelar la cita ap-1?")
