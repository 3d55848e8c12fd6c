"""What a ledger of many shards comes to: a simulation, with the kernel's own tiles and proofs, that anybody can run.

    .venv/bin/python bench/scale.py [--events 1e9] [--rate 100000] [--shards 16] …

1. *writers*: one shard's group commit, batch by batch: what queued while the previous sync ran is the next batch. The time
   of a sync is drawn from what a disk was measured to take; CPU per Event and per batch are what `make bench-ledger` says.
2. *tree*: how many tiles, bundles and partial ones a number of Events comes to, and how long proofs are, through the log of
   checkpoints as well. What counts is counted by `asepsis.ledger.tlog`.
3. *objects*: two layouts on object storage, and what each comes to per billion Events, at prices that are given.

Prices and times are arguments, printed with the results: they are assumptions, the counts are not.
"""

import argparse
import json
import math
import random
from bisect import bisect_right

from asepsis.ledger.tlog.proofs import prove_inclusion
from asepsis.ledger.tlog.tiles import WIDTH, partial_tiles

SECONDS_A_YEAR = 365.25 * 86_400
HASH, LENGTH = 32, 2
PUBLISHED, LEAF = 3_900, 220
"""A checkpoint as it is published, with both signatures; and as a leaf: its text with the signature of its commit."""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--events", type=float, default=1e9, help="how many Events to cost")
    parser.add_argument("--entry", type=int, default=600, help="bytes of an entry")
    parser.add_argument(
        "--rate", type=float, nargs="*", default=[1e3, 1e4, 1e5, 1e6], help="Events a second over all shards"
    )
    parser.add_argument("--shards", type=int, nargs="*", default=[1, 4, 16, 64], help="numbers of shards")
    parser.add_argument(
        "--sync-ms", type=float, nargs=2, default=[2.0, 12.0], help="a sync: median and 99th percentile"
    )
    parser.add_argument("--event-us", type=float, default=4.0, help="CPU of an Event: socket, hash, tree, write")
    parser.add_argument("--batch-us", type=float, default=60.0, help="CPU of a batch: signature, head, answers")
    parser.add_argument("--disk-mb", type=float, default=75.0, help="what a disk takes in a second, MB")
    parser.add_argument("--put", type=float, default=5.0, help="US$ for a million PUTs")
    parser.add_argument("--get", type=float, default=0.4, help="US$ for a million GETs")
    parser.add_argument("--month", type=float, default=0.023, help="US$ for a GB and month")
    parser.add_argument("--cold", type=float, default=0.004, help="the same, where nobody reads for months")
    parser.add_argument("--cpu-hour", type=float, default=0.04, help="US$ for a CPU and hour")
    parser.add_argument("--years", type=float, default=6.0, help="how long Events are kept (45 CFR 164.316(b)(2)(i))")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long a writer is simulated, at most")
    parser.add_argument("--most", type=int, default=150_000, help="and how many Events")
    return parser.parse_args()


def told(what, **fields):
    print(json.dumps({"what": what, **fields}))


def syncs(given, luck):
    """Yields times of syncs in seconds: log-normal through the median and the 99th percentile."""
    median, late = given.sync_ms
    sigma = math.log(late / median) / 2.326
    while True:
        yield median / 1e3 * math.exp(luck.gauss(0, sigma))


