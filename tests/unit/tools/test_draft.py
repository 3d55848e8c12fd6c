import pytest

from asepsis.tools.draft import draft
from asepsis.tools.types import ArgumentRole, Effect, Source, Tool

TEXT = {"type": "string"}


def roles(tool):
    return {argument.path: argument.role.value for argument in draft(tool).arguments}


def sources(tool):
    return {field.path: field.source.value for field in draft(tool).results}


def tool(name, *arguments, **more):
    return Tool(name, "", {"type": "object", "properties": dict.fromkeys(arguments, TEXT) | more})


def test_what_sends_reaches_outside_and_its_arguments_play_their_parts(send):
    assert draft(send).effects == {Effect.WRITE, Effect.EGRESS, Effect.IRREVERSIBLE}
    assert roles(send) == {"recipient": "destination", "body": "text", "copies": "value", "cc[]": "destination"}
    assert (draft(send).verbs, draft(send).nouns) == (("send",), ("message",))


def test_what_is_read_says_who_wrote_it(inbox):
    assert draft(inbox).reads_only
    assert roles(inbox) == {"query": "query"}
    assert sources(inbox) == {
        "[].id": "system",
        "[].sender": "party",
        "[].subject": "name",
        "[].body": "free",
        "[].received_at": "system",
    }


def test_a_verb_that_nobody_knows_may_do_anything():
    assert draft(tool("frobnicate_claim")).effects == {Effect.WRITE, Effect.EGRESS, Effect.IRREVERSIBLE}


def test_reading_a_page_of_the_web_reaches_outside():
    assert draft(tool("fetch_webpage", "url")).effects == {Effect.READ, Effect.EGRESS}
    assert roles(tool("fetch_webpage", "url")) == {"url": "url"}


def test_what_writes_to_an_address_sends_to_it():
    assert roles(tool("post_webpage", "url", "content")) == {"url": "destination", "content": "text"}


def test_deciding_over_a_claim_is_a_determination():
    effects = draft(tool("deny_claim", "claim_id", "reason")).effects
    assert Effect.DETERMINATION in effects


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("read_faxes", Source.FREE),
        ("get_channels", Source.NAME),
        ("list_members", Source.PARTY),
        ("get_plan_benefits", Source.CATALOG),
        ("get_reviews_for_hotels", Source.FREE),
        ("get_zzz", Source.FREE),
        ("get_account_transactions", Source.FREE),
        ("get_member_claims", Source.FREE),
        ("get_slots_available", Source.CATALOG),
    ],
)
def test_a_plain_answer_is_what_the_nouns_say(name, source):
    assert draft(tool(name)).source is source


def test_secrets_and_code_are_what_they_are_even_where_nothing_is_written():
    assert roles(tool("check_login", "password")) == {"password": "secret"}
    assert roles(tool("run_report", "sql")) == {"sql": "code"}


def test_the_least_of_several_permissions_needs_no_reason():
    shared = draft(tool("share_file", "file_id", "email", permission={"enum": ["r", "rw"]}))
    assert shared.arguments[2].values == ("r",)


def test_what_nothing_speaks_for_is_a_value():
    assert roles(tool("update_claim", "zzz")) == {"zzz": "value"}


def test_a_member_is_whom_a_call_is_about():
    assert roles(tool("get_member_claims", "member_id")) == {"member_id": "subject"}


def test_where_a_server_describes_no_fields_the_keys_of_what_it_answers_speak():
    open_ended = {"type": "array", "items": {"type": "object", "additionalProperties": True}}
    assert draft(Tool("list_requests", "", {}, open_ended)).keyed
    assert draft(Tool("list_requests")).keyed
    assert not draft(Tool("list_requests", "", {}, {"type": "object", "properties": {"id": TEXT}})).keyed


def test_what_reads_from_an_address_that_is_given_reaches_outside():
    address = {"properties": {"url": {"type": "string", "format": "uri"}}}
    made = draft(Tool("fetch_page", "", address))
    assert made.effects == {Effect.READ, Effect.EGRESS}
    assert made.arguments[0].role is ArgumentRole.URL
    assert draft(Tool("read_page", "", {"properties": {"name": {"type": "string"}}})).effects == {Effect.READ}


@pytest.mark.parametrize(
    ("name", "description"), [("save_memory_note", ""), ("journal_add", "Adds what the agent reads in later sessions.")]
)
def test_what_speaks_of_memory_is_kept_for_later(name, description):
    assert Effect.MEMORY in draft(Tool(name, description, {"properties": {"text": TEXT}})).effects


