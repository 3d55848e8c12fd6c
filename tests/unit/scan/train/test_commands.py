"""The command that trains, on a very small scale."""

import gzip
import json

import msgspec
import pytest
from click.testing import CliRunner

from asepsis.core.types import Part, PartKind
from asepsis.scan.names import Model, NameScanner
from asepsis.scan.train.commands import train

ROWS = [
    {"id": str(at), "text": text, "source": "x", "template": str(at), "spans": [{"start": 0, "end": 5, "kind": "NAME"}]}
    for at, text in enumerate(["Maria called.", "Aisha has a rash.", "Smith is here."])
]


@pytest.fixture
def data(names):
    folder = names.parent / "phi-train"
    if not folder.exists():
        folder.mkdir()
        for name in ("presidio-synth-v2", "presidio-generated-large", "kiji-samples"):
            (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(b"\n".join(map(msgspec.json.encode, ROWS))))
        for name in ("carriers-mts-dialog", "carriers-aci-bench"):
            row = {"id": "1", "text": "No fever. No chills.", "source": name, "type": "section"}
            (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(msgspec.json.encode(row)))
    return names.parent


def test_weights_card_and_provenance_are_written(data, tmp_path):
    out, page = tmp_path / "out", tmp_path / "card.md"
    options = ["--data", str(data), "--out", str(out), "--card", str(page), "--count", "150", "--iterations", "8"]
    done = CliRunner().invoke(train, options)
    assert done.exit_code == 0, done.output
    assert "held-back templates" in page.read_text()
    record = json.loads((out / "provenance.json").read_bytes())
    assert set(record["outputs"]) == {"lists.bin", "weights.bin"}
    assert "phi-train/kiji-samples.jsonl.gz" in record["inputs"]
    scanner = NameScanner(Model.open(out))
    assert len(scanner.scan([Part(PartKind.TEXT, "text", "Maria")])) == 1


def test_quick_writes_no_card(data, tmp_path):
    options = ["--data", str(data), "--out", str(tmp_path / "out"), "--count", "60", "--iterations", "3", "--quick"]
    assert CliRunner().invoke(train, options).exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["lists.bin", "provenance.json", "weights.bin"]
