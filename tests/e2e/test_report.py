"""The observe report from end to end: real traffic that passes untouched, and a page that anyone can read."""

import pytest
from playwright.async_api import async_playwright

from asepsis.core.events import Mode
from asepsis.gateway.report import pages
from asepsis.gateway.report.tables import report
from asepsis.gateway.report.tally import Tally
from asepsis.testing.calls import Calls

SSN = "123-45-6789"
OBSERVED = '[gateway]\nobserve = ["demo"]\n'
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]


def test_observed_traffic_passes_untouched_and_the_report_says_what_would_have_been(make_system, eventually):
    system = make_system()
    system.file.write_text(system.file.read_text().replace("[gateway]\n", OBSERVED, 1))
    system.start()
    ask = [{"role": "user", "content": f"My SSN is {SSN}."}]
    with system.openai() as client:
        whole = client.chat.completions.create(model="lab-assistant", messages=ask)
        chunks = list(client.chat.completions.create(model="lab-assistant", messages=ask, stream=True))
    assert SSN in whole.choices[0].message.content
    assert SSN in "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    page = system.state / "report.html"
    done = system.run("report", "observe", "--config", str(system.file), "-o", str(page))
    assert done.returncode == 0, done.stderr
    printed = system.run("report", "--config", str(system.file), "observe")
    assert "0 of 2 calls would have been denied and 2 would have gone through with 4 ident" in printed.stdout
    for line in ("| demo | 2 | 0 | 0.0 | 2 | 100.0 | 0 | 4 |", "| SSN | 4 | 2 | 2 | 0 | 0 | 4 | 0 | 0 |"):
        assert line in printed.stdout
    assert SSN not in printed.stdout + page.read_text()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_nothing_that_axe_finds_stands_in_anyones_way(tmp_path, chromium, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    calls, tally = Calls(seed=5), Tally()
    for event in (*calls.story(300), calls.opened(mode=Mode.OBSERVE)):
        tally.take(event.encode())
    file = tmp_path / "report.html"
    file.write_text(pages.html(report(tally, tenant="local")))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        await page.goto(file.as_uri())
        await page.locator("summary").click()
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
        found = (await axe.run(page, options=options)).response["violations"]
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await browser.close()
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found] == []
