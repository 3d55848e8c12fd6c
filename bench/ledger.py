"""Acknowledged Events per second through the writer's socket, and what one costs on both sides.

    python bench/ledger.py [SECONDS] [FOLDER]

One JSON line per shape: `batch` Events per submission, `producers` that each wait for durability before they submit
again. Beside it the bare cost of a write and a sync on the same disk, so that the two can be told apart.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from asepsis.core.events import CallOpened, Mode, build
from asepsis.core.types import Action, Count, Coverage, Decision, DecisionInput, Kind, Purpose, Verdict
from asepsis.infra.clock import SystemClock
from asepsis.infra.ids import SystemIds
from asepsis.ledger import writer
from asepsis.ledger.client import SocketLedger

SHAPES = ((1, 1), (1, 64), (1, 512), (64, 1), (64, 8))


def event():
    clock = SystemClock()
    question = DecisionInput("acme", Action.MODEL_INVOKE, "p", "intake", Purpose.TREATMENT, "chat", "model", "upstream")
    decision = Decision(Verdict.ALLOW, "nothing found", ("default",), "b" * 64, input="c" * 64)
    found = (Count(Kind.SSN, 1),)
    what = CallOpened(
        "s", "intake", "chat", "model", "upstream", Mode.ENFORCE, decision, question, found, Coverage(4, 400, 400, 1)
    )
    return build(what, id=SystemIds(clock).new(), time=clock.now(), tenant="acme", principal="p")


async def serve(root, socket):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    clock = SystemClock()
    await writer.run(root, socket, clock=clock, ids=SystemIds(clock), stop=stop)


def process_cpu(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def running(folder):
    words = [sys.executable, __file__, "serve", folder / "ledger", folder / "w.sock"]
    process = subprocess.Popen(list(map(str, words)))
    try:
        while not (folder / "w.sock").exists():
            time.sleep(0.01)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


async def produce(ledger, batch, until, taken):
    while time.monotonic() < until:
        start = time.monotonic()
        await ledger.submit(batch)
        taken.append(time.monotonic() - start)


async def measure(folder, pid, *, batch, producers, seconds):
    ledger, taken = SocketLedger(folder / "w.sock"), []
    start, client, server = time.monotonic(), time.process_time(), process_cpu(pid)
    await asyncio.gather(*(produce(ledger, [event()] * batch, start + seconds, taken) for _ in range(producers)))
    wall, client, server = time.monotonic() - start, time.process_time() - client, process_cpu(pid) - server
    await ledger.close()
    taken.sort()
    count = batch * len(taken)
    return {
        "batch": batch,
        "producers": producers,
        "events_per_second": round(count / wall),
        "p50_ms": round(1000 * taken[len(taken) // 2], 2),
        "p99_ms": round(1000 * taken[len(taken) * 99 // 100], 2),
        "client_us": round(1e6 * client / count, 1),
        "writer_us": round(1e6 * server / count, 1),
        "event_bytes": len(event().encode()),
    }


def bare_sync(folder, *, seconds):
    file = os.open(folder / "bare", os.O_RDWR | os.O_CREAT, 0o600)
    taken, until, data = [], time.monotonic() + seconds, b"x" * 900
    while time.monotonic() < until:
        start = time.monotonic()
        os.pwrite(file, data, 900 * len(taken))
        os.fdatasync(file)
        taken.append(time.monotonic() - start)
    os.close(file)
    taken.sort()
    return {"bare_sync_per_second": round(len(taken) / seconds), "p50_ms": round(1000 * taken[len(taken) // 2], 2)}


def main(seconds, parent):
    with tempfile.TemporaryDirectory(dir=parent) as name:
        print(json.dumps(bare_sync(Path(name), seconds=min(1, seconds))), flush=True)
    for batch, producers in SHAPES:
        with tempfile.TemporaryDirectory(dir=parent) as name, running(Path(name)) as pid:
            found = asyncio.run(measure(Path(name), pid, batch=batch, producers=producers, seconds=seconds))
            print(json.dumps(found), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(Path(sys.argv[2]), Path(sys.argv[3])))
    else:
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0, sys.argv[2] if len(sys.argv) > 2 else None)
