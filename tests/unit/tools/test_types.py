from asepsis.tools.types import Effect, Manifest, Source


def test_only_what_third_parties_write_freely_is_untrusted():
    assert {source for source in Source if source.untrusted} == {Source.NAME, Source.FREE}


def test_a_tool_that_reaches_outside_does_more_than_read():
    assert Manifest("get", "", frozenset({Effect.READ})).reads_only
    assert not Manifest("get", "", frozenset({Effect.READ, Effect.EGRESS})).reads_only
