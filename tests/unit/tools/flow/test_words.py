import pytest

from asepsis.tools.draft import draft
from asepsis.tools.flow.words import Words
from asepsis.tools.types import Manifest, Tool


def words(*said):
    heard = Words()
    for text in said:
        heard.hear(text)
    return heard


def named(manifests, name):
    return next(one for one in manifests if one.name == name)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Write to Ann@Clinic.test", "ann@clinic.test"),
        ("Pay 1,200.50 dollars", "1200.5"),
        ("to DE89 3704 0044 0532 0130 00", "de89370400440532013000"),
        ("on March 2nd", "2026-03-02"),
        ("open www.a.test/x", "https://a.test/x"),
        ("open www.a.test.They wrote it", "a.test"),
        ("write to ann@a.test.They ask for it", "ann@a.test"),
    ],
)
def test_a_value_that_the_user_named_is_known_however_it_is_written(said, value):
    assert words(said).say(value)


@pytest.mark.parametrize("value", ["eve@evil.test", "1200.51", "2026-03-03", "ann"])
def test_a_value_that_the_user_did_not_name_is_not(value):
    assert not words("Write to joanne about 1200.50 on March 2nd, see www.a.test/x").say(value)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Write to ann.lee@clinic.test", "lee@clinic.test"),
        ("Write to ann@clinic.test.example", "ann@clinic.test"),
        ("Write to ann1@clinic.test", "an@n1clinic.test"),
        ("Write to ann@clinic.test", "ann@clinic"),
        ("Write to ann@clinic.test", "clinic.test"),
        ("Read https://a.example.test/x", "https://a.example"),
        ("Pay $123,456.78", "12345678"),
        ("Pay $123,456.78", "-123456.78"),
        ("Pay $123,456.78", "123"),
        ("Pay 100000000", "10000000"),
        ("Pay claim CLM0000000012", "clm000000001"),
        ("From account 12345678901234567890", "12345678901234567891"),
    ],
)
def test_part_of_what_the_user_named_is_something_else(said, value):
    assert not words(said).say(value)
    assert words(said).say(said.rpartition(" ")[2].casefold())


def test_a_tool_is_asked_for_by_its_doing(manifests):
    doing = [one for one in manifests if not one.reads_only]
    assert words("Please mail the summary").asks_for(named(manifests, "send_email"), doing)
    assert not words("What do the faxes say?").asks_for(named(manifests, "delete_fax"), doing)


def test_a_tool_is_not_asked_for_where_another_that_does_the_same_is(manifests):
    doing = [one for one in manifests if not one.reads_only]
    assert not words("Send it by e-mail").asks_for(named(manifests, "delete_fax"), doing)
    assert not words("Cancel the event").asks_for(named(manifests, "delete_fax"), doing)


def test_what_is_said_later_adds_to_what_was_said():
    heard = words("Read the faxes", "Write to ann@clinic.test")
    assert heard.say("ann@clinic.test")
    assert heard.any_of(["read"])
    assert heard.version == 2


def test_days_may_be_reckoned_as_the_user_said():
    assert words("the day after March 2nd").near_day(frozenset({(2026, 3, 3)}))
    assert words("5 days from 2026-03-02").near_day(frozenset({(2026, 3, 7)}))
    assert words("a week after 2026-03-02").near_day(frozenset({(2026, 3, 9)}))
    assert not words("on March 2nd").near_day(frozenset({(2026, 3, 3)}))
    assert not words("on February 29").near_day(frozenset({(2026, 3, 1)}))


def test_a_phrase_may_have_a_few_words_in_its_midst():
    assert words("Please let Carla Weiss know").any_of(["let ... know"])
    assert not words("Let it be").any_of(["let ... know"])


@pytest.mark.parametrize("said", ["Turn down the request", "Deny it", "Reject the claim"])
def test_whoever_wants_something_denied_wants_nothing_approved(manifests, said):
    from asepsis.tools.types import Effect, Manifest

    approve, deny = (
        Manifest(f"{verb}_request", "", frozenset({Effect.WRITE}), (verb,)) for verb in ("approve", "deny")
    )
    assert words(said).asks_for(deny, [approve, deny])
    assert not words(said).asks_for(approve, [approve, deny])


