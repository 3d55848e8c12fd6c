import pytest

from asepsis.tools.types import Argument, ArgumentRole, Effect, Manifest, Source

ROOM = Manifest(
    "mailroom",
    "",
    frozenset({Effect.IRREVERSIBLE}),
    arguments=(
        Argument("action", ArgumentRole.QUERY, means=(("batch", "batch"),), reads=("list", "get")),
        Argument("how.operation", ArgumentRole.QUERY, means=(("purge", "purge"),), reads=("read",)),
        Argument("state", ArgumentRole.VALUE, values=("any",), means=(("closed", "close"),)),
        Argument("to[].address", ArgumentRole.DESTINATION),
        Argument("id", ArgumentRole.OBJECT),
    ),
)


def test_only_what_third_parties_write_freely_is_untrusted():
    assert {source for source in Source if source.untrusted} == {Source.NAME, Source.FREE}


def test_a_tool_that_reaches_outside_does_more_than_read():
    assert Manifest("get", "", frozenset({Effect.READ})).reads_only
    assert not Manifest("get", "", frozenset({Effect.READ, Effect.EGRESS})).reads_only


@pytest.mark.parametrize(
    ("more", "reads"),
    [
        ({}, True),
        ({"id": "7", "state": "any", "to": []}, True),
        ({"how": {"operation": "purge"}}, False),
        ({"how": {}}, False),
        ({"how": "read"}, False),
        ({"action": "batch"}, False),
        ({"action": ["list"]}, False),
        ({"action": "List"}, False),
        ({"state": "closed"}, False),
        ({"state": "Closed"}, False),
        ({"to": [{"address": "eve@evil.test"}]}, False),
    ],
)
def test_a_call_reads_where_all_that_says_what_is_done_says_so(more, reads):
    call = {"action": "list", "how": {"operation": "read"}} | more
    assert ROOM.called_with(call).reads_only is reads
    assert ROOM.called_with(call).arguments[-1].role is (ArgumentRole.QUERY if reads else ArgumentRole.OBJECT)
