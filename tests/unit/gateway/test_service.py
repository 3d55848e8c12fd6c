"""The order of a call: nothing leaves before it is decided, nothing comes back before it is recorded."""

import asyncio
import contextlib
import json
import threading

import msgspec
import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.events import Outcome, read_payload
from asepsis.core.ports import Approval, Ended
from asepsis.core.types import Decision, Verdict
from asepsis.gateway.account import Tools
from asepsis.gateway.errors import Denied
from asepsis.gateway.live import Kill
from asepsis.gateway.service import Gateway
from asepsis.gateway.types import Head
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.randomness import SeededRandomness

SSN = "123-45-6789"
JSON = (("content-type", "application/json"),)
STREAM = (("content-type", "text/event-stream"),)
HELLO = json.dumps({"model": "m", "messages": [{"role": "user", "content": f"it is {SSN}"}]}).encode()
DELTA = b'data: {"choices":[{"index":0,"delta":{"content":"%b"},"finish_reason":%b}]}\n\n'
DONE = b"data: [DONE]\n\n"


class Digester:
    def digest(self, kind, value, /, *, tenant):
        return "0" * 32


class Ledger:
    """Keeps Events and the order of things; `fails` from that submission on."""

    def __init__(self, log, fails=99):
        self.log, self.fails, self.count = log, fails, 0
        self.payloads = []

    def submit(self, events):
        self.count += 1
        done = asyncio.get_running_loop().create_future()
        if self.count > self.fails:
            done.set_exception(Unavailable("the disk is full"))
        else:
            self.payloads += [read_payload(event) for event in events]
            self.log += [f"ledger {event.kind}" for event in events]
            done.set_result(None)
        return done

    note = submit

    def hasten(self):
        self.log.append("ledger hasten")


class Answer:
    def __init__(self, headers, chunks):
        self.status, self.headers, self._chunks, self.closed = 200, headers, chunks, False

    async def chunks(self, take=None):
        for chunk in self._chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self):
        self.closed = True


class Transport:
    def __init__(self, log, answer):
        self.log, self.answer, self.requests = log, answer, []

    async def send(self, request):
        self.log.append("sent")
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self):
        pass


class Shell:
    def __init__(self, log, body):
        self.log, self._body = log, body
        self.status, self.headers, self.out = 0, {}, b""
        self.left = False

    async def body(self, limit):
        if isinstance(self._body, BaseException):
            raise self._body
        return self._body

    async def reply(self, reply):
        await self.start(reply.status, reply.headers)
        self.out = reply.body

    async def start(self, status, headers):
        self.log.append("answered")
        self.status, self.headers = status, dict(headers)

    async def send(self, data):
        self.out += data

    full = False

    def put(self, data):
        self.out += data

    async def finish(self):
        self.log.append("finished")


class Exchange:
    """One request to a gateway, and all that came of it."""

    def __init__(self, live, answer=None, *, fails=99):
        self.log = []
        self.ledger = Ledger(self.log, fails)
        self.transport = Transport(self.log, answer)
        tools = Tools(ManualClock(), SequentialIds(), Digester(), "local", SeededRandomness())
        self.gateway = Gateway(live, tools, ledger=self.ledger, transport=self.transport)
        self.shell = Shell(self.log, HELLO)

    async def run(self, path="/v1/chat/completions", *, method="POST"):
        await self.gateway.handle(Head(method, path, "", JSON), self.shell)
        return self


def whole(text):
    return Answer(JSON, [json.dumps({"choices": [{"message": {"content": text}}]}).encode()])


def streamed(*texts, end=(DONE,)):
    return Answer(STREAM, [*(DELTA % (text, b"null") for text in texts), DELTA % (b"", b'"stop"'), *end])


async def test_a_call_is_recorded_before_and_after_and_guarded_both_ways(live_of):
    done = await Exchange(live_of(), whole(f"so {SSN}")).run()
    assert SSN.encode() not in done.transport.requests[0].body + done.shell.out
    assert done.log == ["ledger gateway.call.opened", "sent", "ledger gateway.call.closed", "answered"]
    opened, closed = done.ledger.payloads
    assert (closed.opened, closed.outcome) == (done.shell.headers["x-asepsis-event"], Outcome.COMPLETED)
    assert opened.found == closed.found
    assert done.transport.answer.closed