@pytest.mark.parametrize(
    ("said", "tool", "meant"),
    [
        ("Delete every fax", "list_faxes", True),
        ("Delete all unread faxes", "list_faxes", True),
        ("Tell everybody about the fax", "list_faxes", False),
        ("Tell everybody", "search_contacts", True),
        ("Delete the fax", "list_faxes", False),
    ],
)
def test_all_is_said_of_something(manifests, said, tool, meant):
    assert words(said).all_of(named(manifests, tool)) is meant


def test_a_day_may_be_as_far_from_another_as_the_user_said():
    assert words("Push it back by a day").near_day(frozenset({(2026, 3, 18)}), frozenset({(2026, 3, 17)}))
    assert not words("Push it back by a day").near_day(frozenset({(2026, 12, 31)}), frozenset({(2026, 3, 17)}))
    assert words("Push it back").apart == frozenset()


def test_whoever_wants_something_closed_wants_no_more_changed_than_that(manifests):
    from asepsis.tools.types import Effect, Manifest

    close, change = (Manifest(f"{verb}_case", "", frozenset({Effect.WRITE}), (verb,)) for verb in ("close", "update"))
    assert words("Close the case").asks_for(close, [close, change])
    assert not words("Update the case").asks_for(close, [close, change])


@pytest.mark.parametrize(
    ("said", "state", "ordered"),
    [
        ("approve it if it fits", "approved", True),
        ("please deny it", "denied", True),
        ("approve it", "appr", True),
        ("reject it", "denied", True),
        ("sign it off and authorize it", "approved", True),
        ("reject it", "approved", False),
        ("tell me why it was denied", "deny", False),
        ("the denial is final", "denied", False),
        ("approve it", "denied", False),
        ("approve it", "", False),
    ],
)
def test_a_state_is_what_the_user_wants_done_and_not_what_they_tell_of(said, state, ordered):
    assert words(said).ordered(state) is ordered


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("Schedule the follow-up visit", False),
        ("Are there open claims", False),
        ("Visit the website", True),
        ("Open https://a.test/x", True),
    ],
)
def test_a_visit_or_what_is_open_is_no_page(manifests, said, asks):
    assert words(said).asks_for(named(manifests, "fetch_webpage"), ()) is asks


@pytest.mark.parametrize(("said", "asks"), [("What did we pay on K-1", False), ("Please pay K-1", True)])
def test_what_was_paid_is_no_payment(manifests, said, asks):
    assert words(said).asks_for(named(manifests, "pay_claim"), ()) is asks


def test_what_the_user_forbids_they_do_not_name():
    assert not words("Never write to eve@evil.test").say("eve@evil.test")
    assert words("Never write to eve@evil.test, write to ann@plan.test").addresses == {"ann@plan.test"}
    assert not words("Do not approve it").does("approve")
    assert words("Do not approve it").does("deny")
    assert words("Approve it").does("approve")
    assert words("It should be denied").does("deny")
    assert words("Turn it down").does("deny")
    assert not words("It was denied").does("deny")
    assert not words("Approve it").does("deny")


def test_a_doing_is_asked_for_by_its_verb_or_another_word_for_it():
    assert words("Please correct the number").does("replace")
    assert words("Triangulate it").does("triangulate")
    assert not words("Please read it").does("remove")


@pytest.mark.parametrize(
    ("said", "asks"),
    [("Refer her to Pinecrest", True), ("Discharge her", False), ("What does the referral say?", False)],
)
def test_a_tool_is_asked_for_by_its_own_verb_too(said, asks):
    tool = Manifest("post_referrals", "", frozenset({"write"}), verbs=("post", "create", "refer"), nouns=("referral",))
    assert words(said).asks_for(tool, [tool]) is asks


def test_a_number_that_is_written_out_is_named():
    assert words("Authorize four more days").say("4")
    assert not words("Authorize four more days").say("40")
    assert not words("One of them wants more days").say("1")


def test_a_tool_is_asked_for_by_the_way_it_takes(manifests):
    said = words("Ask the clinic by e-mail about the fax")
    assert said.asks_for(named(manifests, "send_email"), manifests)


