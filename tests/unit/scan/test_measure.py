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
    assert any(line.split()[:4] == ["MRN", "1", "1", "1.000"] for line in lines)
    assert any(line.split()[:4] == ["OTHER_ID", "1", "0", "0.000"] for line in lines)
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


def test_a_line_that_is_too_long_is_one_line(file):
    file.write_bytes(b'{"id":9,"text":"' + b"x" * (17 << 20) + b'"}\n' + file.read_bytes() + b"oops\n")
    done = CliRunner().invoke(measure, [str(file), "--rules-only"])
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [" line 1", " line 5"]


def test_the_page_holds_figures_and_nothing_of_the_texts(file, tmp_path):
    page = tmp_path / "page.html"
    file.write_text(file.read_text() * 11 + "oops\n")
    done = CliRunner().invoke(measure, [str(file), "--report", str(page)])
    assert done.exit_code == 1
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    html = page.read_text()
    for piece in ("unit=icu", "66.7 %", "1 line of the file could not be read", "of 11 texts without an identifier"):
        assert piece in html
    for word in ("Gonzalez", "7122250", "zqxv", "metformin", str(file)):
        assert word not in html


def test_a_place_that_cannot_be_written_to_is_said(file, tmp_path):
    done = CliRunner().invoke(measure, [str(file), "--rules-only", "--report", str(tmp_path / "none" / "page.html")])
    assert done.exit_code == 1
    assert done.stderr.endswith("expected a place that can be written to\n")
    assert "Traceback" not in done.stderr
