"""The running system in the hands of its operator: switches, new settings, broken workers, the end."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

MODEL = "lab-assistant"
LONG = [{"role": "user", "content": "word " * 700}]


@pytest.fixture(scope="module")
def system(make_system):
    system = make_system()
    system.start()
    return system


@pytest.fixture(scope="module")
def slow(make_system):
    """A system whose model takes its time: a long answer takes some four seconds."""
    system = make_system(delay=4)
    system.start()
    return system


def ask(system):
    """What the assistant says, or the code of the denial."""
    with system.openai() as client:
        try:
            said = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
        except openai.PermissionDeniedError as denied:
            return denied.code
        return said.choices[0].message.content


def stream(client):
    """Begins a long stream; returns the raw answer, its first line read."""
    return client.chat.completions.with_streaming_response.create(model=MODEL, messages=LONG, stream=True)


def test_a_kill_switch_takes_effect_within_five_seconds_and_is_recorded(system, eventually):
    assert ask(system) == "You wrote: hi"
    options = ("kill", "--config", str(system.file))
    before = {kind: system.events(kind) for kind in ("kill.set", "kill.cleared")}
    assert system.run(*options, "set", "model", MODEL, "--reason", "incident").returncode == 0
    eventually(5, lambda: ask(system) == "asepsis_denied")
    assert system.run(*options, "clear", "model", MODEL).returncode == 0
    eventually(5, lambda: ask(system) == "You wrote: hi")
    for kind, known in before.items():
        ((_, payload),) = eventually(5, lambda kind=kind, known=known: system.events(kind)[len(known) :])
        assert (payload.target, payload.name) == ("model", MODEL)


def test_new_settings_come_into_force_and_broken_ones_do_not(system, eventually):
    good = system.file.read_text()
    system.file.write_text(good.replace('models = ["lab-*"', 'models = ["none-*"'))
    eventually(5, lambda: ask(system) == "asepsis_denied")
    system.file.write_text(good + "\n[nonsense\n")
    eventually(5, lambda: system.events("config.rejected"))
    assert ask(system) == "asepsis_denied"
    system.file.write_text(good)
    eventually(5, lambda: ask(system) == "You wrote: hi")
    eventually(5, lambda: len(system.events("config.activated")) == 2)


def test_the_ledger_of_a_running_system_can_be_verified(system):
    ask(system)
    done = system.run("ledger", "verify", str(system.state / "ledger" / "local"))
    assert done.returncode == 0, done.stderr


def test_a_running_answer_is_finished_before_the_end(slow):
    with slow.openai() as client, stream(client) as answer, ThreadPoolExecutor(1) as pool:
        lines = answer.iter_lines()
        first = next(lines)
        slow.signal(signal.SIGTERM)
        rest = pool.submit(list, lines).result(30)
    assert first.startswith("data: ")
    assert [line for line in rest if line][-1] == "data: [DONE]"
    assert slow.wait() == 0
    assert slow.events("gateway.call.closed")[-1][1].outcome == "completed"
    slow.start()


def test_a_killed_worker_breaks_its_streams_and_is_replaced_and_what_it_left_open_is_told(slow, eventually):
    with slow.openai() as client, stream(client) as answer:
        name = answer.headers["x-asepsis-event"]
        lines = answer.iter_lines()
        next(lines)
        os.kill(slow.worker(), signal.SIGKILL)
        with pytest.raises(Exception, match=r"(?i)peer closed|incomplete|reset|disconnect"):
            list(lines)

    def answers():
        try:
            return ask(slow) == "You wrote: hi"
        except openai.APIConnectionError:
            return False

    eventually(15, answers)
    assert slow.stop() == 0
    slow.start()
    unclosed = eventually(5, lambda: [payload.opened for _, payload in slow.events("gateway.call.unclosed")])
    assert name in unclosed
    assert name not in [payload.opened for _, payload in slow.events("gateway.call.closed")]


def test_a_switch_thrown_while_the_writer_is_away_is_recorded_once_it_is_back(system, eventually):
    (writer,) = system.pids("writer")
    os.kill(writer, signal.SIGKILL)
    options = ("kill", "--config", str(system.file))
    assert system.run(*options, "set", "tool", "none", "--reason", "away").returncode == 0
    assert system.run(*options, "clear", "tool", "none", "--reason", "back").returncode == 0

    def told():
        kinds = ("kill.set", "kill.cleared")
        return [(kind, one.reason) for kind in kinds for _, one in system.events(kind) if one.target == "tool"]

    eventually(15, lambda: len(told()) == 2)
    assert told() == [("kill.set", "away"), ("kill.cleared", "back")]
    eventually(10, lambda: ask(system) == "You wrote: hi")
