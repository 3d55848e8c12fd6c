"""A writer and its standby as processes: the writer killed, or stopped and let go on, at any moment under load.

A dozen trials here, a thousand by `make soak`, with beats of a twentieth of a second and a patience of one; two trials
with those that a server has. Trials mostly wait, so they go in lanes, each with ledgers and processes of its own, which
workers of pytest run side by side.
"""

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time

import pytest
from hypothesis import settings

from asepsis.core.errors import Unavailable
from asepsis.core.events import ProcessStopped, build, read
from asepsis.ledger.client import SocketLedger
from asepsis.ledger.epochs import latest
from asepsis.ledger.frames import Splitter, Submission, pack, unpack_answer
from asepsis.ledger.reader import LogReader
from asepsis.ledger.standby import PATIENCE_SECONDS
from asepsis.ledger.verify import verify

USUAL = settings.get_profile("house").max_examples
TRIALS = 12 if settings.default.max_examples == USUAL else settings.default.max_examples
LANES = 2 if settings.default.max_examples == USUAL else 20
RUN = 10
"""How many take-overs one ledger goes through before all of it is read and verified."""
MOST_SECONDS = 15.0

STANDBY = """
import asyncio, signal, sys
from pathlib import Path
from asepsis.infra.clock import SystemClock
from asepsis.infra.ids import SystemIds
from asepsis.ledger import writer
from asepsis.ledger.config import LedgerConfig
from asepsis.ledger.standby import Standby

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    root, socket, beat, patience = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    writer.BEAT_SECONDS = beat
    clock = SystemClock()
    root.mkdir(parents=True, exist_ok=True)
    taken = await Standby(root, clock=clock, patience=patience).turn(stop)
    config = LedgerConfig(segment_bytes=20_000)
    await writer.run(root, socket, clock=clock, ids=SystemIds(clock), stop=stop, config=config, taken=taken)

asyncio.run(main())
"""


class Site:
    """A ledger, the processes that write it or wait to, and what clients sent and were told."""

    def __init__(self, folder, beat, patience):
        self.root, self.socket, self.words = folder / "led", folder / "w.sock", (str(beat), str(patience))
        self.processes, self.sent, self.acknowledged = [], [], []
        self.last = 0.0

    def start(self):
        words = [sys.executable, "-c", STANDBY, str(self.root), str(self.socket), *self.words]
        self.processes.append(subprocess.Popen(words, stderr=subprocess.PIPE))
        return self.processes[-1]

    async def until(self, what, seconds=60):
        async with asyncio.timeout(seconds):
            while not what():  # noqa: ASYNC110 a process has no event
                await asyncio.sleep(0.005)

    async def produce(self, ledger, name, stop):
        """One Event after the other; what fails is not sent again, for it may be there."""
        for number in range(10_000_000):
            if stop.is_set():
                return
            one = f"{name}-{number}"
            self.sent.append(one)
            try:
                await ledger.submit([build(ProcessStopped("x" * 100), id=one, time=1, tenant="acme")])
            except Unavailable:
                await asyncio.sleep(0.02)
            else:
                self.acknowledged.append(one)
                self.last = time.monotonic()

    def stored(self):
        found = [read(entry.data) for entry in LogReader(self.root, "acme").entries(0)]
        return [one.id for one in found if one.kind == "process.stopped"]

    def check(self):
        stored = self.stored()
        assert len(stored) == len(set(stored))
        assert set(self.acknowledged) <= set(stored) <= set(self.sent)

    def end(self):
        for one in self.processes:
            if one.poll() is None:
                one.send_signal(signal.SIGKILL)
            one.wait(20)
            one.stderr.close()


@pytest.fixture
def site(tmp_path):
    made = []

    def making(beat, patience, folder=tmp_path):
        folder.mkdir(exist_ok=True)
        made.append(Site(folder, beat, patience))
        return made[-1]

    yield making
    for one in made:
        one.end()


def connected(path):
    line = socket.socket(socket.AF_UNIX)
    line.connect(str(path))
    return line


def answered(line):
    """Returns what a writer acknowledged on a connection, which may have ended without an answer."""
    with contextlib.suppress(ConnectionError):
        return [one for body in Splitter().feed(line.recv(1 << 16)) for one in unpack_answer(body).done]
    return []


def free_ports(count):
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in opened:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in opened]


def start(*words):
    return subprocess.Popen([sys.executable, "-m", "asepsis", *map(str, words)], stdout=subprocess.DEVNULL)


