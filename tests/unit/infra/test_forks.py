"""Forks: they run what they are told and nothing else, and end with their parent."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from asepsis.core.errors import ConfigError
from asepsis.infra.forks import Fork


@pytest.fixture
def fork():
    """Returns what forks; all are ended."""
    made = []

    def make(run, name="one"):
        made.append(Fork(name, run, tuple(made)))
        return made[-1]

    yield make
    for one in made:
        one.end(0)


def ended(fork, seconds=30.0):
    deadline = time.monotonic() + seconds
    while fork.poll() is None:
        assert time.monotonic() < deadline, "it did not end in time"
        time.sleep(0.01)
    return fork.code


def until_closed():
    while os.read(0, 1):
        pass


def raising(error):
    raise error


@pytest.mark.parametrize(
    ("run", "code", "said"),
    [
        (lambda: None, 0, ""),
        (
            lambda: raising(ConfigError("expected a port", place="gateway.port")),
            1,
            "Error: gateway.port: expected a port",
        ),
        (lambda: raising(ValueError("v")), 1, "ValueError: v"),
        (lambda: sys.exit(0), 1, "SystemExit"),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), -15, ""),
    ],
)
def test_how_it_ended_is_known(fork, capfd, run, code, said):
    assert ended(fork(run)) == code
    assert said in capfd.readouterr().err


def test_it_has_a_name_and_a_session_of_its_own(fork, tmp_path):
    def run():
        (tmp_path / "told").write_text(f"{Path('/proc/self/comm').read_text().strip()} {os.getsid(0) == os.getpid()}")

    assert ended(fork(run, "writer")) == 0
    assert (tmp_path / "told").read_text() == "asepsis-writer True"


def test_its_input_closes_when_its_parent_is_gone_though_others_live(fork):
    first, second = fork(until_closed), fork(until_closed)
    time.sleep(0.05)
    assert (first.poll(), second.poll()) == (None, None)
    first.pipe = os.close(first.pipe) or -1
    assert ended(first) == 0
    assert second.poll() is None


def test_what_its_parent_does_with_signals_it_does_not(fork):
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert fork(until_closed).end(10)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_one_that_does_not_end_in_time_is_killed(fork, tmp_path):
    def deaf():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        (tmp_path / "deaf").touch()
        time.sleep(60)

    one = fork(deaf)
    while not (tmp_path / "deaf").exists():
        time.sleep(0.01)
    assert not one.end(0.1)
    assert one.code == -9
    assert one.end(0)
