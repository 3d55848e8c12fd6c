"""Searches a ledger by its index and by reading every entry, side by side; prints JSON lines.

Random calls of 500 principals about 20,000 members, opened and closed in turns. What both find has to be the same.
"""

import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from asepsis.core.events import CallClosed, CallOpened, Mode, Outcome, build
from asepsis.core.types import Action, Coverage, Decision, DecisionInput, Purpose, Verdict
from asepsis.infra.clock import SystemClock
from asepsis.infra.columns import Query
from asepsis.infra.ids import SystemIds
from asepsis.ledger.client import LocalLedger
from asepsis.ledger.search import scan, search

SIZES = (100_000, 1_000_000)
MEMBERS, PRINCIPALS, BATCH = 20_000, 500, 500
START = 1_700_000_000_000
DECISION = Decision(Verdict.ALLOW, "nothing found", ("p1", "p2"), "b" * 64)
QUESTION = DecisionInput("acme", Action.MODEL_INVOKE, "p", "app", Purpose.UNSTATED, "chat")


def say(**row):
    print(json.dumps(row), flush=True)


def events(numbers, ids, chance):
    for number in numbers:
        payload = (
            CallClosed(ids.new(), Outcome.COMPLETED, 200, "", DECISION, (), Coverage())
            if number % 2
            else CallOpened("s", "app", "chat", "m", "u", Mode.ENFORCE, DECISION, QUESTION, (), Coverage())
        )
        yield build(
            payload,
            id=ids.new(),
            time=START + 100 * number,
            tenant="acme",
            principal=f"user{chance.randrange(PRINCIPALS)}",
            verdict=chance.choices(list(Verdict), [90, 6, 2, 2])[0],
            subjects=tuple(f"{chance.randrange(MEMBERS):032x}" for _ in range(chance.randrange(3))),
        )


async def fill(root, first, end):
    clock, chance = SystemClock(), random.Random(first)
    ids = SystemIds(clock)
    log = LocalLedger(root, clock=clock, ids=ids)
    for start in range(first, end, BATCH):
        await log.submit(list(events(range(start, min(end, start + BATCH)), ids, chance)))
    await log.close()


def timed(act):
    start, cpu = time.perf_counter(), time.process_time()
    found = act()
    return found, round(time.perf_counter() - start, 3), round(time.process_time() - cpu, 3)


def measure(root, size):
    log = root / "acme"
    at = log / "index"
    asyncio.run(fill(root, 0, size))
    _, seconds, cpu = timed(lambda: search(log, Query(limit=1), index=at))
    bytes_ = sum(path.stat().st_size for path in at.iterdir())
    log_bytes = sum(path.stat().st_size for path in log.glob("*.log"))
    say(entries=size, build_seconds=seconds, cpu_seconds=cpu, index_bytes=bytes_, log_bytes=log_bytes)
    asyncio.run(fill(root, size, size + BATCH))
    _, seconds, cpu = timed(lambda: search(log, Query(limit=1), index=at))
    say(entries=size, taken_in=BATCH, seconds=seconds, cpu_seconds=cpu)
    middle = START + 50 * size
    for name, query in {
        "member": Query(subject=f"{4711:032x}"),
        "principal and verdict": Query(principal="user7", verdicts=(Verdict.DENY,)),
        "ten seconds": Query(since=middle, until=middle + 10_000),
        "the first 100 denied": Query(verdicts=(Verdict.DENY,), limit=100),
        "the first 1,000 of a principal": Query(principal="user7", limit=1000),
        "nobody": Query(principal="nobody"),
    }.items():
        found, seconds, cpu = timed(lambda query=query: search(log, query, index=at))
        wanted, scan_seconds, scan_cpu = timed(lambda query=query: scan(log, query))
        assert found == wanted
        say(
            entries=size,
            question=name,
            hits=len(found.hits),
            seconds=seconds,
            cpu_seconds=cpu,
            scan_seconds=scan_seconds,
            scan_cpu_seconds=scan_cpu,
        )


def main():
    say(load=os.getloadavg()[0], cores=os.cpu_count())
    for size in map(int, sys.argv[1:]) if sys.argv[1:] else SIZES:
        root = Path(tempfile.mkdtemp(prefix="asepsis-search-"))
        try:
            measure(root, size)
        finally:
            shutil.rmtree(root)


if __name__ == "__main__":
    main()
