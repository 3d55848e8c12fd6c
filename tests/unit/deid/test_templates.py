"""The report's page, as a browser shows it."""

from collections import Counter
from pathlib import Path

import pytest

from asepsis.core.types import Kind
from asepsis.deid.files import Done
from asepsis.deid.profiles import read_profiles
from asepsis.deid.report import Head, render
from asepsis.deid.residue import Residue
from asepsis.deid.risk import Risk
from asepsis.deid.text import Clean, Span


@pytest.fixture
def page(tmp_path):
    residue = Residue(show=1000)
    residue.add(Clean("a [SSN] " + "long" * 60, (), (Span(2, 7, Kind.SSN),)))
    files = [
        Done(
            Path("a" * 90 + ".csv"),
            "csv",
            Path("out/a.csv"),
            Counter(dict.fromkeys(Kind, 10)),
            Counter(),
            Risk(("zip",), 9, 3, 1, 2, 1000, 333),
            residue,
        ),
        Done(Path("b.txt"), "text", None, Counter(), Counter(), None, None, "b.txt: expected text in utf-8"),
    ]
    head = Head(read_profiles()["safe-harbor"], "", "", "0.1", "2026-11-26 02:00 UTC")
    path = tmp_path / "report.html"
    path.write_text(render(head, files), encoding="utf-8")
    return path


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (360, "dark")])
def test_the_page_fits_its_window_and_is_accessible(page, chromium, width, scheme):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
        tab.goto(page.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found = Axe().run(tab)
        browser.close()
    assert [one["id"] for one in found.response["violations"]] == []
