from asepsis.tools.draft import draft
from asepsis.tools.types import Tool

TEXT = {"type": "string"}


def roles(name, **arguments):
    made = draft(Tool(name, "", {"type": "object", "properties": arguments}))
    return {argument.path: argument.role.value for argument in made.arguments}


def test_which_message_to_forward_is_no_text():
    assert roles("message_forward", msg=TEXT, to=TEXT) == {"msg": "object", "to": "destination"}
    assert roles("delete_document", document=TEXT) == {"document": "object"}


def test_what_to_say_is_a_text_even_where_it_is_named_as_the_tool():
    assert roles("send_message", message=TEXT)["message"] == "text"
    assert roles("lodge_grievance", grievance_text=TEXT)["grievance_text"] == "text"


def test_how_long_something_takes_is_a_time():
    assert roles("schedule_visit", durationMinutes={"type": "integer"}) == {"durationMinutes": "time"}


def test_how_many_days_are_authorized_is_an_amount():
    assert roles("authorize_days", days={"type": "integer"}) == {"days": "value"}
    assert roles("stay_days_approve", days={"type": "integer"}) == {"days": "value"}


def test_what_is_described_as_a_number_of_something_names_it():
    assert roles("assign_bed", chart={"type": "string", "description": "The chart number"}) == {"chart": "object"}


def test_a_description_of_a_word_or_two_is_a_name():
    assert roles("drop_voicemail", vm={"type": "string", "description": "Voicemail"}) == {"vm": "object"}
    assert roles("text_cardholder", said={"type": "string", "description": "Text"}) == {"said": "text"}
    assert roles("ship_drug", x={"type": "string", "description": "Text as on the label"}) == {"x": "value"}


def test_a_doing_is_not_harmless_by_its_first_letter():
    status = {"enum": ["O", "R"], "description": "O open, R referred to the state"}
    made = draft(Tool("update_case", "", {"type": "object", "properties": {"status": status}}))
    assert made.arguments[0].values == ()


def test_a_list_of_values_is_no_thing():
    assert roles("exception_say", say={"enum": ["yes", "no"]}) == {"say": "value"}


def test_what_is_picked_from_a_list_is_a_value():
    assert roles("set_claim_status", status={"enum": ["approved", "denied"]}) == {"status": "value"}


def test_what_is_to_be_done_with_a_thing_is_no_address():
    assert roles("send_letter", results={**TEXT, "description": "Results to attach"}) == {"results": "value"}
    assert roles("send_letter", whom={**TEXT, "description": "Whom to send it to"}) == {"whom": "destination"}


def test_what_is_done_to_reach_something_goes_to_nobody():
    described = {"type": "string", "description": "What will be done to reach it"}
    assert roles("add_goal", measures=described) == {"measures": "value"}
    described = {"type": "string", "description": "Sections to include in it"}
    assert roles("send_packet", sections=described) == {"sections": "value"}
    assert roles("send_packet", x={"type": "string", "description": "Whom to send it to"}) == {"x": "destination"}


def test_a_comment_for_a_patient_is_a_comment():
    assert roles("release_result", comment_for_patient=TEXT, noteForPatient=TEXT) == {
        "comment_for_patient": "text",
        "noteForPatient": "text",
    }


def test_a_part_of_an_address_names_nothing():
    described = {"type": "string", "description": "Street and number"}
    assert roles("update_contact", street=described, zip=TEXT) == {"street": "value", "zip": "value"}


def test_the_token_of_a_card_is_where_money_goes():
    assert roles("refund_payment", card_token=TEXT) == {"card_token": "destination"}


def test_until_when_and_by_whom():
    said = roles(
        "approve_request", approved_through=TEXT, effective_from=TEXT, withdrawn_by=TEXT, information_needed=TEXT
    )
    assert said == {
        "approved_through": "time",
        "effective_from": "time",
        "withdrawn_by": "text",
        "information_needed": "text",
    }


def test_where_money_or_papers_go_is_no_text():
    names = ("payment_information", "bank_details", "recipient_information", "routed_through")
    assert set(roles("send_form", **dict.fromkeys(names, TEXT)).values()) == {"destination"}
    assert roles("send_records", line_for_fax=TEXT, note_for_fax=TEXT) == {
        "line_for_fax": "destination",
        "note_for_fax": "text",
    }
    assert roles("execute_operation", arguments=TEXT) == {"arguments": "value"}


def test_who_approved_something_is_no_mere_text():
    assert roles("close_claim", approved_by=TEXT, given_by=TEXT) == {"approved_by": "value", "given_by": "text"}


def test_what_names_a_thing_by_convention_is_one():
    named = dict.fromkeys(("in_reply_to", "wo", "po", "sku", "serial"), TEXT)
    assert set(roles("update_entry", **named).values()) == {"object"}


def test_whom_to_reply_to_receives():
    assert roles("send_note", reply_to=TEXT) == {"reply_to": "destination"}