def writer(given, rate, luck):
    """Returns what a shard does with Events that come by chance at a rate: how long each waits, and how large batches get."""
    times, came, clock = syncs(given, luck), [], 0.0
    while len(came) < given.most and clock < given.seconds:
        clock += luck.expovariate(rate)
        came.append(clock)
    free, at, waits, batches = 0.0, 0, [], 0
    while at < len(came):
        start = max(free, came[at])
        end = bisect_right(came, start, lo=at + 1)  # what came in while the sync before ran
        count = end - at
        moved = count * (given.entry + 4) / (given.disk_mb * 1e6)
        free = start + (count * given.event_us + given.batch_us) / 1e6 + max(next(times), moved)
        waits += [free - one for one in came[at:end]]
        at, batches = end, batches + 1
    waits.sort()
    return waits[len(waits) // 2], waits[len(waits) * 99 // 100], len(came) / batches, len(came) / free


def writers(given):
    luck = random.Random(1)
    for rate in given.rate:
        for shards in given.shards:
            middle, late, batch, taken = writer(given, rate / shards, luck)
            told(
                "writers",
                rate=int(rate),
                shards=shards,
                keeps_up=taken > 0.95 * rate / shards,
                taken=int(taken * shards),
                batch=round(batch, 1),
                p50_ms=round(middle * 1e3, 1),
                p99_ms=round(late * 1e3, 1),
                cpus=round(min(rate, taken * shards) * (given.event_us + given.batch_us / batch) / 1e6, 2),
            )


def tree(given):
    """How many files a tree has, and how long its proofs are."""
    for exponent in (6, 7, 8, 9, 10):
        size = 10**exponent
        full = [size // WIDTH ** (level + 1) for level in range(8)]
        proof = len(prove_inclusion(size // 3, size=size, node=lambda *_: bytes(HASH)))
        told(
            "tree",
            entries=size,
            tiles=sum(full),
            bundles=full[0],
            partial=len(list(partial_tiles(size))),
            tile_bytes_per_event=round(sum(full) * WIDTH * HASH / size, 2),
            proof_hashes=proof,
            proof_bytes=proof * HASH,
        )
    for shards in given.shards:
        # One checkpoint a second of each shard is an entry of the log of checkpoints.
        leaves = int(shards * SECONDS_A_YEAR)
        upper = len(prove_inclusion(leaves // 3, size=leaves, node=lambda *_: bytes(HASH)))
        lower = len(prove_inclusion(10**9 // 3, size=10**9, node=lambda *_: bytes(HASH)))
        told(
            "log of checkpoints",
            shards=shards,
            entries_a_year=leaves,
            gb_a_year=round(leaves * (LEAF + LENGTH + HASH) / 1e9, 1),
            proof_bytes=(upper + lower) * HASH + PUBLISHED + LEAF,
            witnesses_asked_a_second=1,
            instead_of=shards,
        )


def objects(given):
    """Two layouts of the same log: as the tiles are published, and packed into segments with an index of offsets."""
    events, years = given.events, given.years
    entries = events * (given.entry + LENGTH)
    tiles = sum(events // WIDTH ** (level + 1) for level in range(8))
    bundles = events // WIDTH
    hashes = tiles * WIDTH * HASH
    for shards in given.shards:
        for rate in given.rate:
            seconds = events / rate
            checkpoints = min(seconds, events) * shards
            # A checkpoint a second needs the partial tiles and the partial bundle that it covers, on each level.
            partial = checkpoints * (len(list(partial_tiles(int(events / shards)))) + 1)
            layouts = {
                "tiles": (tiles + bundles + partial + checkpoints, entries + hashes),
                # Segments of 64 MiB, of which tiles are byte ranges; what is newer than a segment stays with the writer.
                "segments": (entries / (64 << 20) + hashes / (64 << 20) + checkpoints, entries + hashes),
            }
            for layout, (puts, size) in layouts.items():
                warm, cold = 1 / 12, years - 1 / 12
                stored = size / 1e9 * 12 * (warm * given.month + cold * given.cold)
                hot = size / 1e9 * 12 * years * given.month
                cpu = events * (given.event_us + given.batch_us / 64) / 1e6 / 3600 * given.cpu_hour
                told(
                    "objects",
                    layout=layout,
                    shards=shards,
                    rate=int(rate),
                    events=int(events),
                    days=round(seconds / 86_400, 1),
                    puts=int(puts),
                    gb=round(size / 1e9),
                    put_usd=round(puts / 1e6 * given.put, 2),
                    kept_usd=round(stored, 2),
                    kept_hot_usd=round(hot, 2),
                    cpu_usd=round(cpu, 2),
                    whole_usd=round(puts / 1e6 * given.put + stored + cpu, 2),
                )
    proof = len({level for level in range(8) if events > WIDTH**level}) + 2
    told("a proof", gets=proof, usd_per_million=round(proof * given.get, 2))


def main():
    given = arguments()
    told("assumed", **vars(given))
    writers(given)
    tree(given)
    objects(given)


if __name__ == "__main__":
    main()
