"""A finding that is cut in two between the parts of one message."""

import pytest

from asepsis.gateway.borders import neighbours
from asepsis.gateway.document import GuardedDocument
from asepsis.gateway.walk import Limits, walk

SSN = "123-45-6789"


def texts(*pieces, key="content"):
    return {"messages": [{"role": "user", key: [{"type": "text", "text": piece} for piece in pieces]}]}


def guarded(scanner, plan_of, document):
    one = GuardedDocument(document, scanner, Limits())
    one.apply(plan_of(), strict=True)
    return [part["text"] for part in document["messages"][0]["content"]], one.findings


@pytest.mark.parametrize("cut", range(1, len(SSN)))
def test_each_side_loses_its_share(scanner, plan_of, cut):
    said, found = guarded(scanner, plan_of, texts(f"ssn {SSN[:cut]}", f"{SSN[cut:]}, thanks"))
    assert said == ["ssn [SSN]", "[SSN], thanks"]
    assert {one.kind.value for one in found} == {"SSN"}


def test_what_is_found_on_one_side_alone_is_found_once(scanner, plan_of):
    said, found = guarded(scanner, plan_of, texts(f"it is {SSN}", "and that is all"))
    assert said == ["it is [SSN]", "and that is all"]
    assert len(found) == 1


def test_a_long_side_is_read_at_its_end(scanner, plan_of):
    said, _ = guarded(scanner, plan_of, texts("word " * 200 + SSN[:6], SSN[6:] + " word" * 200))
    assert said[0].endswith("word [SSN]")
    assert said[1].startswith("[SSN] word")


def test_only_the_parts_of_one_message_are_neighbours():
    document = texts("a", "b")
    document["messages"].append({"role": "user", "content": [{"type": "text", "text": "c"}]})
    leaves = walk(document, Limits()).leaves
    assert [(leaves[one].part.text, leaves[other].part.text) for one, other in neighbours(leaves)] == [("a", "b")]
