"""The supervisor with real children."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from asepsis.core.errors import Unavailable
from asepsis.infra.supervisor import Child, Supervisor

# A child's end of the pipe goes with the child; that ours goes a moment later is no fault.
pytestmark = [pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")]

RUN = """
import pathlib, signal, sys, time
def end(*_):
    with open({log!r}, "a") as log: log.write("{name} ended\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
with open({log!r}, "a") as log: log.write("{name} started\\n")
pathlib.Path({sign!r}).touch()
time.sleep(60)
"""


def python(text):
    """Returns what a child runs: that text, by an interpreter of its own."""
    return lambda: os.execv(sys.executable, [sys.executable, "-c", text])


class Desk:
    """Children that write down what they do."""

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "log"

    def child(self, name, *, code="", **more):
        sign = self.folder / f"{name}.ready"
        text = code or RUN.format(log=str(self.log), name=name, sign=str(sign))
        return Child(name, python(text), sign.exists, **more)

    def lines(self):
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def run():
    """Returns a started supervisor; it is shut down at the end."""
    begun = []

    def begin(*children):
        supervisor = Supervisor(children)
        begun.append(supervisor)
        supervisor.start()
        return supervisor

    yield begin
    for supervisor in begun:
        supervisor.shut_down()


def wait(what, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_all_children_are_ready_once_it_has_started_and_end_in_reverse(desk, run):
    supervisor = run(desk.child("one"), desk.child("two"))
    assert sorted(desk.lines()) == ["one started", "two started"]
    pids = [supervisor.pid("one"), supervisor.pid("two")]
    supervisor.shut_down()
    assert desk.lines()[2:] == ["two ended", "one ended"]
    assert not any(alive(pid) for pid in pids)


def test_a_child_that_never_becomes_ready_stops_the_others(desk, run):
    never = Child("never", python("import time; time.sleep(60)"), lambda: False, start_seconds=0.3)
    with pytest.raises(Unavailable, match="`never` did not become ready") as told:
        run(desk.child("one"), never)
    assert told.value.place == "never"
    assert desk.lines() == ["one started", "one ended"]


def test_a_child_that_ends_before_it_is_ready_is_not_waited_for(desk, run):
    before = time.monotonic()
    with pytest.raises(Unavailable):
        run(desk.child("one", code="raise SystemExit(3)"))
    assert time.monotonic() - before < Child("one", (), bool).start_seconds


def test_a_child_that_dies_is_started_again_and_the_others_stay(desk, run):
    supervisor = run(desk.child("one"), desk.child("two"))
    first, other = supervisor.pid("one"), supervisor.pid("two")
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    try:
        os.kill(first, signal.SIGKILL)
        wait(lambda: desk.lines().count("one started") == 2)
        assert supervisor.pid("one") != first
        assert supervisor.pid("two") == other
    finally:
        supervisor.stop()
        watching.join(60)
    assert not watching.is_alive()


def test_children_come_up_beside_each_other(desk, run):
    sign = desk.folder / "two.ready"
    waits = f"""
import pathlib, time
while not pathlib.Path({str(sign)!r}).exists(): time.sleep(0.01)
pathlib.Path({str(desk.folder / "one.ready")!r}).touch()
time.sleep(60)
"""
    run(desk.child("one", code=waits), desk.child("two"))
    assert desk.lines() == ["two started"]


def test_one_that_is_late_is_started_once_the_others_are_ready(desk, run):
    ready = desk.folder / "one.ready"
    slow = f"""
import pathlib, time
time.sleep(0.3)
assert not pathlib.Path({str(desk.log)!r}).exists()
pathlib.Path({str(ready)!r}).touch()
time.sleep(60)
"""
    run(desk.child("two", late=True), desk.child("one", code=slow))
    assert ready.exists()
    assert desk.lines() == ["two started"]


def test_one_that_keeps_dying_is_started_ever_more_slowly(desk, run):
    # It dies when it is told to, not at a time: one that died before somebody looked would not have become ready.
    code = f"""
import pathlib, time
with open({str(desk.log)!r}, "a") as log: log.write("x\\n")
pathlib.Path({str(desk.folder / "one.ready")!r}).touch()
while not pathlib.Path({str(desk.folder / "die")!r}).exists(): time.sleep(0.01)
"""
    supervisor = run(desk.child("one", code=code))
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    try:
        (desk.folder / "die").touch()
        before = time.monotonic()
        wait(lambda: len(desk.lines()) == 4)
        assert time.monotonic() - before > 1.4  # at once, half a second after that began, and a second after that
    finally:
        supervisor.stop()
        watching.join(60)


def test_a_child_that_does_not_stop_in_time_is_killed(desk, run, caplog):
    sign = str(desk.folder / "deaf.ready")
    code = f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open({sign!r}, 'w'); time.sleep(60)"
    supervisor = run(desk.child("deaf", code=code, stop_seconds=0.2))
    pid = supervisor.pid("deaf")
    supervisor.shut_down()
    assert not alive(pid)
    assert "was killed" in caplog.text


PARENT = """
import sys
from asepsis.infra.supervisor import Child, Supervisor
CHILD = '''
import signal, sys, time
from asepsis.infra.supervisor import leave_with_parent
def end(*_):
    open({gone!r}, "w").close()
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
leave_with_parent()
open({ready!r}, "w").close()
time.sleep(60)
'''
import os.path
supervisor = Supervisor([Child("one", lambda: exec(CHILD, {{}}), lambda: os.path.exists({ready!r}))])
supervisor.catch_signals()
supervisor.start()
print(supervisor.pid("one"), flush=True)
supervisor.watch()
supervisor.shut_down()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_leaves_however_its_supervisor_ends(tmp_path, number):
    gone = tmp_path / "gone"
    code = textwrap.dedent(PARENT).format(gone=str(gone), ready=str(tmp_path / "ready"))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(number)
        parent.wait(60)
        wait(lambda: gone.exists() and not running(pid))


def running(pid):
    """Whether a process runs; one that ended and that nobody waited for does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 it may vanish at any time
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
