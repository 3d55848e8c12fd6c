import pytest

from asepsis.core.labels import Category
from asepsis.tools.confidential import proposed
from asepsis.tools.draft import draft
from asepsis.tools.types import Tool


def answering(name, fields, description="", arguments=()):
    """A tool that answers with an object of those fields, each described or not."""
    properties = {field: {"type": "string", **said} for field, said in fields.items()}
    taken = {"type": "object", "properties": {one: {"type": "string"} for one in arguments}}
    return Tool(name, description, taken, {"type": "object", "properties": properties})


def found(tool):
    return {one.path: (set(one.categories), set(one.kinds)) for one in proposed(tool, draft(tool))}


@pytest.mark.parametrize(
    ("field", "said", "kind"),
    [
        ("dateOfBirth", {}, "demographics"),
        ("full_name", {}, "demographics"),
        ("name", {}, "name"),
        ("homePhone", {}, "contact"),
        ("mrn", {}, "identifiers"),
        ("copay", {}, "payment"),
        ("note", {}, "text"),
        ("icd10_codes", {}, "diagnosis"),
        ("medications", {}, "treatment"),
        ("lab_value", {}, "results"),
    ],
)
def test_what_is_told_of_people_is_proposed_as_phi(field, said, kind):
    assert found(answering("get_patient", {field: said}))[field] == ({Category.PHI}, {kind})
    assert found(answering("get_chart_of", {field: said}, arguments=["member_id"]))[field][0] == {Category.PHI}


@pytest.mark.parametrize(
    ("field", "said", "categories"),
    [
        ("sud_program", {}, {Category.SUBSTANCE_USE, Category.PART2}),
        ("program", {"description": "Where methadone is given."}, {Category.SUBSTANCE_USE, Category.PART2}),
        ("kind", {"enum": ["general", "substance_use"]}, {Category.SUBSTANCE_USE, Category.PART2}),
        ("psychotherapy_notes", {}, {Category.PSYCHOTHERAPY}),
        ("phq9", {}, {Category.MENTAL_HEALTH}),
        ("hiv_status", {}, {Category.HIV}),
        ("isPregnant", {}, {Category.REPRODUCTIVE}),
        ("brca1", {}, {Category.GENETIC}),
    ],
)
def test_what_is_kept_closer_is_proposed_wherever_it_is_named(field, said, categories):
    for name in ("get_patient", "list_things"):
        assert found(answering(name, {field: said}))[field][0] == {Category.PHI, *categories}


def test_a_secret_is_no_health_information():
    assert found(answering("get_account", {"api_key": {}}))["api_key"] == ({Category.SECRET}, {"secret"})


def test_of_things_nothing_is_proposed():
    assert not found(answering("list_offices", {"name": {}, "city": {}, "phone": {}, "opens_at": {}}))
    assert not found(answering("get_patient_portal_link", {"file_name": {}, "created_at": {}}))
    assert not found(Tool("list_files", "Lists files."))
    assert not found(Tool("send_message", "Sends a message to a member."))


def test_all_that_a_tool_answers_is_proposed_with_all_of_its_fields_or_by_its_own_words_where_it_has_none():
    fields = found(answering("get_patient", {"email": {}, "alcohol_use": {}, "id": {}}))
    everything = {Category.PHI, Category.SUBSTANCE_USE, Category.PART2}
    assert fields[""] == (everything, {"contact", "substance_use"})
    assert "id" not in fields
    assert found(Tool("get_member")) == {"": ({Category.PHI}, {"record"})}
    assert found(Tool("list_diagnoses")) == {"": ({Category.PHI}, {"diagnosis"})}
    assert found(Tool("read_notes", "Psychotherapy notes.")) == {
        "": ({Category.PHI, Category.PSYCHOTHERAPY}, {"psychotherapy"})
    }


def test_fields_within_fields_and_lists_are_told_by_their_paths():
    person = {"type": "object", "properties": {"name": {"type": "string"}, "zip": {"type": "string"}}}
    schema = {"type": "object", "properties": {"rows": {"type": "array", "items": {"properties": {"patient": person}}}}}
    assert list(found(Tool("query", "", {}, schema))) == ["rows[].patient.name", "rows[].patient.zip", ""]
