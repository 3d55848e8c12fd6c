"""The cover as PDF says what the page says. Its text is read out of its uncompressed pages."""

import html
import re
import sys

import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.events import ProcessStopped, build
from asepsis.infra.timestamps import Stamp
from asepsis.ledger.evidence import bag
from asepsis.ledger.evidence.claim import Claim, Filter
from asepsis.ledger.evidence.cover import cover, facts
from asepsis.ledger.evidence.export import Wanted, export
from asepsis.ledger.evidence.paper import paper
from asepsis.ledger.evidence.verify import verify
from asepsis.ledger.tlog.checkpoints import Checkpoint

SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\) Tj")


def told(count, principal=""):
    entries = [build(ProcessStopped("x"), id=f"<{n}>", time=n, tenant="t").encode() for n in range(count)]
    asked = Filter(principal=principal)
    claim = Claim.of("o/<t>", 5, entries, asked=asked, before=(), proof=())
    stamp = Stamp(1_700_000_000_000, 1)
    return facts(claim, Checkpoint("o/<t>", 9000, bytes(32)), entries, opened=(None,), stamp=stamp)


def words(pdf):
    """Returns all words in the order they are shown."""
    pieces = [re.sub(rb"\\([()\\])", rb"\1", one) for one in SHOWN.findall(pdf)]
    return b" ".join(pieces).decode("cp1252").split()


def words_of_page(page):
    body = page.partition("<h1>")[2]
    return html.unescape(re.sub("<[^>]*>", " ", body)).split()


def test_it_says_what_the_page_says():
    one = told(3)
    assert "".join(words(paper(one))).replace("-", "") == "".join(words_of_page(cover(one).decode())).replace("-", "")


def test_many_events_take_many_pages_and_the_head_of_the_table_is_repeated():
    made = paper(told(1200))
    assert made.count(b"/Type /Page\n") > 10
    shown = words(made)
    assert {f"<{number}>" for number in range(5)} <= set(shown)
    assert shown.count("Decision") == made.count(b"/Type /Page\n")
    assert " ".join(shown).endswith("And 200 more.")


def test_what_no_font_has_is_written_as_its_number():
    assert "U+4E00" in "".join(words(paper(told(1, principal="\u4e00"))))


def test_it_is_the_same_each_time():
    assert paper(told(2)) == paper(told(2))


def test_it_goes_along_where_it_is_asked_for(folder):
    data = export(folder, Wanted(0, 10, pdf=True))
    assert bag.unpack(data)["cover.pdf"].startswith(b"%PDF-1.")
    assert verify(data).claim.end == 10
    assert "cover.pdf" not in bag.unpack(export(folder, Wanted(0, 10)))


def test_without_the_extra_it_says_which(monkeypatch):
    monkeypatch.setitem(sys.modules, "reportlab.lib.pagesizes", None)
    with pytest.raises(ConfigError, match="pdf"):
        paper(told(1))