def manifest(name, described=""):
    return draft(Tool(name, described, {"properties": {"which": {"type": "string"}}}))


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("Hillcrest has a new fax number, put it in the directory", "update_directory_entry"),
        ("He wrote in with a new phone number. Please put it on his record", "update_member_record"),
        ("Deliver to 42 Johnston St from now on, patient P-1", "edit_patient"),
        ("Say so in a note as well", "add_claim_note"),
        ("Write to Oona Kilbride what is on the invoice", "letters_send"),
        ("Text her the new time", "send_sms"),
        ("Send her a renewal reminder", "send_notice"),
        ("Set up a plan as she would like", "set_up_payment_plan"),
        ("Write off the rest as charity care, the adjustment is final", "post_adjustment"),
        ("Ask for an addendum", "request_addendum"),
        ("Close the case as not a case and tell the guardian by email", "send_email"),
        ("Close the case as not a case", "update_case_status"),
        ("Terminate the coverage as of Friday", "terminate_eligibility"),
        ("Cancel the ride that no longer fits", "cancel_transport"),
        ("Release the records in RR-61, the request is signed", "fulfill_records_request"),
        ("After checking the faxes, message Kenji that we will call", "send_message"),
        ("Take off whoever found someone else on the waitlist", "waitlist_remove"),
        ("Page the attending physician that the review is due", "send_page"),
        ("Put the payment that is due on hold, it is an audit sample", "hold_payment"),
        ("Release their payment PMT-9 if it is still on hold", "set_payment_hold"),
        ("Extend contract K-7 by one year", "amend_contract"),
        ("Then make a note in the case: 'Notice sent.'", "add_case_note"),
        ("Write the new figure to the attorney on the case", "send_letter"),
        ("Credit them the difference of invoice 4", "apply_credit"),
        ("Send them the difference of the payment", "make_payment"),
        ("Find the oldest order and make it urgent", "update_order"),
        ("Postpone the payment to December 18th", "update_payment"),
    ],
)
def test_ways_of_asking(said, tool):
    assert words(said).asks_for(manifest(tool), [manifest(tool)])


def test_a_plan_change_is_a_thing():
    change = manifest("update_contact")
    assert not words("Accept her plan change if the contact is known").asks_for(change, [change])
    assert words("She moved. Change the contact").asks_for(change, [change])


def test_whoever_says_a_tools_own_verb_means_it_and_not_one_that_is_spoken_of():
    acknowledge, reply = manifest("acknowledge_result"), manifest("reply_to_message")
    send = manifest("send_message")
    assert words("He was called, see the message. Acknowledge it").asks_for(acknowledge, [acknowledge, send])
    assert words("Look at the notice and answer her").asks_for(reply, [reply, manifest("send_notice")])
    other = manifest("acknowledge_order")
    assert not words("Acknowledge the order").asks_for(acknowledge, [acknowledge, other])


def test_a_tool_is_not_asked_for_by_words_that_ask_for_another_that_is_spoken_of():
    note, refer = manifest("add_note"), manifest("create_referral")
    assert words("Note in his chart where he stays").asks_for(note, [note, refer])
    assert not words("Note in his chart where he stays, it is a note").asks_for(refer, [note, refer])


@pytest.mark.parametrize(
    ("said", "name", "head"),
    [
        ("Answer Westbrook's question", "westbrook physical therapy", True),
        ("Answer their question", "westbrook physical therapy", False),
        ("Pay the hospital", "hospital partners of maine", False),
        ("Tell Lee", "lee physical therapy", False),
    ],
)
def test_the_first_word_of_a_long_name_is_enough_where_it_is_a_name(said, name, head):
    assert bool(words(said).head(name)) is head


def test_a_state_that_the_user_said():
    heard = words("Cancel the visit that was a no show")
    assert heard.state("no_show")
    assert not heard.state("scheduled")
    assert not heard.state("the")
    assert not heard.state("a1")


def test_a_word_at_the_beginning_of_a_sentence_may_be_a_doing():
    note = manifest("add_note")
    assert words("A letter came in. Note its number on the denial").asks_for(note, [note])
    assert not words("A letter came in note 7").asks_for(note, [note])


def test_whoever_says_the_number_of_a_thing_speaks_of_it():
    order, visit = manifest("cancel_order"), manifest("cancel_visit")
    heard = words("Cancel RX-90331 and tell me of the visit")
    assert heard.asks_for(order, [order, visit], named=True)
    assert not heard.asks_for(order, [order, visit])


