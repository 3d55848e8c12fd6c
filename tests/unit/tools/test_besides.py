import pytest

from asepsis.tools.besides import besides
from asepsis.tools.draft import draft
from asepsis.tools.naming import naming
from asepsis.tools.types import Effect, Tool


def effects(name, described=""):
    return besides(name, described, naming(name, described)).effects


@pytest.mark.parametrize(
    "name",
    [
        "get_and_flush_queue",
        "peek_and_pop",
        "check_and_zap",
        "calculate_and_bill",
        "ver_y_firmar_orden",
        "readThenNuke",
    ],
)
def test_a_verb_that_reads_is_joined_to_another_verb(name):
    assert Effect.IRREVERSIBLE in effects(name)


@pytest.mark.parametrize(
    "name",
    ["check_out_patient", "check_off_task", "count_down", "get_rid_of_claim", "pull_down_order"],
)
def test_a_verb_with_a_particle_is_another_verb(name):
    assert Effect.WRITE in effects(name)


@pytest.mark.parametrize(
    "name",
    ["open_door", "abrir_puerta", "access_vault", "pull_funds", "obtain_consent", "recommend_denial"],
)
def test_what_is_taken_or_brought_about_is_not_only_read(name):
    assert Effect.WRITE in effects(name)


@pytest.mark.parametrize("name", ["inquiry_close", "poll_close", "access_grant", "overview_share"])
def test_a_doing_behind_what_may_be_a_thing_is_done(name):
    assert Effect.WRITE in effects(name)


@pytest.mark.parametrize(
    ("name", "described", "verb"),
    [
        ("requestAdditionalInfo", "Pends the request and asks the provider for what is missing.", "pend"),
        ("match_patient", "Merges two records into one", "merge"),
        ("get_next_task", "Gets the next task and assigns it to the caller", "assign"),
        ("get_fax", "Returns the fax and deletes it", "delete"),
        ("view_claim", "Approves a claim if it is clean", "approve"),
        ("consultar_poliza", "Consulta y cancela la p\u00f3liza", "cancel"),
    ],
)
def test_what_a_description_begins_with_or_adds_is_done_whatever_the_name_says(name, described, verb):
    drafted = draft(Tool(name, described, {"properties": {"id": {"type": "string"}}}))
    assert not drafted.reads_only
    assert verb in drafted.verbs


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("get_labs_and_vitals", ""),
        ("get_out_of_pocket_costs", ""),
        ("open_result", "Open a result with the full text."),
        ("openSlots", "Open appointment slots of a provider"),
        ("view_release", "Shows a release"),
        ("list_commissions", "Export a broker's lines as CSV."),
        ("check_eligibility", "Run a real-time check"),
    ],
)
def test_what_only_reads_is_read(name, described):
    assert effects(name, described) == {Effect.READ}


def test_what_does_something_by_its_name_stays_as_it_is():
    said = naming("cancel_visit", "Gets a visit")
    assert besides("cancel_visit", "Gets a visit", said) == said
