"""Made-up calls are Events that the rest of the house reads."""

from asepsis.core.events import CallClosed, CallOpened, CallUnclosed, read, read_payload
from asepsis.core.types import Verdict
from asepsis.testing.calls import Calls


def test_the_same_seed_tells_the_same_story():
    one, other, another = (Calls(seed=seed) for seed in (3, 3, 4))
    told = [event.encode() for event in one.story(20)]
    assert told == [event.encode() for event in other.story(20)]
    assert told != [event.encode() for event in another.story(20)]


def test_a_story_holds_calls_of_every_sort():
    events = list(Calls(seed=1).story(200))
    payloads = [read_payload(read(event.encode())) for event in events]
    assert {type(payload) for payload in payloads} == {CallOpened, CallClosed, CallUnclosed}
    assert {event.verdict for event in events} >= {Verdict.ALLOW, Verdict.TRANSFORM, Verdict.DENY}


def test_a_decision_names_the_digest_of_its_input():
    payload = read_payload(Calls().opened(verdict=Verdict.DENY))
    assert isinstance(payload, CallOpened)
    assert payload.decision.input == payload.input.digest
