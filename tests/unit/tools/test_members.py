import hashlib

import msgspec
import pytest

from asepsis.core.labels import Category
from asepsis.core.ports import Resolved
from asepsis.core.types import Finding, Kind, Principal
from asepsis.tools.members import Members
from asepsis.tools.types import Argument, ArgumentRole, Effect, Manifest, ResultField, Source

SUBJECT, TEXT = (Argument("member_id", ArgumentRole.SUBJECT), Argument("note", ArgumentRole.TEXT))
RECORD = Manifest(
    "record",
    "",
    frozenset({Effect.READ}),
    arguments=(SUBJECT, TEXT),
    results=(ResultField("diagnosis", Source.SYSTEM, frozenset({Category.PHI})),),
)
LISTED = msgspec.structs.replace(RECORD, arguments=())
WEATHER = Manifest("weather", "", frozenset({Effect.READ}))
GRANTED = Principal("local", "agent", "chat", (("member", "M-1"), ("member", "M-2")))
ANN = Principal("local", "ann", "chat")


class Digests:
    def digest(self, kind, value, /, *, tenant):
        return hashlib.sha256(f"{kind}{value}".encode()).hexdigest()


class Scanner:
    """Finds what looks like a number of a member."""

    def scan(self, parts):
        for part in parts:
            at = part.text.find("M-")
            yield [Finding("m", Kind.HEALTH_PLAN_ID, part.place, at, at + 3, 900)] if at >= 0 else []


class Roster:
    """Knows members by their keys, and the first by another number."""

    def resolve(self, clues, /, *, among=frozenset()):
        known = {"M-1": "M-1", "M-2": "M-2", "M-9": "M-9", "77": "M-1"}
        found = {known[clue.value] for clue in clues if clue.value in known}
        return Resolved(tuple(sorted(found)), 0)


def digest(member):
    return Digests().digest("member", member, tenant="local")


@pytest.mark.parametrize(
    ("manifest", "arguments", "beyond"),
    [
        (RECORD, {"member_id": "M-1"}, False),
        (RECORD, {"member_id": " M-2 "}, False),
        (RECORD, {"member_id": "M-3"}, True),
        (RECORD, {}, True),
        (LISTED, {}, True),
        (WEATHER, {"place": "Ulm"}, False),
    ],
)
def test_a_grant_for_some_reaches_a_call_that_names_one_of_them_or_is_about_nobody(manifest, arguments, beyond):
    assert Members(Digests()).about(GRANTED, manifest, arguments).beyond is beyond
    assert not Members(Digests()).about(ANN, manifest, arguments).beyond


def test_a_call_is_about_whom_it_names_and_whom_the_grant_is_about():
    assert Members(Digests()).about(ANN, RECORD, {"member_id": "M-1"}).digests == {digest("M-1")}
    assert Members(Digests()).about(GRANTED, WEATHER, {}).digests == {digest("M-1"), digest("M-2")}


def test_with_a_roster_words_in_other_arguments_say_whom_too():
    members = Members(Digests(), Roster(), Scanner())
    assert members.about(GRANTED, RECORD, {"member_id": "77", "note": "see M-2"}) == (
        {digest("M-1"), digest("M-2")},
        False,
    )
    assert members.about(GRANTED, RECORD, {"member_id": "77", "note": "as for M-9"}).beyond
    assert (members.key("77"), members.key("nobody")) == ("M-1", "nobody")


def test_a_result_is_about_whom_it_tells_of_and_beyond_a_grant_for_others():
    members = Members(Digests(), Roster(), Scanner())
    assert members.told(GRANTED, {"content": [{"text": "M-9 called"}]}) == ({digest("M-9")}, True)
    assert members.told(GRANTED, {"content": [{"text": "M-1 called"}]}) == ({digest("M-1")}, False)
    assert members.told(ANN, {"content": [{"text": "M-9 called"}]}) == ({digest("M-9")}, False)
    assert Members(Digests()).told(GRANTED, {"text": "M-9"}) == (frozenset(), False)


def test_what_can_not_be_read_is_beyond():
    deep = {}
    for _ in range(60):
        deep = {"a": deep or "x"}
    members = Members(Digests(), Roster(), Scanner())
    assert members.about(GRANTED, WEATHER, deep).beyond
    assert members.told(GRANTED, deep).beyond
    assert not members.told(ANN, deep).beyond
