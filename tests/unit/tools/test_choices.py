import pytest

from asepsis.tools.choices import acts, kinds, meanings, readings
from asepsis.tools.shapes import SchemaLeaf


def leaf(values=(), description="", name="a"):
    return SchemaLeaf(name, name, "string", "", tuple(values), description)


@pytest.mark.parametrize(
    ("values", "description", "means"),
    [
        (("approved", "denied", "pended"), "", {"approved": "approve", "denied": "deny", "pended": "pend"}),
        (("APV", "DNY", "PND"), "", {"APV": "approve", "DNY": "deny", "PND": "pend"}),
        (("A1", "A3"), "A1 certified in total, A3 not certified", {"A1": "certify", "A3": "deny"}),
        (("P", "D"), "P PAY D DENY", {"P": "pay", "D": "deny"}),
        ((), "APPR or DENY", {"APPR": "approve", "DENY": "deny"}),
        (("aprobada", "denegada"), "", {"aprobada": "approve", "denegada": "deny"}),
        (("add", "remove"), "", {"add": "add", "remove": "remove"}),
        (("FAX", "MAIL"), "", {}),
        ((), "any words", {}),
    ],
)
def test_a_value_that_is_a_doing_says_its_verb(values, description, means):
    assert dict(meanings(leaf(values, description))) == means


@pytest.mark.parametrize(
    ("name", "values", "means"),
    [
        ("say", ("yes", "no"), {"yes": "approve", "no": "deny"}),
        ("outcomeCode", ("Y", "N", "later"), {"Y": "approve", "N": "deny"}),
        ("verdict", ("GO", "NOGO"), {"GO": "approve", "NOGO": "deny"}),
        ("result", ("medically necessary", "other"), {}),
        ("a", ("favorable", "adverse"), {"favorable": "approve", "adverse": "deny"}),
        ("a", ("covered", "not_covered"), {"covered": "approve", "not_covered": "deny"}),
        (
            "disposition",
            ("approve", "modify", "adverse"),
            {"approve": "approve", "modify": "modify", "adverse": "deny"},
        ),
        ("escort", ("yes", "no"), {}),
        ("say", ("yes", "perhaps"), {}),
    ],
)
def test_a_yes_beside_a_no_is_a_verdict(name, values, means):
    assert dict(meanings(leaf(values, name=name))) == means
    assert not (means and kinds(leaf(values, name=name)))


def test_kinds_need_no_reason():
    assert kinds(leaf(("FAX", "MAIL"))) == ("FAX", "MAIL")
    assert kinds(leaf(("phone", "email", "postal"))) == ("phone", "email", "postal")


@pytest.mark.parametrize("values", [("viewer", "editor"), ("approved", "home"), ("only",), ()])
def test_a_list_with_a_doing_or_a_permission_has_no_kinds(values):
    assert kinds(leaf(values)) == ()


def test_a_verdict_by_its_name_is_no_kind_and_a_plain_yes_approves():
    assert dict(meanings(leaf(("GO", "NOGO"), name="verdict"))) == {"GO": "approve", "NOGO": "deny"}
    assert kinds(leaf(("GO", "NOGO"), name="verdict")) == ()
    assert kinds(leaf(("one", "two"), name="finalOutcome")) == ()
    assert kinds(leaf(("GO", "NOGO"), name="light")) == ("GO", "NOGO")


def test_what_was_done_says_what_is_done():
    leaf = SchemaLeaf("status", "status", "string", "", ("withdrawn", "upheld", "completed"), "")
    assert dict(meanings(leaf))["upheld"] == "uphold"
    assert dict(meanings(leaf))["withdrawn"] == "withdraw"


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("hold", {"true": "hold", "false": "resume"}),
        ("isLocked", {"true": "lock", "false": "unlock"}),
        ("resume", {"true": "resume", "false": "hold"}),
        ("urgent", {}),
        ("notify", {}),
    ],
)
def test_a_truth_value_named_by_a_doing_means_it_or_its_end(name, means):
    assert dict(meanings(SchemaLeaf(name, name, "boolean", "", (), "true to hold"))) == means


@pytest.mark.parametrize(
    ("name", "values", "reads", "does"),
    [
        ("action", ("list", "read", "file", "destroy"), ("list", "read"), {"file": "file", "destroy": "destroy"}),
        ("operation", ("getCase", "closeCase"), ("getCase",), {"closeCase": "close"}),
        ("op", ("LISTER", "AFFECTER"), ("LISTER",), {"AFFECTER": "affecter"}),
        ("cmd", ("find", "ASSIGNED"), ("find",), {"ASSIGNED": "assign"}),
        # What goes on with a doing is none that only reads, and neither is what no list knows.
        ("action", ("readAndClose", "zap"), (), {"readAndClose": "close", "zap": "zap"}),
        # What is no action of the tool's says nothing of what it does.
        ("right", ("read", "write"), (), {}),
        ("mode", ("view", "edit"), (), {}),
    ],
)
def test_an_action_that_reads_is_told_from_one_that_does_something(name, values, reads, does):
    assert readings(leaf(values, name=name)) == reads
    assert dict(acts(leaf(values, name=name))) == does
