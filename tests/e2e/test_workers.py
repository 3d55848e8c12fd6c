"""Several workers: what the operator does reaches each, and what happens to one does not happen to the other.

Which worker answers a connection is seen from outside: the kernel says which process holds the other end of it.
"""

import http.client
import json
import os
import signal
import socket
import time

import pytest

MODEL = "lab-assistant"
PATH = "/v1/chat/completions"
HELLO = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}]}
LONG = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "word " * 500}]}
WORKERS = 2


class Client(http.client.HTTPConnection):
    """One connection, kept open, with the worker at its other end."""

    def __init__(self, system):
        super().__init__("127.0.0.1", system.gateway, timeout=30)
        self.connect()
        self.ask_health()
        self.worker = system.holder(self.sock, system.workers())

    def ask_health(self):
        self.request("GET", "/healthz")
        self.getresponse().read()

    def ask(self, document=HELLO):
        """What the assistant says, or the code of the denial."""
        self.request("POST", PATH, json.dumps(document), {"content-type": "application/json"})
        answer = json.loads(self.getresponse().read())
        return answer["error"]["code"] if "error" in answer else answer["choices"][0]["message"]["content"]

    def begin(self):
        """Begins a long stream; returns it, its first piece read."""
        self.request("POST", PATH, json.dumps(LONG), {"content-type": "application/json"})
        answer = self.getresponse()
        assert answer.read(6) == b"data: "
        return answer


@pytest.fixture
def clients():
    """Returns a function that gives a connection to each worker of a system."""
    opened = []

    def connect(system):
        found = {}
        deadline = time.monotonic() + 20
        while len(found) < WORKERS:
            assert time.monotonic() < deadline, f"connections went to {len(found)} of {WORKERS} workers"
            client = Client(system)
            opened.append(client)
            if client.worker:
                found.setdefault(client.worker, client)
        return list(found.values())

    yield connect
    for client in opened:
        client.close()


@pytest.fixture(scope="module")
def system(make_system):
    system = make_system(delay=4)
    text = system.file.read_text().replace("drain_seconds = 20", f"drain_seconds = 20\nworkers = {WORKERS}")
    system.file.write_text(text)
    system.start()
    return system


def recorded(system, kind, target):
    return [payload for _, payload in system.events(kind) if payload.target == target]


def test_a_kill_switch_reaches_every_worker_within_five_seconds(system, clients, eventually):
    both = clients(system)
    assert [client.ask() for client in both] == ["You wrote: hi"] * WORKERS
    options = ("kill", "--config", str(system.file))
    assert system.run(*options, "set", "application", "demo", "--reason", "drill").returncode == 0
    eventually(5, lambda: [client.ask() for client in both] == ["asepsis_denied"] * WORKERS)
    assert system.run(*options, "clear", "application", "demo", "--reason", "drill is over").returncode == 0
    eventually(5, lambda: [client.ask() for client in both] == ["You wrote: hi"] * WORKERS)
    assert len({client.worker for client in both}) == WORKERS
    for kind, reason in (("kill.set", "drill"), ("kill.cleared", "drill is over")):
        (told,) = eventually(5, lambda kind=kind: recorded(system, kind, "application"))
        assert (told.name, told.reason) == ("demo", reason)


@pytest.mark.parametrize(("target", "name"), [("model", MODEL), ("principal", "anonymous")])
def test_each_target_stops_what_it_names_in_every_worker(system, clients, eventually, target, name):
    both = clients(system)
    system.run("kill", "--config", str(system.file), "set", target, name, "--reason", "drill")
    eventually(5, lambda: [client.ask() for client in both] == ["asepsis_denied"] * WORKERS)
    system.run("kill", "--config", str(system.file), "clear", target, name)
    eventually(5, lambda: [client.ask() for client in both] == ["You wrote: hi"] * WORKERS)
    (told,) = eventually(5, lambda: recorded(system, "kill.set", target))
    assert (told.name == name) == (target != "principal")


def test_new_settings_reach_every_worker_within_five_seconds(system, clients, eventually):
    both = clients(system)
    good = system.file.read_text()
    system.file.write_text(good.replace('models = ["lab-*"', 'models = ["none-*"'))
    eventually(5, lambda: [client.ask() for client in both] == ["asepsis_denied"] * WORKERS)
    system.file.write_text(good)
    eventually(5, lambda: [client.ask() for client in both] == ["You wrote: hi"] * WORKERS)


def test_a_killed_worker_comes_back_and_the_other_goes_on_serving(system, clients, eventually):
    one, other = clients(system)
    stream = other.begin()
    os.kill(one.worker, signal.SIGKILL)
    rest = stream.read()
    assert rest.endswith(b"data: [DONE]\n\n")
    assert other.ask() == "You wrote: hi"
    eventually(15, lambda: len(set(system.workers()) - {one.worker}) == WORKERS)
    fresh = clients(system)
    assert one.worker not in {client.worker for client in fresh}
    assert [client.ask() for client in fresh] == ["You wrote: hi"] * WORKERS


def test_a_stream_in_each_worker_is_finished_before_the_end_and_the_ledger_has_one_order(system, clients):
    both = clients(system)
    streams = [client.begin() for client in both]
    system.signal(signal.SIGTERM)
    assert [stream.read().endswith(b"data: [DONE]\n\n") for stream in streams] == [True] * WORKERS
    assert system.wait() == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", system.gateway), 1)
    closed = [payload for _, payload in system.events("gateway.call.closed")]
    opened = {event for event, _ in system.events("gateway.call.opened")}
    assert [one.outcome for one in closed[-WORKERS:]] == ["completed"] * WORKERS
    assert {one.opened for one in closed} <= opened
    verified = system.run("ledger", "verify", str(system.state / "ledger" / "local"))
    assert verified.returncode == 0, verified.stderr
    system.start()
