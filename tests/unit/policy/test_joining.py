"""What policies oblige to together."""

from asepsis.core.types import Kind, Obligation, ObligationKind
from asepsis.policy.joining import joined, strictest
from asepsis.policy.rules import read_rules, sources

PERMIT = "permit (principal, action, resource);"


def rules(*annotations):
    text = "".join(
        f'@id("r{number}")\n@reason("why {number}")\n{one}\n{PERMIT}' for number, one in enumerate(annotations)
    )
    faults = []
    made = read_rules(sources("p", text), faults)
    assert not faults
    return made


def do(verb, kind):
    return Obligation(ObligationKind(verb), Kind(kind))


def test_the_strictest_of_what_is_said_holds_and_the_rest_is_masked():
    both = joined(rules('@request("clear DATE NAME; token MRN")', '@request("mask NAME; clear MRN")'))
    assert (both.request[Kind.DATE], both.request[Kind.NAME], both.request[Kind.MRN], both.request[Kind.SSN]) == (
        None, do("mask", "NAME"), do("token", "MRN"), do("mask", "SSN"),
    )  # fmt: skip
    assert both.request[Kind.CANARY] == do("deny", "CANARY")


def test_answers_have_a_plan_for_each_kind():
    plan = joined(rules('@answer("clear NAME")')).plan
    assert {one.on for one in plan} == set(Kind) - {Kind.NAME}


def test_what_any_admits_is_admitted_and_duties_add_up():
    both = joined(rules('@opaque("image")\n@notify("a")', '@opaque("vector")\n@state("store")\n@notify("b")'))
    assert (both.opaque, both.state, both.duties) == ({"image", "vector"}, {"store"}, ("notify:a", "notify:b"))


def test_reasons_are_few():
    assert joined(rules(*[""] * 5)).reason == "why 0; why 1; why 2"


def test_the_strictest_of_obligations():
    assert strictest([do("token", "MRN"), do("mask", "MRN"), do("drop", "SSN"), do("mask", "SSN")]) == (
        do("drop", "SSN"),
        do("mask", "MRN"),
    )