async def fail_over(site, active, how, name, luck):
    """Ends or stops the writer under load; returns how long nobody was acknowledged."""
    stop, number = asyncio.Event(), latest(site.root)[0]
    ledger, line = SocketLedger(site.socket), connected(site.socket)
    async with asyncio.TaskGroup() as group:
        for producer in range(4):
            group.create_task(site.produce(ledger, f"{name}-{producer}", stop))
        await asyncio.sleep(luck.uniform(0.05, 0.2))
        os.kill(active.pid, signal.SIGKILL if how == "kill" else signal.SIGSTOP)
        began = time.monotonic()
        await asyncio.sleep(0.01)  # what was acknowledged before has come in
        told = len(site.acknowledged)
        if how == "stop":
            late = build(ProcessStopped("late"), id=f"{name}-late", time=1, tenant="acme").encode()
            line.sendall(pack(Submission(1, "acme", [late])))
            site.sent.append(f"{name}-late")
        await site.until(lambda: len(site.acknowledged) > told)
        took = time.monotonic() - began
        if how == "stop":
            os.kill(active.pid, signal.SIGCONT)
            assert await asyncio.to_thread(active.wait, 20) != 0
            assert answered(line) == []
        await asyncio.sleep(0.05)
        stop.set()
    line.close()
    await ledger.close()
    assert latest(site.root)[0] == number + 1
    return took


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("lane", range(LANES))
async def test_no_takeover_loses_what_was_acknowledged(site, tmp_path, lane):
    luck, took, ways, acknowledged = random.Random(11 + lane), [], [], 0
    while len(took) < TRIALS // LANES:
        one = site(0.05, 1.0, tmp_path / str(len(took)))
        active = one.start()
        await one.until(one.socket.exists)
        for _ in range(min(RUN, TRIALS // LANES - len(took))):
            standby = one.start()
            await asyncio.sleep(0.4)
            ways.append(luck.choice(["kill", "stop"]))
            took.append(await fail_over(one, active, ways[-1], f"t{len(took)}", luck))
            active = standby
        active.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(active.wait, 20) == 0
        one.check()
        assert verify(one.root / "acme").checkpoint.size > len(one.acknowledged) > 20
        acknowledged += len(one.acknowledged)
        one.end()
    assert max(took) < MOST_SECONDS
    told = f"{ways.count('kill')} writers killed and {ways.count('stop')} stopped, each taken over from"
    print(f"lane {lane}: {told} within {max(took):.1f} s; of {acknowledged} acknowledged none is lost")  # noqa: T201 what soak says


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_with_a_servers_patience_it_takes_less_than_fifteen_seconds(site, how):
    one = site(1.0, PATIENCE_SECONDS)
    active = one.start()
    await one.until(one.socket.exists)
    one.start()
    await asyncio.sleep(1)
    took = await fail_over(one, active, how, "t", random.Random(3))
    assert took < MOST_SECONDS
    one.check()


@pytest.mark.slow
async def test_the_command_takes_over_from_a_server_whose_writer_hangs(tmp_path):
    """The supervisor's own writer, stopped: the command takes over at the same socket, and hands it back at its end."""
    from asepsis.infra.state import Paths

    (tmp_path / "c.toml").write_text(CONFIG.format(state=tmp_path / "state", ports=free_ports(2)))
    server = start("serve", "--config", tmp_path / "c.toml")
    paths = Paths(tmp_path / "state")
    standby = None
    try:
        await until(paths.socket.exists)
        standby = start("ledger", "standby", "--patience", 2, "--config", tmp_path / "c.toml")
        await asyncio.sleep(2)
        (hung,) = writers(server.pid)
        os.kill(hung, signal.SIGSTOP)
        await until(lambda: latest(paths.ledger)[0] == 2)
        ledger = SocketLedger(paths.socket)
        await until(lambda: ledger.connected)
        await submitted(ledger)
        await ledger.close()
        os.kill(hung, signal.SIGCONT)
        await until(lambda: writers(server.pid) != (hung,))
        standby.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(standby.wait, 20) == 0
        await until(lambda: latest(paths.ledger)[0] > 2 and paths.socket.exists())
        ledger = SocketLedger(paths.socket)
        await submitted(ledger)
        await ledger.close()
    finally:
        for one in (standby, server):
            if one is not None and one.poll() is None:
                one.send_signal(signal.SIGTERM)
                one.wait(30)
    assert verify(paths.ledger / "local").checkpoint.size > 0


CONFIG = """
state = "{state}"
tenant = "local"
[gateway]
port = {ports[0]}
workers = 1
[console]
port = {ports[1]}
[identity]
anonymous = "demo"
[[policy.applications]]
name = "demo"
"""


async def until(what, seconds=40):
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 a process has no event
            await asyncio.sleep(0.02)


async def submitted(ledger):
    """Submits until it is taken: a writer that just began may need a moment."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(Unavailable):
                return await ledger.submit([build(ProcessStopped("x"), id=os.urandom(8).hex(), time=1, tenant="local")])
            await asyncio.sleep(0.05)


def writers(parent):
    """Returns the ids of a supervisor's children that write the ledger."""
    done = subprocess.run(
        ["ps", "-o", "pid=,comm=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    return tuple(int(line.split()[0]) for line in done.stdout.splitlines() if "writer" in line)
