"""The two Events of a call become one."""

import msgspec
import pytest

from asepsis.core.events import CallClosed, CallOpened, ConfigActivated, Event, Outcome, build
from asepsis.core.types import Verdict
from asepsis.infra.telemetry.calls import advance, payload


@pytest.fixture
def known(calls):
    opened = calls.opened()
    call = moved({}, opened, index=3)
    return {call.id: call}


def opened_of(known):
    (call,) = known.values()
    return call


def moved(known, event, *, index):
    return advance(known, event, payload(event), index=index)


def test_opened_then_closed(known, calls):
    call = opened_of(known)
    assert (call.index, call.ended, isinstance(call.opened, CallOpened)) == (3, False, True)
    closed = build(
        CallClosed(call.id, Outcome.CUT, 200, "canary", call.opened.decision, (), call.opened.coverage),
        id="x",
        time=9,
        tenant="local",
        verdict=Verdict.DENY,
    )
    after = moved(known, closed, index=7)
    assert (after.ended, after.ended_index, after.ended_time, after.verdict) == (True, 7, 9, Verdict.DENY)
    assert after.index == 3


def test_a_weaker_end_does_not_weaken_the_verdict(calls):
    opened = calls.opened(verdict=Verdict.TRANSFORM)
    known = {opened.id: moved({}, opened, index=0)}
    assert moved(known, calls.closed(opened), index=1).verdict is Verdict.TRANSFORM


def test_an_incident_ends_a_call(calls):
    opened = calls.opened()
    known = {opened.id: moved({}, opened, index=0)}
    after = moved(known, calls.unclosed(opened), index=1)
    assert (after.unclosed, after.closed, after.ended) == (True, None, True)


def test_what_ends_an_unknown_call_is_none(calls):
    opened = calls.opened()
    assert moved({}, calls.closed(opened), index=1) is None


def test_another_tenant_ends_nothing(known, calls):
    call = opened_of(known)
    foreign = msgspec.structs.replace(calls.unclosed(calls.opened()), tenant="other")
    foreign = build(payload(calls.unclosed(_event(call))), id=foreign.id, time=1, tenant="other")
    assert moved(known, foreign, index=9) is None


def _event(call):
    return Event(call.id, call.time, call.tenant, "gateway.call.opened", 1, "", Verdict.ALLOW, msgspec.Raw(b"{}"))


@pytest.mark.parametrize("kind", ["gateway.call.opened", "from.the.future"])
def test_what_cannot_be_read_is_no_call(kind):
    event = Event("x", 1, "local", kind, 9, "", Verdict.ALLOW, msgspec.Raw(b'{"new":1}'))
    assert payload(event) is None
    assert moved({}, event, index=0) is None


def test_other_events_are_no_calls():
    assert moved({}, build(ConfigActivated("0"), id="x", time=1, tenant="local"), index=0) is None