def test_an_appeal_is_withdrawn_and_no_money():
    withdraw, money = manifest("withdraw_appeal"), manifest("withdraw_funds")
    assert not words("Send the letter to her appeal").asks_for(withdraw, [withdraw])
    assert words("Withdraw 300 dollars of my funds").asks_for(money, [money])


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("Make a summary of the claims of member M-1", "disable_member"),
        ("Make sure that the member is known to us", "disable_member"),
        ("Make me a list of the members", "enroll_member"),
        ("Put together what is on the claim", "update_claim"),
        ("Tell me what the new fax of the member is about", "disable_member"),
        ("Which claims of the member are on hold?", "deactivate_member"),
        ("Put the claim of the member on hold", "deactivate_member"),
        ("Withdraw the appeal of claim C-1", "pay_claim"),
        ("Show the claim as table", "finalize_claim"),
        ("Is the amount of the claim correct?", "waive_balance"),
        ("Is the discount of the claim right?", "waive_claim"),
        ("Explain the credit of the member", "adjust_member"),
        ("Explain the bill of the member", "charge_member"),
        ("Collect the facts of the claim", "charge_claim"),
        ("Mail Ann a summary of the prescription", "dispense_prescription"),
        ("Get the dates out of the order", "ship_order"),
        ("Send Ann a summary of the order", "fulfill_order"),
        ("Release the records of the patient", "discharge_patient"),
        ("Send a summary of the member to Ann", "refer_member"),
        ("See whether they agree with the claim", "settle_claim"),
        ("Continue to read the fax of the member", "reinstate_member"),
        ("Close the claim without a payment and refund", "refund_claim"),
    ],
)
def test_what_only_sounds_like_a_doing_asks_for_none(said, tool):
    assert not words(said).asks_for(manifest(tool), [])


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("Make Dr. Lee the primary dentist", "assign_dentist"),
        ("Make the nurse line the default contact", "set_contact"),
        ("Make Ann a member of the team", "add_member"),
        ("My new cell is 717-555-0166", "update_contact"),
        ("Her new address is ann@plan.test", "update_contact"),
        ("Put the claim of Ann Lee on hold", "hold_claim"),
        ("Waive the balance", "waive_balance"),
        ("Bill the member for it", "charge_member"),
        ("Get the order out to her", "ship_order"),
        ("CR-1: table it", "decide_case"),
    ],
)
def test_what_is_made_or_put_or_new_is_still_asked_for(said, tool):
    assert words(said).asks_for(manifest(tool), [])


def test_who_says_what_is_so_from_now_on_turns_nothing_off():
    said = "From now on use short words. What is on file for the member?"
    assert not words(said).asks_for(manifest("disable_member"), [])
    assert words(said).asks_for(manifest("update_member"), [])
    assert not words("Disregard the fax and sum the claim up").asks_for(manifest("override_claim"), [])


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("Move on to claim C-1", "route_claim"),
        ("Put the total of claim C-1 in euros", "route_claim"),
        ("Add up the lines of claim C-1", "attach_claim"),
    ],
)
def test_what_only_holds_a_word_of_a_doing_asks_for_none(said, tool):
    assert not words(said).asks_for(manifest(tool), [manifest(tool)])


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("Is it urgent to fill prescription RX-77?", "dispense_prescription"),
        ("Who asked to override the denial?", "override_denial"),
        ("Refuse to pay the claim", "pay_claim"),
        ("Refrain from paying the claim", "pay_claim"),
        ("Record the claim as not a refund and pay nothing", "pay_claim"),
        ("Do not under any circumstances, pay the claim", "pay_claim"),
        ("Which card was it?", "card_lock"),
    ],
)
def test_a_question_asks_for_an_answer_and_a_refusal_for_nothing(said, tool):
    assert not words(said).asks_for(manifest(tool), [manifest(tool)])


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("Which card was it? Lock the card.", "card_lock"),
        ("What does the claim say, and can you pay it?", "pay_claim"),
        ("Could you pay the claim?", "pay_claim"),
        ("Is the claim due, then pay it?", "pay_claim"),
    ],
)
def test_what_is_asked_for_beside_a_question_or_as_one_is_asked_for(said, tool):
    assert words(said).asks_for(manifest(tool), [manifest(tool)])


def test_a_kind_that_names_a_thing_is_picked_where_it_is_a_way_or_a_doing():
    assert words("Set the left rail").picks("left")
    assert words("Send it by e-mail").picks("email")
    assert not words("Send it by e-mail").picks("mail")
    assert not words("Read the fax and mail it").picks("fax")
    assert words("Read it and fax it").picks("fax")


def test_a_month_is_said_by_its_name():
    said = words("Pay the September commission")
    assert said.say("2026-09")
    assert not said.say("2026-10")
    assert not words("Pay the September 2025 commission").say("2026-09")
    assert words("Pay the commission for May").say("2026-05")
    assert not words("You may pay the commission").say("2026-05")