@pytest.mark.parametrize("name", ["create_payment", "vendorPaymentCreate", "pmt_iss", "refundIssue", "submit_refund"])
def test_nobody_gets_money_back(name):
    assert draft(tool(name)).effects >= {Effect.EGRESS, Effect.IRREVERSIBLE}


@pytest.mark.parametrize("name", ["share_document", "documentForward", "reply_to_message", "msg_snd"])
def test_nobody_takes_back_what_was_said_or_shared(name):
    assert draft(tool(name)).effects >= {Effect.EGRESS, Effect.IRREVERSIBLE}


def test_where_a_tool_that_reads_outside_is_sent_is_a_link_by_whatever_name():
    assert roles(tool("visit_website", "address")) == {"address": "url"}
    assert roles(tool("url_get", u={"type": "string", "description": "URL"})) == {"u": "url"}


def test_a_message_that_is_described_as_its_number_is_one_of_many():
    message = {"type": "string", "description": "Message id"}
    assert roles(tool("messages.reply", "text", message=message)) == {"message": "object", "text": "text"}
    assert roles(tool("send_message", "message")) == {"message": "text"}


@pytest.mark.parametrize(
    ("argument", "role"),
    [
        ("mbr_no", "subject"),
        ("subscriberNo", "subject"),
        ("payee_acct", "destination"),
        ("toNumber", "destination"),
        ("startsAt", "time"),
        ("tm", "time"),
        ("rsn", "text"),
        ("grounds", "text"),
        ("amt", "value"),
        ("npi", "object"),
    ],
)
def test_arguments_play_their_parts_however_vendors_write_them(argument, role):
    assert roles(tool("update_record", argument)) == {argument: role}


def test_what_has_to_be_given_a_payee_and_an_amount_does_not_only_read():
    properties = {"payee": TEXT, "amount": {"type": "number"}}
    check = Tool("check_request", "", {"type": "object", "properties": properties, "required": ["payee", "amount"]})
    assert not draft(check).reads_only
    assert draft(Tool("check_request", "", {"type": "object", "properties": properties})).reads_only


def test_the_keys_of_what_a_text_says_speak():
    assert draft(Tool("find_patient", "", {}, {"type": "string"})).keyed


def test_a_verdict_on_something_or_a_mutation_is_no_reading():
    verdict = {"claim_id": TEXT, "result": {"enum": ["approve", "deny"]}}
    judged = {"type": "object", "properties": verdict, "required": ["claim_id", "result"]}
    assert not draft(Tool("check_request", "", judged)).reads_only
    assert draft(Tool("check_request", "", judged | {"required": ["result"]})).reads_only
    assert not draft(Tool("claimListMutation", "", {})).reads_only
    assert not draft(Tool("resolve_request", "", {})).reads_only


def test_words_to_somebody_can_not_be_taken_back_whatever_the_verb():
    assert Effect.IRREVERSIBLE in draft(tool("start_thread", "recipient", "body")).effects
    assert Effect.IRREVERSIBLE not in draft(tool("start_thread", "body")).effects


def test_a_name_of_things_whose_arguments_only_say_which_reads():
    assert draft(tool("member_eligibility", "member_id")).reads_only
    assert not draft(tool("member_eligibility", "member_id", "status")).reads_only
    assert not draft(tool("claim_denial", "claim_id")).reads_only


@pytest.mark.parametrize(
    ("name", "output", "keyed"),
    [
        ("read_document", {}, False),
        ("read_file", {"type": "string"}, False),
        ("get_attachments_id_content", {"type": "string"}, False),
        ("get_mail_by_id", {"type": "string"}, False),
        ("read_document", {"type": "object", "additionalProperties": {}}, True),
        ("list_documents", {"type": "string"}, True),
        ("get_document_details", {"type": "string"}, True),
        ("get_member", {"type": "string"}, True),
    ],
)
def test_keys_in_a_text_that_somebody_wrote_are_its_authors(name, output, keyed):
    assert draft(Tool(name, "", {}, output)).keyed is keyed


@pytest.mark.parametrize(
    ("name", "keyed"),
    [
        ("document_fetch", False),
        ("read_fax", False),
        ("document_index", True),
        ("fax_list", True),
        ("get_claims", True),
    ],
)
def test_keys_in_one_text_are_its_authors_and_those_of_a_list_the_servers(name, keyed):
    assert draft(Tool(name, "", {}, TEXT)).keyed is keyed


