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


@pytest.mark.parametrize("pieces", [["ssn 123-", "45-", "6789 ok"], ["ssn 123-45", "", "-6789 ok"], list(f"ssn {SSN}")])
def test_a_finding_in_many_pieces_is_found_in_each(scanner, plan_of, pieces):
    said, found = guarded(scanner, plan_of, texts(*pieces))
    assert not any(digit in "".join(said) for digit in "123456789")
    assert {one.kind.value for one in found} == {"SSN"}


def test_long_pieces_among_short_ones_are_read_at_both_ends(scanner, plan_of):
    long = f"{SSN[6:]} {'word ' * 200}{SSN[:3]}"
    said, _ = guarded(scanner, plan_of, texts(SSN[:4], SSN[4:6], long, SSN[3:7], SSN[7:]))
    assert said[:2] == ["[SSN]", "[SSN]"]
    assert (said[2][:10], said[2][-10:]) == ("[SSN] word", "word [SSN]")
    assert said[3:] == ["[SSN]", "[SSN]"]


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
