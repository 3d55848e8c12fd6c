"""Values come back where their tokens and stand-ins stand, and nowhere else."""

import pytest

from asepsis.core.types import Kind, ObligationKind, Part, PartKind
from asepsis.deid.revealer import Revealer, Unscanned
from asepsis.deid.types import Channel


@pytest.fixture
def memory(make_memory):
    return make_memory(issued=())


@pytest.fixture
def revealer(memory, make_reveal):
    return Revealer(memory, memory.restorer(make_reveal(), channel=Channel.READER))


def test_tokens_come_back_in_texts_and_values(memory, revealer):
    token = memory.token(Kind.NAME, "Uma Haddad")
    back, same = revealer.texts([f"saw {token} today", "nobody"])
    assert (back.text, same.text, same.findings) == ("saw Uma Haddad today", "nobody", ())
    assert [back.text[one.start : one.end] for one in back.spans] == [back.text]
    assert revealer.value(Kind.NAME, token) == "Uma Haddad"
    assert revealer.value(Kind.PHOTO, "x", do=ObligationKind.MASK) == "x"
    assert revealer.counts == {Kind.NAME: 2}


def test_each_text_is_one_of_its_own(memory, revealer):
    token = memory.token(Kind.NAME, "Uma Haddad")
    kept, back = revealer.texts([f"https://example.org/?q={token}", token])
    assert (kept.text, back.text) == (f"https://example.org/?q={token}", "Uma Haddad")


def test_stand_ins_come_back_in_places_of_their_form(memory, revealer):
    born = memory.stand_in("date", "1931-03-04")
    code = memory.coded("7122250")
    assert revealer.stand_in("date", Kind.DATE, born) == "1931-03-04"
    assert revealer.stand_in("number", Kind.DATE, born) is None
    assert revealer.code(code) == "7122250"
    assert revealer.code("4711") == "4711"
    assert revealer.texts([f"born {born}"])[0].text == f"born {born}"
    revealer.count(Kind.DATE)
    assert revealer.counts == {Kind.DATE: 1, Kind.OTHER_ID: 1}
    assert set(revealer.restorer.tokens) == {f"date:{born}", f"code:{code}"}


def test_nothing_is_scanned():
    part = Part(PartKind.TEXT, "text", "SSN 123-45-6789")
    assert Unscanned().scan_document([part, part]) == [(), ()]
    assert Unscanned().scan_open(part) == ((), 15, 15)
