"""Which upstream is asked, how often and in which order: over a transport that answers as it is told."""

import json

import msgspec
import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.types import Verdict
from asepsis.gateway.config import Rename, Upstream
from asepsis.gateway.retry import Rest, Retry
from asepsis.gateway.types import Head
from asepsis.gateway.upstreams import Upstreams
from asepsis.policy import ApplicationRules
from asepsis.testing.clock import ManualClock
from asepsis.testing.randomness import SeededRandomness

HEAD = Head("POST", "/v1/chat/completions", "", (("content-type", "application/json"),))
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "SSN 123-45-6789"}]}).encode()
REFUSED = Unavailable("the server can't be reached", code="upstream.connect")
SILENT = Unavailable("the server fell silent", code="upstream.idle")


class Answer:
    def __init__(self, status, **headers):
        self.status = status
        self.headers = [(name.replace("_", "-"), value) for name, value in headers.items()]
        self.closed = False

    def close(self):
        self.closed = True


class Transport:
    """Answers what is scripted for a host, one after the other, the last one for ever."""

    def __init__(self, **script):
        self.script = {host: list(answers) for host, answers in script.items()}
        self.asked = []

    async def send(self, request):
        host = request.url.split("/")[2]
        self.asked.append((host, request))
        answers = self.script[host]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Unavailable):
            raise answer
        return answer


class Desk:
    """Upstreams over a scripted transport, with a clock that a pause moves."""

    def __init__(self, **script):
        self.clock = ManualClock()
        self.transport = Transport(**script)
        self.pauses = []
        self.upstreams = Upstreams(self.transport, clock=self.clock, randomness=SeededRandomness(), sleep=self.sleep)

    async def sleep(self, seconds):
        self.pauses.append(seconds)
        self.clock.advance(milliseconds=round(seconds * 1000))

    async def ask(self, call, body=BODY):
        request, _ = call.open(HEAD, body)
        return await self.upstreams.send(call, request)

    @property
    def hosts(self):
        return [host for host, _ in self.transport.asked]


def one(**changes):
    return Upstream("one", "http://one/v1", **changes)


@pytest.fixture
def call(call_of, live_of):
    """Returns a call before these upstreams; without any, before `one` that falls back to `two`."""

    def make(*upstreams, rules=None, **changes):
        both = upstreams or (one(fallbacks=("two",)), Upstream("two", "http://two/v1", models=()))
        return call_of(live=live_of(rules, upstreams=both, **changes))

    return make


async def test_an_answer_is_passed_on_at_once(call):
    desk, answer = Desk(one=[Answer(200)]), Answer(200)
    desk = Desk(one=[answer])
    asked = call()
    assert await desk.ask(asked) is answer
    assert (desk.hosts, desk.pauses, asked.attempts, asked.upstream.name) == (["one"], [], 1, "one")


@pytest.mark.parametrize("first", [REFUSED, Answer(429), Answer(503)])
async def test_what_was_not_processed_is_asked_again_after_a_pause(call, first):
    desk = Desk(one=[first, Answer(200)])
    asked = call(one())
    assert (await desk.ask(asked)).status == 200
    assert (desk.hosts, asked.attempts) == (["one", "one"], 2)
    assert 0.05 <= desk.pauses[0] <= 0.1
    assert isinstance(first, Unavailable) or first.closed


@pytest.mark.parametrize("first", [SILENT, Answer(500), Answer(502), Answer(504), Answer(400)])
async def test_what_may_have_been_processed_is_asked_once_and_nowhere_else(call, first):
    desk = Desk(one=[first], two=[Answer(200)])
    if isinstance(first, Unavailable):
        with pytest.raises(Unavailable):
            await desk.ask(call())
    else:
        assert await desk.ask(call()) is first
    assert desk.hosts == ["one"]


@pytest.mark.parametrize("first", [SILENT, Answer(502)])
async def test_unless_the_settings_say_so(call, first):
    desk = Desk(one=[first, Answer(200)])
    assert (await desk.ask(call(one(retry=Retry(on=("timeout", "502")))))).status == 200
    assert desk.hosts == ["one", "one"]


async def test_a_fallback_has_its_turn_after_the_attempts_of_the_first(call):
    desk = Desk(one=[REFUSED], two=[Answer(200)])
    asked = call()
    assert (await desk.ask(asked)).status == 200
    assert (desk.hosts, asked.attempts, asked.upstream.name) == (["one", "one", "two"], 3, "two")


async def test_the_last_answer_is_passed_on_as_it_is(call):
    last = Answer(503)
    desk = Desk(one=[Answer(429)], two=[Answer(503), last])
    assert await desk.ask(call()) is last
    assert not last.closed


async def test_an_answer_goes_before_a_later_failure(call):
    first = Answer(429)
    desk = Desk(one=[Answer(429), first], two=[REFUSED])
    assert await desk.ask(call()) is first
    assert not first.closed


async def test_the_server_says_how_long_to_wait_and_more_than_the_limit_is_the_fallbacks_turn(call):
    desk = Desk(one=[Answer(503, retry_after="3"), Answer(503, retry_after="60")], two=[Answer(200)])
    asked = call(one(fallbacks=("two",), retry=Retry(attempts=9)), Upstream("two", "http://two/v1"))
    assert (await desk.ask(asked)).status == 200
    assert (desk.pauses, desk.hosts) == ([3.0], ["one", "one", "two"])


