"""Both formats: complete, escaped, and self-contained."""

import re
from html.parser import HTMLParser

import pytest

from asepsis.core.events import Mode
from asepsis.core.types import Count, Kind, Verdict
from asepsis.gateway.report import pages
from asepsis.gateway.report.tables import report
from asepsis.gateway.report.tally import Tally
from asepsis.testing.calls import Calls

EVIL = "<script>alert(1)</script>|`x`"


@pytest.fixture
def made():
    calls = Calls()
    tally = Tally()
    opened = calls.opened(mode=Mode.OBSERVE, application=EVIL, found=(Count(Kind.SSN, 1),), verdict=Verdict.TRANSFORM)
    for event in (opened, calls.closed(opened)):
        tally.take(event.encode())
    return report(tally, tenant="local")


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_the_page_loads_nothing_and_runs_nothing(made):
    page = pages.html(made)
    tags = Tags()
    tags.feed(page)
    assert {"script", "link", "img", "iframe"} & {tag for tag, _ in tags.seen} == set()
    assert not re.search(r"url\(|@import|https?://", page)


def test_names_are_escaped_in_both_formats(made):
    assert EVIL not in pages.html(made)
    assert "&lt;script&gt;" in pages.html(made)
    rows = [line for line in pages.markdown(made).splitlines() if "alert" in line]
    assert rows
    for row in rows:
        assert "<script>" not in row
        assert re.search(r"(?<!\\)`", row) is None


def test_each_table_has_a_caption_and_heads_with_a_scope(made):
    tags = Tags()
    tags.feed(pages.html(made))
    names = [tag for tag, _ in tags.seen]
    assert names.count("caption") == names.count("table") > 5
    assert all(attributes.get("scope") in ("row", "col") for tag, attributes in tags.seen if tag == "th")


def test_markdown_tables_are_whole(made):
    lines = pages.markdown(made).splitlines()
    for number, line in enumerate(lines):
        if line.startswith("| ---"):
            width = line.count(" | ")
            assert lines[number - 1].count(" | ") == width
            assert len(re.findall(r"(?<!\\) \| ", lines[number + 1])) == width


def test_both_formats_say_the_same_sentence(made):
    assert made.verdict in pages.markdown(made)
    assert made.verdict in pages.html(made)