async def test_a_stream_is_closed_in_the_ledger_before_its_last_bytes(live_of):
    done = await Exchange(live_of(), streamed(b"it is 123-4", b"5-6789 ok")).run()
    assert SSN.encode() not in done.shell.out
    assert done.shell.out.endswith(DONE)
    assert done.log[-2:] == ["ledger gateway.call.closed", "finished"]


async def test_a_denied_request_is_never_sent(live_of):
    done = await Exchange(live_of(kills=frozenset({Kill("local", "model", "*")}))).run()
    assert done.transport.requests == []
    assert (done.shell.status, done.ledger.payloads[1].rule) == (403, "gateway.kill")


class Asking:
    """Asks people for all, and notes in which thread they were asked."""

    def __init__(self, *, yes):
        self.yes, self.threads = yes, []

    def decide(self, question, /):
        return Decision(Verdict.ALLOW if question.approval else Verdict.ASK, "why", ("p",), "b", approvable=True)

    def approval(self, question, decision, action, outline, /):
        self.threads.append(threading.current_thread())
        return Approval("case", approved=self.yes)


@pytest.mark.parametrize(("yes", "status"), [(True, 200), (False, 403)])
async def test_people_are_asked_without_holding_up_other_calls(live_of, yes, status):
    asking = Asking(yes=yes)
    live = msgspec.structs.replace(live_of(), policy=asking, approvals=asking)
    done = await Exchange(live, whole("x")).run()
    assert (done.shell.status, done.ledger.payloads[0].input.approval) == (status, "case" if yes else "")
    assert [one is threading.main_thread() for one in asking.threads] == [False]


@pytest.mark.parametrize(("fails", "answer"), [(0, whole("x")), (1, whole("x")), (0, streamed(b"x"))])
async def test_an_answer_that_cannot_be_recorded_is_not_released(live_of, fails, answer):
    done = await Exchange(live_of(), answer, fails=fails).run()
    assert done.shell.status == 503
    assert b"gateway.ledger" in done.shell.out


async def test_a_stream_whose_end_cannot_be_recorded_does_not_end_as_if_it_could(live_of):
    done = await Exchange(live_of(), streamed(b"hello"), fails=1).run()
    assert b"content_filter" in done.shell.out


async def test_a_refusal_that_cannot_be_recorded_is_still_one(live_of):
    done = await Exchange(live_of(kills=frozenset({Kill("local", "model", "*")})), fails=0).run()
    assert (done.shell.status, done.transport.requests) == (503, [])


async def test_a_caller_who_cant_be_looked_up_is_denied_and_recorded(live_of):
    class Away:
        def later(self, headers, *, method, path, peer):
            def look():
                raise Unavailable("the control database does not answer", code="database")

            return look

    done = await Exchange(msgspec.structs.replace(live_of(), identifier=Away()), whole("hi")).run()
    assert (done.shell.status, b"identity.unavailable" in done.shell.out) == (503, True)
    opened, closed = done.ledger.payloads
    assert (opened.decision.policies, closed.outcome) == (("identity.unavailable",), Outcome.DENIED)
    assert "sent" not in done.log


async def test_whose_right_is_over_hears_why(live_of):
    class Over:
        def later(self, headers, *, method, path, peer):
            return lambda: Ended("identity.revoked", "the session grant was taken back")

    done = await Exchange(msgspec.structs.replace(live_of(), identifier=Over()), whole("hi")).run()
    assert (done.shell.status, b"the session grant was taken back" in done.shell.out) == (401, True)
    assert done.ledger.payloads[0].decision.policies == ("identity.revoked",)
    assert "sent" not in done.log


async def test_an_unknown_route_is_denied_and_recorded(live_of):
    done = await Exchange(live_of()).run("/v1/files")
    assert (done.shell.status, done.ledger.payloads[1].rule) == (403, "gateway.route")