async def test_no_attempt_begins_after_the_deadline(call):
    desk = Desk(one=[Answer(503, retry_after="4")], two=[Answer(200)])
    retry = Retry(attempts=99, deadline_seconds=10)
    asked = call(one(fallbacks=("two",), retry=retry), Upstream("two", "http://two/v1"))
    assert (await desk.ask(asked)).status == 503
    assert desk.hosts == ["one"] * 4


async def test_a_model_has_another_name_at_the_fallback(call):
    rename = (Rename("gpt-*", "other"), Rename("m*", "local"))
    desk = Desk(one=[REFUSED], two=[Answer(200)])
    asked = call(one(fallbacks=("two",)), Upstream("two", "http://two/v1", rename=rename))
    await desk.ask(asked)
    sent = [msgspec.json.decode(request.body) for _, request in desk.transport.asked]
    assert [one["model"] for one in sent] == ["m", "m", "local"]
    assert all(one["messages"][0]["content"] == "SSN [SSN]" for one in sent)
    assert asked.model == "m"


class Standing:
    """A policy that denies or eases one upstream: its standing differs."""

    def __init__(self, policy, name, change):
        self.policy, self.name, self.change = policy, name, change

    def decide(self, question):
        decision = self.policy.decide(question)
        return self.change(decision) if question.upstream == self.name else decision


def standing(call, change):
    live = call.live
    call.live = msgspec.structs.replace(live, policy=Standing(live.policy, "two", change))
    return call


async def test_a_fallback_that_policy_denies_is_not_asked(call):
    desk = Desk(one=[REFUSED], two=[Answer(200)])
    denied = standing(call(), lambda decision: msgspec.structs.replace(decision, verdict=Verdict.DENY))
    with pytest.raises(Unavailable) as error:
        await desk.ask(denied)
    assert error.value.code == "upstream.connect"
    assert desk.hosts == ["one", "one"]


async def test_what_policy_obliges_to_holds_for_the_upstream_that_is_asked(call):
    desk = Desk(one=[REFUSED], two=[Answer(200)])
    eased = standing(call(), lambda decision: msgspec.structs.replace(decision, obligations=()))
    await desk.ask(eased)
    said = [msgspec.json.decode(request.body)["messages"][0]["content"] for _, request in desk.transport.asked]
    assert said == ["SSN [SSN]", "SSN [SSN]", "SSN 123-45-6789"]
    assert eased.question.upstream == "two"


async def test_a_dead_upstream_rests_and_costs_nothing(call):
    desk = Desk(one=[REFUSED], two=[Answer(200)])
    first = one(fallbacks=("two",), retry=Retry(attempts=1), rest=Rest(failures=2, seconds=10))
    both = (first, Upstream("two", "http://two/v1"))
    for _ in range(4):
        await desk.ask(call(*both))
    assert desk.hosts == ["one", "two", "one", "two", "two", "two"]
    desk.clock.advance(milliseconds=10_000)
    desk.transport.script["one"] = [Answer(200)]
    for _ in range(2):
        await desk.ask(call(*both))
    assert desk.hosts[6:] == ["one", "one"]


async def test_when_all_rest_the_call_fails_at_once(call):
    desk = Desk(one=[REFUSED])
    alone = one(retry=Retry(attempts=1), rest=Rest(failures=1))
    with pytest.raises(Unavailable):
        await desk.ask(call(alone))
    asked = call(alone)
    with pytest.raises(Unavailable) as error:
        await desk.ask(asked)
    assert (error.value.code, asked.attempts, len(desk.hosts)) == ("upstream.resting", 0, 1)


async def test_being_told_to_slow_down_is_a_sign_of_life(call):
    desk = Desk(one=[Answer(429)])
    alone = one(retry=Retry(attempts=1), rest=Rest(failures=1))
    for _ in range(3):
        assert (await desk.ask(call(alone))).status == 429


async def test_new_settings_begin_the_count_anew(call):
    desk = Desk(one=[REFUSED])
    for seconds in (10, 20):
        with pytest.raises(Unavailable) as error:
            await desk.ask(call(one(retry=Retry(attempts=1), rest=Rest(failures=1, seconds=seconds))))
        assert error.value.code == "upstream.connect"


async def test_an_upstream_with_a_transport_of_its_own_uses_it(call):
    desk = Desk(one=[REFUSED])
    other = Transport(one=[Answer(200)])
    asked = call(one())
    asked.live = msgspec.structs.replace(asked.live, transports={"one": other})
    assert (await desk.ask(asked)).status == 200
    assert (desk.hosts, len(other.asked)) == ([], 1)


async def test_an_observed_call_falls_back_byte_for_byte(call):
    desk = Desk(one=[REFUSED], two=[Answer(200)])
    rules = ApplicationRules("demo")
    await desk.ask(call(rules=rules, observe=("demo",)))
    assert {request.body for _, request in desk.transport.asked} == {BODY}