@pytest.mark.parametrize(
    ("name", "arguments", "reads"),
    [
        ("faxInbox", {}, True),
        ("priorAuthQueue", {"status": {"enum": ["NEW", "PEND"]}}, True),
        ("equipment_catalog", {"search": TEXT}, True),
        ("client_chart", {"client_no": TEXT}, True),
        ("clear_inbox", {}, False),
        ("delete_fax_inbox", {}, False),
        ("fax_inbox", {"recipient": TEXT}, False),
        ("fax_message", {}, False),
    ],
)
def test_what_holds_things_is_looked_into(name, arguments, reads):
    assert draft(tool(name, **arguments)).reads_only is reads


def test_a_state_that_has_to_be_given_is_set():
    schema = {"type": "object", "properties": {"status": {"enum": ["NEW", "PEND"]}}, "required": ["status"]}
    assert not draft(Tool("priorAuthQueue", "", schema)).reads_only


def test_a_thing_is_read_by_its_name_unless_it_has_to_be_given_words():
    chart = {"type": "object", "properties": {"member_id": TEXT, "note": TEXT}, "required": ["member_id"]}
    assert draft(Tool("member_chart", "The chart of a member", chart)).reads_only
    assert not draft(Tool("member_chart", "The chart of a member", {**chart, "required": ["note"]})).reads_only
    item = {"type": "object", "properties": {"itemId": TEXT}}
    assert draft(Tool("postboxItem", "One letter or e-mail", item)).reads_only
    assert not draft(Tool("postboxItem", "One letter or e-mail", {"properties": {"words": TEXT}})).reads_only


def test_what_is_picked_by_what_its_description_says_is_read():
    by = {"type": "object", "properties": {"specialty": TEXT, "county": TEXT}}
    assert draft(Tool("providers", "Providers by specialty and county", by)).reads_only
    assert not draft(Tool("providers", "Providers of a county", by)).reads_only
    note = {"type": "object", "properties": {"note": TEXT}}
    assert not draft(Tool("providers", "Providers by note", note)).reads_only


def test_what_has_to_be_given_a_recipient_is_not_only_read():
    schema = {"type": "object", "properties": {"id": TEXT, "recipientEmail": TEXT}}
    assert draft(Tool("get_statement", "", schema)).reads_only
    assert not draft(Tool("get_statement", "", schema | {"required": ["id", "recipientEmail"]})).reads_only


def test_the_keys_of_what_a_schema_leaves_open_say_whose_they_are():
    row = {"type": "object", "properties": {"member": TEXT, "orders": {"type": "array", "items": {}}}}
    assert draft(Tool("list_orders", "", {}, row)).keyed
    row["properties"]["orders"]["items"] = TEXT
    assert not draft(Tool("list_orders", "", {}, row)).keyed


def test_what_a_question_picks_from_a_list_is_kept():
    schema = {"type": "object", "properties": {"status": {"enum": ["open", "closed"]}, "member": TEXT}}
    asked = {one.path: one.values for one in draft(Tool("list_visits", "", schema)).arguments}
    assert asked == {"status": ("open", "closed"), "member": ()}


def test_what_is_verified_with_a_comment_is_attested():
    schema = {"type": "object", "properties": {"order_id": TEXT, "comment": TEXT}}
    assert not draft(Tool("verify_order", "Verify an order so that it can be dispensed.", schema)).reads_only
    schema = {"type": "object", "properties": {"id": TEXT}}
    assert not draft(Tool("verify_visit", "Verify a visit.", schema)).reads_only
    assert draft(Tool("verify_coverage", "Verify coverage.", schema)).reads_only


def test_the_keys_in_an_open_field_of_a_document_are_its_authors():
    page = {"type": "object", "properties": {"title": TEXT, "content": {}}}
    assert draft(Tool("get_claim", "", {}, page)).keyed
    assert not draft(Tool("get_document", "", {}, page)).keyed


