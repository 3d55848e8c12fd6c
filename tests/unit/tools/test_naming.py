import pytest

from asepsis.tools.naming import is_thing, naming, things_alone
from asepsis.tools.types import Effect

READS = {Effect.READ}
STRICTEST = {Effect.WRITE, Effect.EGRESS, Effect.IRREVERSIBLE}


@pytest.mark.parametrize(
    ("name", "verbs", "nouns"),
    [
        ("get_member_claims", ("get",), ("member", "claim")),
        ("claimSearch", ("search",), ("claim",)),
        ("priorAuthDetermine", ("determine",), ("prior", "authorization")),
        ("fax_get", ("get",), ("fax",)),
        ("pa_upd", ("update",), ("prior", "authorization")),
        ("documentList", ("list",), ("document",)),
        ("check_email", ("check",), ("email",)),
        ("view_file", ("view",), ("file",)),
        ("listDelete", ("delete",), ("list",)),
        ("crm_get_member", ("get",), ("member",)),
        ("get_reviews_for_hotels", ("get",), ("review",)),
        ("frobnicate_claim", ("frobnicate",), ("claim",)),
        ("store_finder", ("finder",), ("store",)),
        ("exception_say", ("say",), ("exception",)),
        ("refundIssue", ("refund",), ("issue", "refund")),
        ("mail-read", ("read",), ("mail",)),
        ("po_create", ("create", "order"), ("order",)),
        ("", (), ()),
    ],
)
def test_the_verb_is_found_where_vendors_put_it(name, verbs, nouns):
    assert (naming(name).verbs, naming(name).nouns) == (verbs, nouns)


@pytest.mark.parametrize(
    "name",
    [
        "store_finder",
        "contact_details",
        "fax_get",
        "claimSearch",
        "mbr_lkp",
        "memberDetails",
        "email_list",
        "threadOpen",
    ],
)
def test_what_only_reads_does_so_whichever_thing_it_is_about(name):
    assert naming(name).effects == READS


@pytest.mark.parametrize(
    "name", ["visit_book", "review_comment", "listDelete", "view_create", "queryExecute", "mail_check", "orderCancel"]
)
def test_a_thing_that_is_read_elsewhere_makes_no_reading_of_a_doing(name):
    assert Effect.WRITE in naming(name).effects


@pytest.mark.parametrize("name", ["frobnicate_claim", "memberZzz", "hospital_payer_get_member", ""])
def test_a_verb_that_nobody_knows_may_do_anything(name):
    assert naming(name).effects == STRICTEST


def test_what_a_description_says_a_function_returns_is_read():
    assert naming("Worklist.Mine", "Returns the open activities on the caller's worklist.").effects == READS
    assert naming("Order.Back", "Return an order to the supplier.").effects != READS
    assert naming("Order.Return", "Returns an order to the supplier.").effects != READS
    assert naming("ServiceRequest.Detail").effects == READS


def test_a_word_that_no_list_knows_asks_for_its_tool_as_it_stands():
    told = naming("frobnicate_claim", "Update the claim.")
    assert (told.verbs, told.effects) == (("update", "frobnicate"), {Effect.WRITE})
    assert naming("member_claim", "Update the claim.").verbs == ("update",)


@pytest.mark.parametrize("name", ["card_lock", "unlock_account", "freeze_benefits", "unfreezeMember", "suspend_member"])
def test_who_may_use_what_is_theirs_is_decided_on(name):
    assert naming(name).effects == {Effect.WRITE, Effect.DETERMINATION}


def test_what_an_and_adds_counts():
    assert naming("read_and_delete_fax").effects == {Effect.WRITE, Effect.IRREVERSIBLE}
    assert naming("read_and_delete_fax").verbs == ("delete",)
    assert Effect.WRITE in naming("get_or_create_case").effects


def test_a_verb_that_may_be_a_thing_does_what_the_other_would_too():
    assert {Effect.EGRESS, Effect.IRREVERSIBLE} <= naming("refundIssue").effects
    assert Effect.EGRESS not in naming("delete_fax").effects


def test_behind_a_word_that_nobody_knows_a_doing_outweighs_a_reading():
    assert naming("scan_read_delete").verbs == ("delete",)
    assert naming("amend_zzz_record").effects >= {Effect.WRITE}
    assert naming("zzz_file").effects == STRICTEST


def test_opening_a_case_begins_one_and_opening_a_thread_reads_it():
    assert naming("open_appeal").effects == {Effect.WRITE}
    assert naming("open_thread").effects == READS


@pytest.mark.parametrize(
    ("name", "verb"), [("createOutboundFax", "fax"), ("create_thread_reply", "reply"), ("addMemberRefund", "refund")]
)
def test_what_makes_a_fax_sends_it(name, verb):
    assert verb in naming(name).verbs
    assert {Effect.EGRESS, Effect.IRREVERSIBLE} <= naming(name).effects
    assert naming("create_list").effects == {Effect.WRITE}


