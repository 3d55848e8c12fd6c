"""The wish to end, wherever in the waiting its signal comes."""

import signal
import subprocess
import sys

from asepsis.infra.ending import Ending

# A signal at the Nth step that the profiler sees, for every N: also where a lock would be held.
EVERYWHERE = """
import itertools, os, signal, sys
from asepsis.infra.{module} import {name} as Made

steps = itertools.count()

def profiled(at):
    def step(frame, event, _):
        if next(steps) == at:
            os.kill(os.getpid(), signal.SIGTERM)
    return step

for at in range(24):
    made = Made({arguments})
    made.catch_signals()
    steps = itertools.count()
    sys.setprofile(profiled(at))
    {loop}
    sys.setprofile(None)
print("ended")
"""


def ended(**parts):
    done = subprocess.run(
        [sys.executable, "-c", EVERYWHERE.format(**parts)], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout == "ended\n"


def test_a_signal_at_any_step_of_the_waiting_is_heard():
    assert ended(module="ending", name="Ending", arguments="", loop="while not made.wait(0.001): pass")


def test_a_signal_at_any_step_ends_a_supervisor():
    assert ended(module="supervisor", name="Supervisor", arguments="[]", loop="made.watch()")


def test_it_waits_as_long_as_nobody_asks():
    ending = Ending()
    assert not ending.wait(0.001)
    ending.ask()
    assert ending.wait(60)


def test_both_signals_ask_for_the_end():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number in before:
            ending = Ending()
            ending.catch_signals()
            signal.raise_signal(number)
            assert ending.asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
