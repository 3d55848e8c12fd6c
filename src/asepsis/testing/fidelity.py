"""What de-identification touches that it must not: doses, readings, units, codes, negations and sides.

    python -m asepsis.testing.fidelity --data DATA [--count 4000] [--seed 1]

Texts are generated from the templates that the model of names is trained on, and cut from the carriers beside them
(`DATA/phi-train`, invented notes and dialogues). Each goes through each profile. What stands inside an identifier that
was put in does not count; everything else is compared, and a table says how often a profile touched what. Doses and
negations have to be zero: the exit status is 1 otherwise. No text is printed unless `--show` asks for a few words
around each.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from asepsis.core.ports import Scanner
from asepsis.core.types import Finding
from asepsis.deid.dice import Draws, KeyedDraws, RandomDraws
from asepsis.deid.profiles import Profile, read_profiles
from asepsis.deid.scope import Memory
from asepsis.deid.text import Deidentifier
from asepsis.deid.types import Scope, ScopeKind
from asepsis.scan import ScanConfig
from asepsis.scan.engine import BOTH, build
from asepsis.scan.train.corpora import carried
from asepsis.scan.train.disturb import disturbed
from asepsis.scan.train.draw import Draw
from asepsis.scan.train.generate import Composer
from asepsis.scan.train.world import World
from asepsis.testing.randomness import SeededRandomness

__all__ = ["BAR", "ITEMS", "Carrier", "Touched", "carriers", "main", "table", "touched"]

_UNIT = (
    r"(?:mg|mcg|µg|ug|g|gm|grams?|kg|ml|cc|l|dl|units?|iu|meq|mmol|mmhg|bpm|cm|mm|pounds?|lbs?|degrees?|tablets?|tabs?|"
    r"capsules?|caps?|puffs?|drops?|ng|pg|fl|msec|sec)\b(?:/(?:ml|dl|kg|l|hr|h|min|day|d)\b)?|%"
)
_NUMBER = r"(?<![\w.,/-])[0-9]+(?:[.,/-][0-9]+)*(?:\s(?:-|to)\s[0-9]+(?:\.[0-9]+)?)?"
_MEASURED = (
    "BP|blood pressure|HR|heart rate|pulse|RR|resp|temp|temperature|SpO2|O2 sat|sats?|A1c|HbA1c|WBC|Hgb|Hct|plt|"
    "platelets|glucose|creatinine|potassium|sodium|INR|TSH|LDL|HDL|BUN|troponin|EF|BMI|GFR|hemoglobin"
)
_SYSTEMS = r"ICD-?(?:9|10)?(?:-CM)?|CPT|HCPCS|LOINC|NDC|SNOMED(?: CT)?|RxNorm|DRG"
ITEMS = {
    "dose": re.compile(rf"{_NUMBER} ?-?(?:{_UNIT})", re.IGNORECASE),
    "reading": re.compile(rf"\b(?:{_MEASURED})(?:\s(?:is|was|of|at))?[ :=]{{1,2}}{_NUMBER}", re.IGNORECASE),
    "code": re.compile(
        rf"\b(?:[A-TV-Z][0-9][0-9A-Z]\.[0-9A-Z]{{1,4}}"
        rf"|(?:{_SYSTEMS})(?: code)?[ :#]{{1,2}}[A-Z]?[0-9][0-9A-Z.-]{{1,14}})(?![\w])"
    ),
    "negation": re.compile(
        r"\b(?:no|not|none|nor|denies|denied|denying|deny|without|never|negative|absent|neither|nothing|cannot)\b|n't\b",
        re.IGNORECASE,
    ),
    "side": re.compile(r"\b(?:left|right|bilateral(?:ly)?|ipsilateral|contralateral)\b", re.IGNORECASE),
}
"""What a text says clinically, by class; a unit is part of its dose."""

BAR = ("dose", "negation")
"""The classes of which none may be touched."""

_FILES = ("carriers-aci-bench", "carriers-mts-dialog")
_AROUND = 30


class Carrier(NamedTuple):
    """A text and the ranges of identifiers that are known to stand in it."""

    text: str
    known: tuple[tuple[int, int], ...]
    source: str


class Touched(NamedTuple):
    """A clinical item that an edit touched, and the rule that found what was edited."""

    item: str
    rule: str
    start: int
    end: int


def touched(text: str, findings: Sequence[Finding], known: Iterable[tuple[int, int]] = (), /) -> Iterator[Touched]:
    """Yields the clinical items that edits overlap, without those that overlap an identifier that is known."""
    inside = tuple(known)
    for item, pattern in ITEMS.items():
        for found in pattern.finditer(text) if findings else ():
            start, end = found.span()
            if any(low < end and start < high for low, high in inside):
                continue
            hit = next((one for one in findings if one.start < end and start < one.end), None)
            if hit is not None:
                yield Touched(item, hit.rule, start, end)


def carriers(data: Path, /, *, count: int, seed: int) -> Iterator[Carrier]:
    """Yields generated texts, half of them disturbed, and half as many of the carriers where they are there."""
    draw = Draw(seed)
    world = World.read(data / "names", "all")
    for number, document in enumerate(Composer(world, draw).documents(count)):
        one = disturbed(document, draw) if number % 2 else document
        yield Carrier(one.text, tuple((span.start, span.end) for span in one.spans), one.source)
    for name in _FILES if (data / "phi-train").is_dir() else ():
        for one in islice(carried(data / "phi-train", name, world, draw, most=100_000), count // 4):
            yield Carrier(one.text, tuple((span.start, span.end) for span in one.spans), one.source)


def table(counts: Counter[tuple[str, str]], items: Counter[str], profiles: Iterable[str], /) -> str:
    """Returns the table: profiles by what was touched, and in the last row how much there was."""
    width = max(len(name) for name in (*profiles, "in the texts"))
    rows = [f"{'touched':<{width}}" + "".join(f"{item:>10}" for item in ITEMS)]
    rows += [f"{name:<{width}}" + "".join(f"{counts[name, item]:>10}" for item in ITEMS) for name in profiles]
    return "\n".join([*rows, f"{'in the texts':<{width}}" + "".join(f"{items[item]:>10}" for item in ITEMS)])


def main(arguments: Sequence[str], /) -> int:
    """Prints the table; returns 1 where a dose or a negation was touched."""
    parser = argparse.ArgumentParser(
        prog="python -m asepsis.testing.fidelity", description="what de-identification touches"
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder with `names` and `phi-train`")
    parser.add_argument("--count", type=int, default=4000, help="how many texts are generated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print a few words around what was touched")
    given = parser.parse_args(arguments)
    scanner = build(ScanConfig(scanners=BOTH), digester=None, tenant="fidelity", cache=None)
    profiles = read_profiles()
    counts: Counter[tuple[str, str]] = Counter()
    items: Counter[str] = Counter()
    for carrier in carriers(given.data, count=given.count, seed=given.seed):
        items.update({item: len(pattern.findall(carrier.text)) for item, pattern in ITEMS.items()})
        for profile in profiles.values():
            for one in _through(carrier, scanner, profile):
                counts[profile.name, one.item] += 1
                if given.show:
                    around = carrier.text[max(0, one.start - _AROUND) : one.end + _AROUND].replace("\n", " ")
                    print(f"{profile.name}\t{one.item}\t{one.rule}\t{carrier.source}\t{around}")  # noqa: T201 a command
    print(table(counts, items, profiles))  # noqa: T201 a command
    return int(any(counts[name, item] for name in profiles for item in BAR))


def _through(carrier: Carrier, scanner: Scanner, profile: Profile) -> Iterator[Touched]:
    draws: Draws = KeyedDraws(b"k" * 32) if profile.codes == "keyed" else RandomDraws(SeededRandomness())
    memory = Memory(Scope("fidelity", ScopeKind.PROJECT, "carriers"), draws, today=2026)
    memory.observe([carrier.text])
    (clean,) = Deidentifier(scanner, profile, memory).texts([carrier.text])
    yield from touched(carrier.text, clean.findings, carrier.known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
