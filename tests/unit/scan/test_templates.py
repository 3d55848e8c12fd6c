"""The page of figures, as a browser shows it."""

import pytest

from asepsis.core.types import Kind
from asepsis.scan.measuring import Annotated, Mark, outcome
from asepsis.scan.scorecard import Head, render


@pytest.fixture
def page(tmp_path):
    outcomes = []
    for at, kind in enumerate([*Kind] * 12):
        text = Annotated(
            str(at), "Maria Gonzalez and more", (Mark(0, 14, kind.value),), (f"unit={'long' * 8}{at % 3}",)
        )
        outcomes.append(outcome(text, [Mark(0, 14, kind.value), Mark(15, 18, kind.value)][: at % 3]))
        outcomes.append(outcome(Annotated("c", "clean", ()), [Mark(0, 5, "GEO")][: at % 2]))
    path = tmp_path / "scorecard.html"
    head = Head("Rules and the model of names that comes with them", "0.1", "2026-11-26 02:00 UTC", 3)
    path.write_text(render(head, outcomes), encoding="utf-8")
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
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found = Axe().run(tab)
        tab.set_viewport_size({"width": 700, "height": 900})
        tab.emulate_media(media="print")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), "on paper"
        browser.close()
    assert [one["id"] for one in found.response["violations"]] == []