async def test_an_upstream_that_does_not_answer_fails_the_call(live_of):
    done = await Exchange(live_of(), Unavailable("the upstream does not answer", code="upstream.connect")).run()
    assert done.shell.status == 502
    assert (done.ledger.payloads[1].outcome, done.ledger.payloads[1].rule) == (Outcome.FAILED, "upstream.connect")


async def test_a_stream_that_breaks_off_says_so_and_releases_nothing_held_back(live_of):
    broken = Answer(STREAM, [DELTA % (b"it is 123-45-67", b"null"), Unavailable("broke off", code="upstream.broken")])
    done = await Exchange(live_of(), broken).run()
    assert b"asepsis_upstream" in done.shell.out
    assert b"123" not in done.shell.out
    assert done.ledger.payloads[1].rule == "upstream.broken"


async def test_a_stream_that_ends_too_early_has_failed(live_of):
    done = await Exchange(live_of(), streamed(b"x", end=())).run()
    assert (done.ledger.payloads[1].outcome, done.ledger.payloads[1].rule) == (Outcome.FAILED, "upstream.short")


async def test_a_stream_that_the_guard_closes_ends_in_the_surfaces_own_way(live_of):
    done = await Exchange(live_of(), Answer(STREAM, [b"data: nonsense\n\n"])).run()
    assert b"content_filter" in done.shell.out
    assert (done.ledger.payloads[1].outcome, done.ledger.payloads[1].rule) == (Outcome.CUT, "gateway.json")


async def test_an_answer_larger_than_the_limit_is_cut(live_of):
    done = await Exchange(live_of(), Answer(JSON, [b"x" * 2**20] * 17)).run()
    assert (done.shell.status, done.ledger.payloads[1].rule) == (403, "gateway.limits.answer")


async def test_a_body_that_is_denied_is_recorded_by_its_rule(live_of):
    exchange = Exchange(live_of())
    exchange.shell._body = Denied("gateway.limits.slow", "the request came too slowly")
    done = await exchange.run()
    assert (done.shell.status, done.ledger.payloads[1].rule) == (403, "gateway.limits.slow")
    assert done.transport.requests == []


@pytest.mark.parametrize("left", [False, True])
async def test_only_a_client_that_left_may_end_a_call_in_silence(live_of, left):
    exchange = Exchange(live_of())
    exchange.shell.left = left
    exchange.shell._body = asyncio.CancelledError()
    with contextlib.nullcontext() if left else pytest.raises(asyncio.CancelledError):
        await exchange.run()
    assert exchange.ledger.payloads[1].outcome is Outcome.CLIENT_GONE
    assert exchange.gateway.running == 0


async def test_whatever_breaks_outside_of_the_guard_gives_no_content(live_of):
    exchange = Exchange(live_of())
    exchange.shell._body = RuntimeError(SSN)
    done = await exchange.run()
    assert done.shell.status == 500
    assert SSN.encode() not in done.shell.out
    assert done.gateway.running == 0


async def test_health_is_told_to_anyone_and_recorded_nowhere(live_of):
    exchange = Exchange(live_of())
    assert (await exchange.run("/readyz", method="GET")).shell.status == 200
    exchange.gateway.draining = True
    assert (await exchange.run("/readyz", method="GET")).shell.status == 503
    assert (await exchange.run("/healthz", method="GET")).shell.status == 200
    assert exchange.ledger.payloads == []


LARGE = " ".join(["mrn 1"] * 15_000)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (LARGE, whole("hello")),
        ("hello", whole(LARGE)),
        ("hello", streamed(LARGE.encode())),
    ],
)
async def test_what_is_large_holds_up_no_other_call(live_of, question, answer):
    exchange = Exchange(live_of(), answer)
    exchange.shell._body = json.dumps({"model": "m", "messages": [{"role": "user", "content": question}]}).encode()
    running = asyncio.ensure_future(exchange.run())
    turns = 0
    while not running.done():
        turns += 1
        await asyncio.sleep(0.001)
    assert turns > 10
    assert (await running).ledger.payloads[1].outcome is Outcome.COMPLETED