@pytest.mark.parametrize(
    ("name", "verbs"),
    [
        ("post_members_messages", {"message"}),
        ("Communication_create", {"communicate"}),
        ("ClaimResponse_create", {"adjudicate"}),
        ("create_appointment", {"book", "schedule"}),
        ("paDetermination", {"determine"}),
        ("put_claims_status", {"update"}),
        ("busca_afiliados", {"search"}),
        ("deniegaReclamacion", {"deny"}),
        ("DOCSND", {"send"}),
    ],
)
def test_what_is_made_and_how_others_write_says_what_is_done(name, verbs):
    assert verbs <= set(naming(name).verbs)


def test_the_description_says_it_where_the_name_has_no_verb():
    assert naming("kbx_zz", "Denies a claim.").effects == {Effect.WRITE, Effect.DETERMINATION}
    assert naming("kbx_zz", "MEMBER SEARCH BY NAME").effects == READS
    assert naming("kbx_zz", "Claims of a member.").effects == STRICTEST
    assert naming("delete_fax", "Shows a fax.").effects == {Effect.WRITE, Effect.IRREVERSIBLE}


def test_a_method_of_http_is_the_verb_before_what_may_be_a_thing():
    assert naming("patch_members_contact").verbs[0] == "patch"


def test_a_verb_of_two_words_is_one():
    assert naming("outingCallOff").verbs == ("cancel",)
    assert naming("sign_off_order").verbs[0] == "approve"


def test_known_things_alone_are_no_doing():
    assert things_alone("member_eligibility", "")
    assert things_alone("claim_details_by_id", "") is False  # `details` reads by itself
    assert not things_alone("frobnicate_claim", "")
    assert not things_alone("claim_denial", "")
    assert not things_alone("", "")


@pytest.mark.parametrize(
    ("name", "verbs", "nouns"),
    [
        ("post_orders_id_sign", ("sign",), ("order",)),
        ("post_claims_id_deny", ("deny",), ("claim",)),
        ("post_members_id_messages", ("post", "message", "create", "add"), ("member", "id", "message")),
    ],
)
def test_what_stands_behind_the_id_of_a_path_is_done_to_the_thing(name, verbs, nouns):
    assert (naming(name).verbs, naming(name).nouns) == (verbs, nouns)
    assert Effect.WRITE in naming(name).effects


def test_what_is_made_is_done_where_the_description_begins_with_it():
    assert "page" in naming("post_pages", "Page a clinician").verbs
    assert "page" not in naming("post_pages", "Create a page of the handbook").verbs
    assert Effect.EGRESS in naming("create_page", "Page a clinician").effects


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("faxInbox", "Inbound faxes, text recognized."),
        ("client_chart", "The chart of one client."),
        ("message_center", "Messages from families and suppliers."),
        ("order_queue", "Orders that wait."),
        ("equipment_catalog", ""),
        ("orderHistory", "Returns the orders of a member."),
    ],
)
def test_what_holds_things_is_looked_into(name, described):
    found = naming(name, described)
    assert (found.effects, found.verbs) == (READS, ()) or found.verbs == ("history",)


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("faxInbox", "Faxes an inbox."),
        ("sign_chart", ""),
        ("sign_chart", "Sign a chart."),
        ("purge_queue", "The queue of a unit."),
        ("post_board", "Posts to the board."),
        ("chart_note", "The note of a chart."),
        ("return_queue", "Return the items."),
    ],
)
def test_what_does_something_to_what_holds_things_is_no_reading(name, described):
    assert naming(name, described).effects != READS


def test_a_verb_that_nobody_knows_is_the_word_that_is_no_thing():
    assert naming("claimReverse").verbs == ("reverse",)
    assert naming("zzz_yyy", "Yyys the zzz.").verbs == ("yyy",)
    assert naming("claimReverse", "Reverse a paid claim.").effects == STRICTEST


@pytest.mark.parametrize(
    ("name", "described", "thing"),
    [
        ("postboxItem", "One letter or e-mail", True),
        ("postboxItem", "Removes the letter", False),
        ("postboxItem", "A tool that gets rid of a letter", False),
        ("postboxItem", "The letter to delete", False),
        ("letterDisposal", "The letter", False),
        ("faxRoom", "The letter", False),
        ("postboxItem", "", False),
        ("prescriptions", "Active prescriptions of a member", True),
        ("secureMessages", "Messages in the member's portal", True),
        ("nurseLineLog", "Calls to the nurse line", True),
        ("prescriptions", "Obliterates prescriptions of a member", False),
        ("prescriptions", "Deletes from the list", False),
        ("sendMessages", "Messages of a member", False),
    ],
)
def test_a_name_without_a_doing_may_be_described_as_a_thing(name, described, thing):
    assert is_thing(name, described) is thing


@pytest.mark.parametrize(
    ("name", "described", "reads"),
    [
        ("scratch_visit", "Scratch a visit", False),
        ("nuke_list", "", False),
        ("nuke_member_list", "Nukes the list of members", False),
        ("acme_member_list", "", True),
        ("meds_list", "", True),
        ("scratch_visit", "Visit a page", True),
        ("zzz_search", "Search for dentists", True),
        ("zzz_list", "The dentists of a town", True),
        ("member_list", "", True),
        ("zzz_get", "", True),
    ],
)
def test_a_word_that_nobody_knows_makes_no_reading_of_what_may_be_a_thing(name, described, reads):
    assert (naming(name, described).effects == READS) is reads


