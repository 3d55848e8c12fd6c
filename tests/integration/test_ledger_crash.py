"""The writer as a process of its own, killed at any moment, out of disk, restarted: what it acknowledged is there."""

import asyncio
import contextlib
import os
import random
import resource
import signal
import subprocess
import sys

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.events import ProcessStopped, build, read
from asepsis.ledger.client import SocketLedger
from asepsis.ledger.reader import LogReader
from asepsis.ledger.verify import verify

WRITER = """
import asyncio, resource, signal, sys
from pathlib import Path
from asepsis.infra.clock import SystemClock
from asepsis.infra.ids import SystemIds
from asepsis.ledger import writer
from asepsis.ledger.config import LedgerConfig

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    if int(sys.argv[3]):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
    clock = SystemClock()
    config = LedgerConfig(segment_bytes=20_000)
    await writer.run(Path(sys.argv[1]), Path(sys.argv[2]), clock=clock, ids=SystemIds(clock), stop=stop, config=config)

asyncio.run(main())
"""


class Writer:
    """A writer process; `file_limit` is the size over which the system refuses to write a file."""

    def __init__(self, folder, file_limit=0):
        self.root, self.socket = folder / "ledger", folder / "w.sock"
        self.socket.unlink(missing_ok=True)
        words = [sys.executable, "-c", WRITER, str(self.root), str(self.socket), str(file_limit)]
        self.process = subprocess.Popen(words)

    async def ready(self):
        while not self.socket.exists():
            assert self.process.poll() is None
            await asyncio.sleep(0.01)

    def end(self, number):
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        return self.process.wait(20)

    def stored(self):
        return [read(entry.data) for entry in LogReader(self.root, "acme").entries(0)]


@pytest.fixture
def start(tmp_path):
    made = []

    def starting(file_limit=0):
        made.append(Writer(tmp_path, file_limit))
        return made[-1]

    yield starting
    for one in made:
        one.end(signal.SIGKILL)


def event(name):
    return build(ProcessStopped("x" * 100), id=name, time=1, tenant="acme")


async def produce(ledger, producer, *, sent, acknowledged):
    """Submits until the writer is gone; each producer waits for one Event before it sends the next."""
    with contextlib.suppress(Unavailable):
        for number in range(1_000_000):
            name = f"{producer}-{number}"
            sent.append(name)
            await ledger.submit([event(name)])
            acknowledged.append(name)


@pytest.mark.slow
async def test_no_kill_loses_what_was_acknowledged_or_invents_what_was_not_sent(start, tmp_path):
    sent, acknowledged = [], []
    luck = random.Random(7)
    for trial in range(20):
        writer = start()
        await writer.ready()
        ledger = SocketLedger(writer.socket)
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            for producer in range(16):
                group.create_task(produce(ledger, f"{trial}-{producer}", sent=sent, acknowledged=acknowledged))
            await asyncio.sleep(luck.uniform(0.005, 0.12))
            writer.end(signal.SIGKILL)
        await ledger.close()
    writer = start()
    await writer.ready()
    assert writer.end(signal.SIGTERM) == 0

    stored = [one.id for one in writer.stored() if one.kind == "process.stopped"]
    assert len(acknowledged) > 200
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored) <= set(sent)
    for trial in range(20):
        for producer in range(16):
            mine = [int(one.split("-")[2]) for one in stored if one.startswith(f"{trial}-{producer}-")]
            assert mine == list(range(len(mine)))
    assert verify(tmp_path / "ledger" / "acme").checkpoint.size == len(writer.stored())


async def test_a_full_disk_refuses_and_a_writer_with_room_goes_on(start, tmp_path):
    writer = start(file_limit=9_000)
    await writer.ready()
    ledger = SocketLedger(writer.socket)
    acknowledged = []
    with pytest.raises(Unavailable):  # noqa: PT012 which one is refused is the disk's to say
        for number in range(200):
            await ledger.submit([event(str(number))])
            acknowledged.append(str(number))
    with pytest.raises(Unavailable):
        await ledger.submit([event("next")])
    assert [one.id for one in writer.stored()] == acknowledged
    await ledger.close()
    assert writer.end(signal.SIGTERM) == 0

    again = start()
    await again.ready()
    ledger = SocketLedger(again.socket)
    await ledger.submit([event("after")])
    await ledger.close()
    kinds = [(one.id, one.kind) for one in again.stored() if one.id not in acknowledged]
    assert kinds[-1] == ("after", "process.stopped")
    assert {kind for _, kind in kinds[:-1]} == {"ledger.recovered"}
    assert again.end(signal.SIGTERM) == 0
    verify(tmp_path / "ledger" / "acme")


async def test_room_that_comes_back_needs_no_restart(start):
    writer = start(file_limit=9_000)
    await writer.ready()
    ledger = SocketLedger(writer.socket)
    with pytest.raises(Unavailable):  # noqa: PT012 as above
        for number in range(200):
            await ledger.submit([event(str(number))])
    resource.prlimit(writer.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(Unavailable):
                await ledger.submit([event("after")])
                break
            await asyncio.sleep(0.1)
    assert writer.stored()[-1].id == "after"
    await ledger.close()


async def test_an_orderly_stop_acknowledges_what_it_took(start):
    writer = start()
    await writer.ready()
    ledger = SocketLedger(writer.socket)
    sent, acknowledged = [], []
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for producer in range(8):
            group.create_task(produce(ledger, f"0-{producer}", sent=sent, acknowledged=acknowledged))
        await asyncio.sleep(0.1)
        os.kill(writer.process.pid, signal.SIGTERM)
    assert await asyncio.to_thread(writer.process.wait, 20) == 0
    assert not writer.socket.exists()
    assert set(acknowledged) <= {one.id for one in writer.stored()}
    await ledger.close()
