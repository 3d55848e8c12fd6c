"""How many identifiers with a form or a check digit are found, for each way to write them.

    .venv/bin/python bench/disguises.py [--count 200] [--seed 1] [--misses]

Prints a table, a row for each sort of identifier and a column for each disguise, then one JSON line for each disguise.
"""

import argparse
import json
from pathlib import Path

from asepsis.scan import ScanConfig, build
from asepsis.testing.disguises import DISGUISES, is_found
from asepsis.testing.identifiers import SORTS, identifiers


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--misses", action="store_true", help="print one missed text for each cell")
    wanted = parser.parse_args()
    scanner = build(ScanConfig(), cache=Path("state/bench-disguises"))
    totals = {how: [0, 0] for how in DISGUISES}
    short = [f"{number:>4}" for number in range(1, len(DISGUISES) + 1)]
    print(f"{'':10}" + "".join(short))
    for sort in SORTS:
        row, missed = [], {}
        for how, disguise in DISGUISES.items():
            every = [one for each in identifiers(sort, count=wanted.count, seed=wanted.seed) if (one := disguise(each))]
            hits = [is_found(scanner, one) for one in every]
            totals[how][0] += sum(hits)
            totals[how][1] += len(hits)
            row.append(f"{100 * sum(hits) / len(hits):>4.0f}" if hits else f"{'-':>4}")
            if not all(hits):
                missed[how] = next(one for one, hit in zip(every, hits, strict=True) if not hit)
        print(f"{sort:10}" + "".join(row), flush=True)
        if wanted.misses:
            for how, one in missed.items():
                print(f"    {how}: {one.text!r} [{one.start}:{one.end}]")
    for number, (how, (found, of)) in enumerate(totals.items(), 1):
        print(json.dumps({"column": number, "disguise": how, "found": found, "of": of, "recall": round(found / of, 4)}))


if __name__ == "__main__":
    main()