@pytest.mark.parametrize(
    ("name", "described", "verb"),
    [
        ("file-to-chart", "Index a fax to a patient's chart as a document.", "file"),
        ("emailStatement", "E-mail a PDF of a statement as a secure link.", "email"),
        ("fax_statement", "", "fax"),
    ],
)
def test_what_goes_to_what_holds_things_is_not_only_read(name, described, verb):
    assert Effect.READ not in naming(name, described).effects
    assert naming(name, described).verbs == (verb,)


def test_what_holds_things_that_may_be_doings_is_read_where_its_description_says_so():
    assert naming("message_log", "Lists the messages of a member.").effects == READS
    assert naming("fax_inbox", "Faxes of the last days.").effects == READS


def test_of_two_words_that_may_be_the_verb_the_description_says_which_it_is():
    assert naming("record_release", "Release chart documents to an outside party.").verbs == ("release", "record")
    assert naming("consent_record", "Record a signed consent.").verbs == ("record",)


def test_known_things_before_a_verb_in_the_midst_are_what_a_tool_is_about():
    assert naming("card_set_status").nouns == ("card", "status")
    assert naming("crm_get_member").nouns == ("member",)


def test_a_word_that_nobody_knows_is_the_verb_beside_one_that_is_as_much_a_thing():
    assert naming("stash_alert", "Stash a safety alert.")[::2] == (("stash",), STRICTEST)
    assert naming("override_alert", "Override a safety alert.").verbs[0] == "override"


def test_who_leads_or_brokers_is_no_thing():
    assert Effect.READ not in naming("lead_visit", "Leads a visit.").effects
    assert Effect.READ not in naming("broker_chat", "Brokers a chat.").effects


@pytest.mark.parametrize(
    "name", ["v3-assets-relocate", "api_v2_assets_relocate", "assetsRelocateV2", "v4beta.assets.relocate"]
)
def test_versions_are_no_words_of_a_name(name):
    assert naming(name)[::2] == (("relocate",), frozenset({Effect.WRITE}))
    assert "v" not in naming(name).nouns


def test_a_name_that_is_a_version_alone_stays_one():
    assert naming("v2").effects == STRICTEST


@pytest.mark.parametrize(
    ("name", "described", "verb"),
    [
        ("unit_disc", "Discard. Final.", "discard"),
        ("unit_disc", "Discharge a unit.", "discharge"),
        ("unit_quar", "", "quarantine"),
        ("unit_alloc", "", "allocate"),
        ("claim_q", "Queue a claim.", "queue"),
    ],
)
def test_a_clipped_word_is_the_doing_that_is_described_or_else_the_conventional_one(name, described, verb):
    assert naming(name, described).verbs == (verb,)
    assert Effect.READ not in naming(name, described).effects


@pytest.mark.parametrize(
    ("name", "described", "reads"),
    [
        ("claim_q", "", True),
        ("claim_q", "Claims of a member.", True),
        ("dir_q", "Phone book.", True),
        ("claim_q", "Quash claims.", False),
        ("claim_q", "Zap the claims.", False),
        ("nuke_q", "", False),
        ("claim_rd", "Redo a claim.", False),
        ("msg_rd", "", False),
        ("pay_q", "", False),
    ],
)
def test_a_clipped_reading_is_one_only_beyond_doubt(name, described, reads):
    assert (naming(name, described).effects == READS) is reads


@pytest.mark.parametrize(
    ("name", "verbs", "nouns", "reads"),
    [
        ("PurchaseOrder_List", ("list",), ("purchase", "order"), True),
        ("Recall_List", ("list",), ("recall",), True),
        ("ImplantLog.Search", ("search",), ("implant", "log"), True),
        ("Lot_Hold", ("hold",), ("lot",), False),
        ("Recall_Respond", ("respond",), ("recall",), False),
    ],
)
def test_a_name_in_two_parts_has_its_verb_last(name, verbs, nouns, reads):
    said = naming(name, "Of a vendor.")
    assert (said.verbs, said.nouns, said.effects == {Effect.READ}) == (verbs, nouns, reads)


def test_what_verifies_is_asked_for_by_that_whatever_its_description_tells_besides():
    assert naming("verifyOrder", "Marks the order as verified and moves it on.").verbs == ("verify", "mark", "move")
    assert naming("findSlot", "Finds and reserves a slot.").verbs == ("reserve",)


def test_what_a_description_begins_with_is_done_to_what_a_name_is_and_does_not_bring_it_about():
    assert naming("prescription", "Discontinues a prescription").verbs == ("discontinue",)
    assert naming("appointment", "Cancels an appointment").verbs == ("cancel",)
    assert "prescribe" in naming("prescription", "Prescribes a drug").verbs
    assert Effect.IRREVERSIBLE in naming("appointment", "Zaps an appointment").effects
