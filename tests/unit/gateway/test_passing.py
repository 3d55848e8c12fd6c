"""A stream on its way: what is done where its bytes come in, what is left to the task, and that both give the same."""

import json

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.events import Outcome
from asepsis.core.types import Verdict
from asepsis.gateway.errors import Denied
from asepsis.gateway.live import Kill
from asepsis.gateway.passing import LARGE, Passing, check_kill, cut
from asepsis.gateway.types import Head

SSN = "123-45-6789"
JSON = (("content-type", "application/json"),)
DONE = b"data: [DONE]\n\n"


def event(text, finish=None):
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c", "model": "m", "choices": [choice]}).encode() + b"\n\n"


class Shell:
    def __init__(self):
        self.full = False
        self.put_, self.sent = [], []

    def put(self, data):
        self.put_.append(data)

    async def send(self, data):
        self.sent.append(data)

    @property
    def out(self):
        return b"".join(self.put_ + self.sent)


class Answer:
    """An upstream that offers each chunk first if it is to; `fault` ends it."""

    def __init__(self, chunks, *, offers=True, fault=None):
        self._chunks, self._offers, self._fault = chunks, offers, fault

    async def chunks(self, take=None):
        for chunk in self._chunks:
            if not (self._offers and take(chunk)):
                yield chunk
        if self._fault is not None:
            raise self._fault


@pytest.fixture
def passing_of(call_of, live_of):
    def make(*, live=None, **changes):
        call = call_of(live=live_of(**changes) if changes else None)
        call.open(Head("POST", "/v1/chat/completions", "", JSON), b'{"model":"m","messages":[],"stream":true}')
        guard, shell, apart = call.stream((("content-type", "text/event-stream"),)), Shell(), []

        async def do(work):
            apart.append(work)
            return work()

        return Passing(call, guard, shell, live=lambda: live or call.live, apart=do), call, shell, apart

    return make


WORDS = [event("hello "), event(f"my SSN is {SSN} and "), event("that is all."), event("", "stop"), DONE]


async def test_offered_or_not_the_client_gets_the_same(passing_of):
    outs = []
    for offers in (True, False):
        passing, _, shell, _ = passing_of()
        outcome, rule, last = await passing.run(Answer(WORDS, offers=offers))
        assert (outcome, rule) == (Outcome.COMPLETED, "")
        assert bool(shell.put_) is offers
        assert bool(shell.sent) is not offers
        outs.append((shell.out, last))
    assert outs[0] == outs[1]
    assert SSN.encode() not in outs[0][0]
    assert outs[0][1] == DONE


async def test_the_last_bytes_are_kept_for_after_the_record(passing_of):
    passing, _, shell, _ = passing_of()
    assert not passing.take(DONE)
    assert (await passing.run(Answer([DONE], offers=False)))[2] == DONE
    assert shell.out == b""


@pytest.mark.parametrize("offers", [True, False])
async def test_what_can_not_be_read_cuts_the_stream_by_its_rule(passing_of, offers):
    passing, call, shell, _ = passing_of()
    outcome, rule, last = await passing.run(
        Answer([event("hello "), b"data: no json\n\n", event("more")], offers=offers)
    )
    assert (outcome, rule) == (Outcome.CUT, "gateway.json")
    assert b"content_filter" in last
    assert b"more" not in shell.out + last
    assert call.answer.verdict is Verdict.DENY


@pytest.mark.parametrize("offers", [True, False])
async def test_an_observed_stream_that_can_not_be_read_passes_to_its_end(passing_of, offers):
    passing, _, shell, _ = passing_of(observe=("demo",))
    chunks = [event("hello "), b"data: no json\n\n", event("more"), DONE]
    assert await passing.run(Answer(chunks, offers=offers)) == (Outcome.COMPLETED, "", b"")
    assert shell.out == b"".join(chunks)


async def test_a_client_that_is_slow_is_left_to_the_task(passing_of):
    passing, _, shell, _ = passing_of()
    shell.full = True
    assert not passing.take(event("hello "))
    await passing.run(Answer(WORDS))
    assert shell.put_ == []
    assert b"hello" in shell.out


async def test_what_is_large_is_guarded_apart(passing_of):
    passing, _, _, apart = passing_of()
    chunk = event("word " * (LARGE // 5))
    assert not passing.take(chunk)
    await passing.run(Answer([chunk, *WORDS]))
    assert len(apart) == 1


@pytest.mark.parametrize("offers", [True, False])
async def test_a_switch_that_was_thrown_cuts_the_stream(passing_of, live_of, offers):
    passing, _, shell, _ = passing_of(live=live_of(kills=frozenset({Kill("local", "model", "m")})))
    outcome, rule, _ = await passing.run(Answer(WORDS, offers=offers))
    assert (outcome, rule, shell.out) == (Outcome.CUT, "gateway.kill", b"")


@pytest.mark.parametrize(
    ("fault", "outcome", "rule"),
    [
        (Unavailable("gone", code="client.gone"), Outcome.CLIENT_GONE, ""),
        (Unavailable("broke off", code="upstream.broken"), Outcome.FAILED, "upstream.broken"),
        (None, Outcome.FAILED, "upstream.short"),
    ],
)
async def test_a_stream_without_its_end_fails(passing_of, fault, outcome, rule):
    passing, _, _, _ = passing_of()
    assert (await passing.run(Answer(WORDS[:2], fault=fault)))[:2] == (outcome, rule)


def test_what_breaks_in_the_guard_has_a_rule_and_says_nothing(call_of, caplog):
    call = call_of()
    assert cut(call, RuntimeError(SSN)) == "gateway.guard"
    assert cut(call, Denied("gateway.json", "no")) == "gateway.json"
    assert SSN not in caplog.text


def test_a_switch_is_looked_for_among_what_is_in_force_now(call_of, live_of):
    call = call_of()
    check_kill(call, call.live)
    with pytest.raises(Denied, match="application"):
        check_kill(call, live_of(kills=frozenset({Kill("local", "application", "demo")})))
