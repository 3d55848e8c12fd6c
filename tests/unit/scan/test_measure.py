"""The command that measures, on annotated texts."""

import json
import stat

import pytest
from click.testing import CliRunner

from asepsis.scan.measure import measure

ROWS = [
    {"id": 1, "text": "Pt Maria Gonzalez, MRN 7122250.", "spans": [[3, 17, "NAME"], [23, 30, "MRN"]], "unit": "icu"},
    {"id": 2, "text": "What is the dose of metformin?", "spans": [], "unit": "ed"},
    {"id": 3, "text": "The zqxv is annotated for no reason.", "spans": [[4, 8, "OTHER_ID"]], "unit": "ed"},
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "texts.jsonl"
    rows = [
        row | {"spans": [{"start": start, "end": end, "kind": kind} for start, end, kind in row["spans"]]}
        for row in ROWS
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    return path


def test_recall_per_slice_and_kind_without_a_word_of_the_texts(file):
    done = CliRunner().invoke(measure, [str(file)])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[1].split()[:4] == ["all", "3", "3", "0.667"]
    assert any(line.startswith("unit=icu") and " 1.000 " in line for line in lines)
    assert any(line.split() == ["MRN", "1", "1.000"] for line in lines)
    assert "Gonzalez" not in done.output


def test_the_error_listing_is_for_its_owner_alone(file, tmp_path):
    path = tmp_path / "errors.jsonl"
    done = CliRunner().invoke(measure, [str(file), "--errors", str(path)])
    assert "holds PHI" in done.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (error,) = map(json.loads, path.read_text().splitlines())
    assert (error["id"], error["how"], error["text"], error["before"]) == ("3", "missed", "zqxv", "The ")


def test_a_line_that_cannot_be_read_is_named_and_the_rest_goes_on(file):
    bad = '{"id": 4, "text": "x", "spans": [{"start": 0, "end": 9}]}\nnot json\n'
    file.write_text(bad + file.read_text())
    done = CliRunner().invoke(measure, [str(file), "--rules-only"])
    assert done.exit_code == 1
    assert "line 1" in done.stderr
    assert "line 2" in done.stderr
    assert done.stdout.splitlines()[1].split()[:3] == ["all", "3", "3"]