def test_the_state_in_a_filter_is_no_verdict():
    state = {"id": TEXT, "status": {"enum": ["initial", "approved", "terminated"]}}
    inner = {"type": "object", "properties": state}
    schema = {"type": "object", "properties": {"Filter": inner}, "required": ["Filter"]}
    assert draft(Tool("GetPractitioners", "", schema)).reads_only
    schema = {"type": "object", "properties": {"Practitioner": inner}, "required": ["Practitioner"]}
    assert not draft(Tool("GetPractitioners", "", schema)).reads_only


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("member_benefits", "Cancel the benefits of a member"),
        ("member_eligibility", "Sends the eligibility of a member to a payer"),
        ("claim_appeal", "File an appeal"),
        ("claim_codes", "Void claim codes"),
        ("appeal_claim", ""),
        ("invoicePatient", ""),
        ("exception_claim", "Grants an exception for a claim"),
    ],
)
def test_things_that_are_done_or_described_by_a_doing_are_no_reading(name, described):
    assert not draft(Tool(name, described, {"properties": {"claim_id": {"type": "string"}}})).reads_only


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("member_eligibility", "Eligibility of a member"),
        ("appeal_status", ""),
        ("claim_detail", "Record of a claim"),
        ("member_benefits", "Release of benefits"),
    ],
)
def test_things_that_are_described_as_such_are_a_reading(name, described):
    assert draft(Tool(name, described, {"properties": {"claim_id": {"type": "string"}}})).reads_only


@pytest.mark.parametrize(
    ("name", "described", "taken"),
    [
        ("request_additional_info", "Pends the request and asks the provider for more.", ("request_id",)),
        ("get_signature", "Requests a signature.", ("document_id",)),
        ("list_for_transplant", "Adds a patient to the waiting list.", ("patient_id",)),
        ("find_slot", "Finds and reserves a slot.", ("slot_id",)),
        ("get_and_clear_alerts", "", ("unit",)),
        ("lookup_and_bill", "", ("claim_id",)),
        ("sync_chart", "", ("patient_id",)),
        ("describe_case", "", ("case_id", "description")),
        ("explain_denial", "", ("claim_id", "explanation")),
    ],
)
def test_what_reads_by_its_name_and_does_something_besides_is_no_reading(name, described, taken):
    schema = {"properties": {one: {"type": "string"} for one in taken}, "required": list(taken)}
    assert not draft(Tool(name, described, schema)).reads_only


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("end_coverage", "Ends a member's coverage"),
        ("coverage", "Ends a member's coverage"),
        ("block_card", "Blocks a card"),
        ("begin_treatment", ""),
        ("sync_contacts", ""),
        ("price_claim", ""),
        ("visit_end", ""),
        ("worklist", "Reshuffles the worklist"),
        ("profile", "Overwrites a member's profile"),
    ],
)
def test_what_is_done_to_a_thing_by_a_word_that_may_be_one_is_no_reading(name, described):
    assert not draft(Tool(name, described, {"properties": {"id": {}}, "required": ["id"]})).reads_only


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("select_plan", {"member_id": "string", "plan_id": "string"}),
        ("match_payment", {"claim_id": "string", "amount": "number"}),
        ("load_pump", {"pump_id": "string", "dose": "number"}),
    ],
)
def test_what_is_chosen_for_somebody_or_so_much_of_it_taken_is_not_only_read(name, given):
    properties = {one: {"type": kind} for one, kind in given.items()}
    assert not draft(Tool(name, "", {"properties": properties, "required": list(properties)})).reads_only
    assert draft(Tool(name, "", {"properties": properties})).reads_only


def test_a_change_is_asked_for_by_what_its_arguments_come_to():
    schema = {"properties": {"request_id": {"type": "string"}, "assignedTo": {"type": "string"}}}
    assert draft(Tool("updateRequest", "", schema)).verbs == ("update", "assign")
    assert draft(Tool("getRequest", "", schema)).verbs == ("get",)


def test_what_has_an_assignee_is_assigned():
    schema = {"properties": {"case": {"type": "string"}, "assignee": {"type": "string"}}}
    assert draft(Tool("update-case", "", schema)).verbs == ("update", "assign")


def test_a_truth_value_is_no_thing():
    schema = {"properties": {"paymentId": {"type": "string"}, "hold": {"type": "boolean"}}}
    hold = draft(Tool("setPaymentHold", "", schema)).arguments[1]
    assert (hold.role, dict(hold.means)) == (ArgumentRole.VALUE, {"true": "hold", "false": "resume"})


def test_an_inbox_may_be_shown_in_part():
    kind = {"type": "string", "enum": ["member", "pharmacy"]}
    shown = draft(Tool("member_inbox", "Messages of members.", {"properties": {"from_kind": kind}}))
    assert (shown.effects, shown.verbs) == ({Effect.READ}, ())


def test_who_handles_a_thing_is_assigned_it():
    schema = {"properties": {"case_id": {"type": "string"}, "handler": {"type": "string"}}}
    assert draft(Tool("update_case", "", schema)).verbs == ("update", "assign")


