"""An ordinary day at the lab's desk: how often somebody is asked about what honest agents do.

    make bench-day

One JSON line for each seed: calls, asks, calls for each ask, and the rules that asked. First occurrences are among them;
what comes again fits a standing approval. Nothing honest may be denied.
"""

import json
from pathlib import Path

from asepsis.testing.desk import play

CALLS, SEEDS = 10_000, (1, 2, 3)
MANIFESTS = Path(__file__).parents[1] / "examples" / "manifests" / "plan.toml"


def main():
    for seed in SEEDS:
        day = play(seed, CALLS, confirmed=MANIFESTS)
        line = {"seed": seed, "calls": day.calls, "asks": day.asks, "denied": day.denied, "rules": day.rules}
        print(json.dumps(line | {"calls_for_each_ask": round(day.calls / max(day.asks, 1))}), flush=True)


if __name__ == "__main__":
    main()
