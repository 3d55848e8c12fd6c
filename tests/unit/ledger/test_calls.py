import pytest

from asepsis.ledger.calls import OpenCalls


@pytest.fixture
def fed(events):
    calls = OpenCalls()
    for event in (events.opened("a"), events.plain("p"), events.opened("b"), events.closed("c", "a")):
        calls.feed([event.encode()])
    return calls


def test_what_was_opened_and_not_closed_is_open(fed):
    assert (fed.index, fed.calls) == (4, ("b",))


def test_a_call_closes_once_and_an_unknown_one_not_at_all(fed, events):
    fed.feed([events.closed("d", "a").encode(), events.closed("e", "never").encode()])
    assert fed.calls == ("b",)


def test_a_checkpoint_comes_back(fed):
    again = OpenCalls.load(fed.dump())
    assert (again.index, again.calls) == (4, ("b",))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"index":"x"}'])
def test_a_checkpoint_that_is_none_starts_over(data):
    assert OpenCalls.load(data).index == 0


@pytest.mark.parametrize("entry", [b'{"kind":"gateway.call.opened"', b'"gateway.call.closed"', b"\xff gateway.call."])
def test_what_is_no_event_changes_nothing(fed, entry):
    fed.feed([entry])
    assert (fed.index, fed.calls) == (5, ("b",))


def test_the_name_in_a_payload_is_not_the_kind(fed, events):
    fed.feed([events.plain("gateway.call.opened").encode()])
    assert fed.calls == ("b",)