def test_codes_mean_what_the_tools_description_says():
    code = {"type": "string", "enum": ["A1", "D2"], "description": "Determination"}
    schema = {"properties": {"CaseNum": {"type": "string"}, "DeterminationCd": code}}
    told = draft(Tool("PostDetermination", "Posts it. A1 approves, D2 denies the case.", schema))
    assert dict(told.arguments[1].means) == {"A1": "approve", "D2": "deny"}
    assert draft(Tool("PostDetermination", "Posts it. A1 approves it.", schema)).arguments[1].means == ()


def test_what_is_on_hand_is_only_looked_at():
    schema = {"properties": {"item_no": {"type": "string"}}, "required": ["item_no"]}
    assert draft(Tool("stock_on_hand", "Quantity on hand of an item at every place.", schema)).effects == {Effect.READ}
    assert Effect.WRITE in draft(Tool("stock_item", "Stocks an item.", schema)).effects


def test_a_tool_that_runs_actions_reads_by_those_that_read_and_does_the_others():
    actions = {"type": "string", "enum": ["find", "get", "assign", "close"]}
    drafted = draft(Tool("lienCase", "Lien cases.", {"properties": {"action": actions, "caseId": {"type": "string"}}}))
    action = drafted.parts["action"]
    assert (action.reads, dict(action.means), action.values) == (
        ("find", "get"), {"assign": "assign", "close": "close"}, (),
    )  # fmt: skip
    assert drafted.called_with({"action": "get", "caseId": "LN-1"}).reads_only
    assert not drafted.called_with({"action": "close"}).reads_only
    assert not drafted.called_with({"action": "GET"}).reads_only
    assert not drafted.called_with({}).reads_only
    assert not drafted.called_with({"action": ["get"]}).reads_only


def test_a_tool_that_reads_by_its_name_and_runs_actions_does_what_they_do():
    actions = {"type": "string", "enum": ["list", "void"]}
    assert not draft(Tool("list_claims", "", {"properties": {"action": actions}})).reads_only


@pytest.mark.parametrize(
    ("name", "described", "takes", "reads"),
    [
        ("MSG020", "MESSAGE DISPLAY", {"MSNO": "MESSAGE NO"}, True),
        ("MSG010", "INCOMING MESSAGES", {"FROMNM": "SENDER, PART"}, True),
        ("RCL010", "RECALL LIST", {"MFR": "MANUFACTURER, PART"}, True),
        ("MSG090", "PURGE MESSAGE", {"MSNO": "MESSAGE NO"}, False),
        ("RCL030", "RECALL STATUS CHANGE", {"RCNO": "RECALL NO"}, False),
        ("PAY010", "PAYMENTS", {"ACCT": "ACCOUNT NO", "AMT": "AMOUNT"}, False),
        ("LOT030", "HOLD OR RELEASE LOTS", {"LOTN": "LOT NO"}, False),
        ("PGR010", "PAGE CLINICIANS", {"NO": "CLINICIAN NO"}, False),
        ("AGTINQ", "AGENT INQUIRY. LIST BY NAME OR STATUS.", {"AGTNAME": "NAME OR PART OF IT"}, True),
        ("GRPDTL", "EMPLOYER GROUP DETAIL.", {"GRPNO": "GROUP NUMBER"}, True),
        ("CORTXT", "TEXT OF A LETTER.", {"CORNO": "LETTER NUMBER"}, True),
        ("EFTUPD", "BANK DATA FOR COMMISSION PAYMENTS.", {"AGTNO": "AGENT NUMBER", "ROUTNO": "ROUTING NUMBER"}, False),
        ("CORCLS", "CLOSE A LETTER.", {"CORNO": "LETTER NUMBER"}, False),
        ("STMINQ", "PAYS A STATEMENT.", {"STMNO": "STATEMENT NUMBER"}, False),
    ],
)
def test_a_tool_that_has_a_code_for_a_name_is_what_that_ends_in_or_its_description_says(name, described, takes, reads):
    schema = {"properties": {key: {"type": "string", "description": text} for key, text in takes.items()}}
    assert draft(Tool(name, described, schema)).reads_only == reads


