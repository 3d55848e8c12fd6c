"""The report: one page that needs nothing else, holds no original, and escapes what it shows."""

import re
from collections import Counter
from pathlib import Path

import pytest

from asepsis.core.types import Kind
from asepsis.deid.files import Done
from asepsis.deid.profiles import read_profiles
from asepsis.deid.report import Head, Segment, render, segments
from asepsis.deid.residue import Residue
from asepsis.deid.risk import Risk
from asepsis.deid.text import Clean, Span

HEAD = Head(read_profiles()["limited-data-set"], "DUA 7", "", "0.1", "2026-11-26 02:00 UTC")
CLEAN = Clean("a <b> [SSN] b ", (), (Span(6, 11, Kind.SSN), Span(13, 13, Kind.URL)))


def done(name, error="", risk=None, show=0):
    residue = Residue(show=show)
    residue.add(CLEAN)
    counts = Counter() if error else Counter({Kind.SSN: 3, Kind.NAME: 5})
    return Done(Path(name), "text", None if error else Path("out") / name, counts, Counter(), risk, residue, error)


def test_a_page_says_what_was_replaced_and_what_failed():
    page = render(HEAD, [done("a.txt"), done("b.txt", error="b.txt: line 7: expected JSON")])
    for said in ("limited-data-set", "164.514(e)", "DUA 7", "a.txt", "line 7: expected JSON", "NAME 5", "SSN 3"):
        assert said in page


def test_a_page_needs_nothing_from_elsewhere_and_runs_nothing():
    page = render(HEAD, [done("a.txt")])
    assert "default-src 'none'" in page
    assert not re.search(r"<script|src=|href=|url\(|@import", page)


def test_text_is_shown_only_where_it_is_wanted_and_is_escaped():
    assert "De-identified text" not in render(HEAD, [done("a.txt")])
    page = render(HEAD, [done("a.txt", show=100)])
    assert '<pre>a &lt;b&gt; <mark title="SSN">[SSN]</mark> b<mark title="URL"></mark> </pre>' in page


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>.txt', "a&b.txt"])
def test_names_of_files_are_escaped(name):
    page = render(HEAD, [done(name)])
    assert "<script" not in page


def test_the_risk_of_a_table_of_people_says_so():
    page = render(HEAD, [done("t.csv", risk=Risk(("zip",), 400, 90, 1, 12, 1000, 225, people=True))])
    assert "people that are unique" in page
    assert "A person of many rows counts once." in page


def test_the_risk_of_a_table_is_shown():
    page = render(HEAD, [done("t.csv", risk=Risk(("zip", "dob"), 400, 90, 1, 12, 1000, 225))])
    assert "zip, dob" in page
    assert "100.0 %" in page
    assert "22.5 %" in page


def test_a_run_that_found_nothing_has_a_page():
    empty = Done(Path("a.txt"), "text", Path("b"), Counter(), Counter(), None, Residue())
    assert "Nothing was found." in render(HEAD, [empty])
    assert "Nothing was found." in render(HEAD, [])


def test_segments_are_the_text():
    pieces = list(segments(CLEAN))
    assert "".join(piece.text for piece in pieces) == CLEAN.text
    assert pieces[1:3] == [Segment("[SSN]", "SSN"), Segment(" b")]
