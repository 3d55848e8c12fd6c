"""De-identification held against collections of files, where they are there: `SHARED_DATA` names the folder.

They are not part of the repository, so without the variable these tests skip. Nothing of a file is printed when one
fails, only its number.
"""

import gzip
import io
import json
import os
import re
from pathlib import Path

import pytest

from asepsis.deid import Memory, Scope, ScopeKind
from asepsis.deid.dice import RandomDraws
from asepsis.deid.formats import fhir, hl7v2, plain, x12
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier
from asepsis.scan import ScanConfig
from asepsis.scan.engine import BOTH, build
from asepsis.testing.randomness import SeededRandomness

ROOT = Path(os.environ.get("SHARED_DATA", "/nowhere"))
PROFILES = read_profiles()

pytestmark = [
    pytest.mark.skipif(not (ROOT / "fhir").is_dir(), reason="SHARED_DATA names no folder with data"),
    pytest.mark.slow,
    pytest.mark.timeout(1800),
]

DOSES = re.compile(
    r"[0-9][0-9.,/]* ?"
    r"(?:mg|mcg|µg|g|kg|ml|l|dl|units?|iu|meq|mmol|mmhg|%|bpm|cm|mm|pounds?|lbs?|degrees?|tablets?|puffs?)\b",
    re.IGNORECASE,
)
SAID = re.compile(
    r"\b(?:no|not|denies|denied|without|never|negative|left|right|bilateral|ICD-?10?|CPT|stage|grade)\b", re.IGNORECASE
)


@pytest.fixture(scope="module")
def scanner():
    return build(ScanConfig(scanners=BOTH), digester=None, tenant="t", cache=None)


def lines(name):
    with gzip.open(ROOT / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def through(convert, text, scanner, name):
    memory = Memory(Scope("t", ScopeKind.PROJECT, "p"), RandomDraws(SeededRandomness()), today=2026)
    deidentifier = Deidentifier(scanner, PROFILES[name], memory)
    return b"".join(convert(io.BytesIO(text.encode()), scanner, deidentifier)).decode()


def shape(value):
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def walk(value, path=()):
    if isinstance(value, dict):
        for key, one in value.items():
            yield from walk(one, (*path, key))
    elif isinstance(value, list):
        for one in value:
            yield from walk(one, path)
    else:
        yield path, value


@pytest.mark.parametrize("name", ["mask", "safe-harbor", "expert-determination"])
def test_bundles_keep_their_shape_and_lose_their_patients(scanner, name):
    for number, bundle in enumerate(lines("fhir/synthea-r4-bundles.jsonl.gz")):
        out = json.loads(through(fhir.convert_document, json.dumps(bundle), scanner, name))
        assert shape(out) == shape(bundle), number
        patient = bundle["entry"][0]["resource"]
        held = [patient["id"], *patient["name"][0]["given"], patient["name"][0]["family"], patient["birthDate"]]
        held += [*patient["address"][0]["line"], patient["telecom"][0]["value"]]
        held += [one["value"] for one in patient["identifier"]]
        written = json.dumps(out)
        assert not [one for one in held if one in written], number
        known = {entry["fullUrl"] for entry in out["entry"]}
        missing = {entry["fullUrl"] for entry in bundle["entry"]}
        before = [one for path, one in walk(bundle) if path[-1] == "reference" and one in missing]
        after = [one for path, one in walk(out) if path[-1] == "reference" and one in known]
        assert len(after) == len(before), number
        coded = [one for path, one in walk(bundle) if path[-2:] in {("coding", "code"), ("coding", "display")}]
        assert [one for path, one in walk(out) if path[-2:] in {("coding", "code"), ("coding", "display")}] == coded


@pytest.mark.parametrize("name", ["mask", "safe-harbor"])
def test_bundles_validate_as_they_did(scanner, name):
    models = pytest.importorskip("fhir.resources.R4B", reason="fhir.resources is not installed")
    for number, bundle in enumerate(lines("fhir/synthea-r4-bundles.jsonl.gz")[:10]):
        out = json.loads(through(fhir.convert_document, json.dumps(bundle), scanner, name))
        for before, after in zip(bundle["entry"], out["entry"], strict=True):
            kind = models.get_fhir_model_class(before["resource"]["resourceType"])
            try:
                kind.model_validate(before["resource"])
            except ValueError:
                continue
            try:
                kind.model_validate(after["resource"])
            except ValueError:
                pytest.fail(f"bundle {number}: a {before['resource']['resourceType']} does not validate any more")


@pytest.mark.parametrize("name", PROFILES)
def test_single_resources_keep_their_shape(scanner, name):
    for one in lines("fhir/fhir-server-r4-resources.jsonl.gz"):
        out = json.loads(through(fhir.convert_document, json.dumps(one["resource"]), scanner, name))
        assert shape(out) == shape(one["resource"]), one["file"]


@pytest.mark.parametrize("name", PROFILES)
def test_messages_keep_their_marks(scanner, name):
    for one in lines("fhir/hl7v2-messages.jsonl.gz"):
        marks = re.compile(f"[^{re.escape(one['message'][3:4] + one['message'][4:5] + one['message'][5:6])}\r\n]")
        out = through(hl7v2.convert, one["message"], scanner, name)
        assert marks.sub("", out) == marks.sub("", one["message"]), one["file"]


@pytest.mark.parametrize("name", PROFILES)
def test_interchanges_keep_their_separators(scanner, name):
    for one in lines("fhir/x12-transactions.jsonl.gz"):
        text = one["content"]
        marks = re.compile(f"[^{re.escape(text[3] + text[104] + text[105])}\r\n]")
        out = through(x12.convert, text, scanner, name)
        assert marks.sub("", out) == marks.sub("", text), one["file"]


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("file", ["carriers-aci-bench", "carriers-mts-dialog"])
def test_no_dose_negation_or_side_of_a_note_is_changed(scanner, name, file):
    changed = 0
    for one in lines(f"phi-train/{file}.jsonl.gz"):
        out = through(plain.convert_text, one["text"], scanner, name)
        changed += any(found.findall(out) != found.findall(one["text"]) for found in (DOSES, SAID))
    assert changed == 0