@pytest.mark.parametrize(
    ("name", "argument", "values", "reads"),
    [
        ("record_payment", "method", ["card", "check"], ()),
        ("payments", "method", ["card", "check"], ()),
        ("payments", "method", ["GET", "DELETE"], ("GET",)),
        ("issueRefund", "action", ["list", "refund"], ()),
        ("refunds", "action", ["list", "refund"], ("list",)),
    ],
)
def test_an_action_reads_only_where_the_tool_does_nothing_by_its_own_name(name, argument, values, reads):
    schema = {"type": "object", "properties": {argument: {"type": "string", "enum": values}, "id": {"type": "string"}}}
    assert draft(Tool(name, "", schema)).arguments[0].reads == reads


@pytest.mark.parametrize(
    ("name", "needed", "optional", "roles"),
    [
        ("delete_fax", ["title"], [], {"title": "object"}),
        ("delete_records", ["criteria"], ["reason"], {"criteria": "object", "reason": "text"}),
        ("cancel_appointments", [], ["tags", "reason"], {"tags": "object", "reason": "text"}),
        ("close_case", [], ["description"], {"description": "object"}),
        ("close_case", ["case_id"], ["description"], {"case_id": "object", "description": "text"}),
        ("send_message", ["recipient", "text"], [], {"recipient": "destination", "text": "text"}),
        ("create_task", ["title"], [], {"title": "text"}),
        ("send_message", ["on_behalf_of"], [], {"on_behalf_of": "destination"}),
    ],
)
def test_what_a_thing_is_picked_by_is_no_text(name, needed, optional, roles):
    text = {"type": "string"}
    schema = {"type": "object", "properties": dict.fromkeys([*needed, *optional], text), "required": needed}
    assert {one.path: one.role.value for one in draft(Tool(name, "", schema)).arguments} == roles


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("CLM300", "Reverses claims."),
        ("MSG020", "Maintains messages."),
        ("CLM77", "Offsets overpayments."),
        ("ORD10", "Countersigns orders."),
        ("SPCDSP", "Specimen disposal"),
        ("MBRLST", "Takes the member off the list."),
        ("CRDLST", "Reports a card lost."),
        ("CLMINQ", "Opens an inquiry on a claim"),
        ("RXDSP", ""),
        ("T5", "Gets rid of a record."),
        ("MARKREAD", ""),
        ("get_refill", "Gets the member a refill."),
        ("get_approval", "Gets approval for the request."),
        ("list_faxes", "Lists the faxes; those older than a week are destroyed."),
    ],
)
def test_what_a_code_or_a_reading_does_besides_is_a_doing(name, description):
    assert not draft(Tool(name, description, {"properties": {"id": {"type": "string"}}})).reads_only


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("CLM300", "Claims by member"),
        ("BED010", "Beds by unit"),
        ("AGTINQ", "Agent inquiry"),
        ("RXDSP", "Displays a prescription"),
        ("get_fax", "Gets a fax. Faxes are kept for a week."),
        ("list_faxes", "Lists faxes, where those that were deleted are left out."),
    ],
)
def test_what_a_code_or_a_reading_shows_is_only_read(name, description):
    assert draft(Tool(name, description, {"properties": {"id": {"type": "string"}}})).reads_only


def test_what_runs_a_statement_does_whatever_that_says():
    schema = {"properties": {"sql": {"type": "string"}}, "required": ["sql"]}
    assert not draft(Tool("query", "Queries the database.", schema)).reads_only


@pytest.mark.parametrize(("kind", "keyed"), [("integer", False), ("number", False), ("string", True), ("object", True)])
def test_keys_that_all_have_figures_count_what_they_name(kind, keyed):
    output = {"type": "object", "additionalProperties": {"type": kind}}
    assert draft(Tool("count_by_tag", "", {}, output)).keyed is keyed


@pytest.mark.parametrize(
    ("name", "description", "reads"),
    [
        ("OVP_LIST", "Overpayment ledger.", True),
        ("CTR_INQ", "Contract inquiry by provider.", True),
        ("LEAD_LIST", "Special investigations leads, with score.", True),
        ("OVP_LIST", "", False),
        ("OVP_LIST", "Offsets the overpayments of a provider.", False),
        ("OVP_LIST", "Cancel all overpayments.", False),
        ("cancel_list", "Appointments of the day.", False),
        ("OVP_NOTICE", "Overpayment notice.", False),
    ],
)
def test_a_list_of_what_nobody_knows_is_read_where_it_is_described_as_a_thing(name, description, reads):
    schema = {"properties": {"prv_id": {"type": "string"}, "stat": {"type": "string"}}}
    assert draft(Tool(name, description, schema)).reads_only is reads
