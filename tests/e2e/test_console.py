"""The console in a real browser: live, accessible, and usable with the keyboard alone."""

import asyncio

import msgspec
import pytest
from playwright.async_api import async_playwright

from asepsis.console.config import ConsoleConfig
from asepsis.console.service import create
from asepsis.console.toolservers import ToolServers
from asepsis.core.events import Mode, ToolCallOpened, build
from asepsis.core.types import Action, Count, Decision, DecisionInput, Kind, Purpose, Verdict
from asepsis.infra.serving import Server, listen
from asepsis.infra.telemetry.tail import Tails
from asepsis.ledger.reader import LogReader
from asepsis.ledger.store import Store
from asepsis.testing.calls import Calls
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.tools.standing import Kept, Standing, Told

pytestmark = [pytest.mark.browser]

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
FOCUS = "document.activeElement.closest('tr')?.id || document.activeElement.textContent.trim()"


class Site:
    """A console on a real port over a real ledger."""

    def __init__(self, root):
        self.store = Store(root, clock=ManualClock(), ids=SequentialIds())
        self.calls = Calls(seed=2)
        self.root = root
        self.stop = asyncio.Event()
        self.ready = True

    def notices(self):
        kept = [Kept("claims", f"tool_{number}", "unconfirmed") for number in range(22)]
        kept += [Kept("claims", "look_up_a_member_by_a_long_name_that_has_no_space_in_it", "drifted")]
        servers = (
            Standing("plan", 1_700_000_000_000, "expected status 200, got 502"),
            Standing("claims", 1_700_000_000_000, "", 1, tuple(kept), ("old",)),
        )
        return [msgspec.json.encode(Told(1_700_000_000_000, servers))]

    def write(self, *events):
        self.store.append("local", [event.encode() for event in events])

    async def start(self):
        listener = listen("console", "127.0.0.1", 0, tls=False)
        port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        config = ConsoleConfig(port=port, page=20)

        async def check():
            return self.ready

        application = create(
            config,
            self.root,
            "local",
            tails=Tails(lambda tenant: LogReader(self.root, tenant)),
            checks={"writer": check},
            metrics=lambda: (b"", "text/plain"),
            stop=self.stop,
            tools="http://127.0.0.1:8082/mcp",
            servers=ToolServers([(name, f"{name}.toml") for name in ("plan", "claims", "faxes")], self.notices),
        )
        self.serving = asyncio.ensure_future(Server(application, grace=2, lifespan="on").serve(listener, self.stop))

    async def end(self):
        self.stop.set()
        await asyncio.wait_for(self.serving, 15)
        self.store.close()


@pytest.fixture
async def site(tmp_path):
    site = Site(tmp_path / "ledger")
    await site.start()
    yield site
    await site.end()


@pytest.fixture
async def browser(chromium):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser):
    """A page on which any complaint of the browser is a failure."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


async def live(page):
    await page.locator("#state", has_text="Live").wait_for()


async def test_decisions_appear_live_and_change_where_they_stand(site, page):
    await page.goto(site.url)
    assert await page.get_by_text("Nothing was asked yet").is_visible()
    await live(page)
    opened = site.calls.opened(verdict=Verdict.TRANSFORM, found=(Count(Kind.SSN, 3),))
    site.write(opened)
    row = page.locator(f"#call-{opened.id}")
    await row.get_by_text("running").wait_for()
    assert not await page.get_by_text("Nothing was asked yet").is_visible()
    site.write(site.calls.closed(opened, found=(Count(Kind.NAME, 2),)))
    await row.get_by_text("completed").wait_for()
    text = " ".join((await row.text_content()).split())
    assert all(said in text for said in ("Masked", "care-notes", "SSN 3", "NAME 2"))
    assert await page.locator("tbody tr").count() == 1
    await page.locator("#summary dd", has_text="5").wait_for()


async def test_pause_holds_and_releases(site, page):
    await page.goto(site.url)
    await live(page)
    await page.get_by_role("button", name="Pause").click()
    assert await page.get_by_role("button", name="Pause").get_attribute("aria-pressed") == "true"
    opened = [site.calls.opened() for _ in range(3)]
    site.write(*opened)
    await page.locator("#state", has_text="Paused, 3 new").wait_for()
    assert await page.locator("tbody tr").count() == 0
    await page.get_by_role("button", name="Pause").click()
    await page.locator("tbody tr").nth(2).wait_for()
    ids = await page.locator("tbody tr").evaluate_all("rows => rows.map(row => row.id)")
    assert ids == [f"call-{one.id}" for one in reversed(opened)]


async def test_the_page_stays_bounded_and_the_newest_is_on_top(site, page):
    await page.goto(site.url)
    await live(page)
    for _ in range(4):
        site.write(*site.calls.story(20))
        await asyncio.sleep(0.3)
    last = site.calls.opened()
    site.write(last)
    await page.locator(f"#call-{last.id}").wait_for()
    assert await page.locator("tbody tr").count() == 20
    assert await page.locator("tbody tr").first.get_attribute("id") == f"call-{last.id}"


async def test_a_selection_shows_only_its_own(site, page):
    await page.goto(f"{site.url}/?show=denied")
    await live(page)
    for verdict in (Verdict.ALLOW, Verdict.DENY, Verdict.TRANSFORM):
        opened = site.calls.opened(verdict=verdict)
        site.write(opened, site.calls.closed(opened, verdict=verdict))
    await page.locator("tbody tr").first.wait_for()
    await page.locator("#summary dd", has_text="3").wait_for()
    assert await page.locator("tbody .verdict").all_inner_texts() == ["Denied"]


async def test_with_the_keyboard_alone(site, page):
    events = [site.calls.opened() for _ in range(3)]
    site.write(*events)
    await asyncio.sleep(0.3)
    await page.goto(site.url)
    await live(page)
    await page.keyboard.press("Tab")
    assert await page.locator(":focus").inner_text() == "Skip to the content"
    seen = []
    for _ in range(30):
        await page.keyboard.press("Tab")
        seen.append(await page.evaluate(FOCUS))
        if seen[-1].startswith("call-"):
            break
    assert seen[1:5] == ["Decisions", "Tools", "Readiness", "Metrics"]
    assert "Pause" in seen
    await page.keyboard.press("ArrowDown")
    focused = "document.activeElement.closest('tr')?.id"
    assert await page.evaluate(focused) == f"call-{events[1].id}"
    outline = await page.evaluate("getComputedStyle(document.activeElement, '::after').outlineStyle")
    assert outline == "solid"
    # The row under the focus is replaced by the server, and the focus stays.
    site.write(site.calls.closed(events[1]))
    await page.locator(f"#call-{events[1].id}", has_text="completed").wait_for()
    assert await page.evaluate(focused) == f"call-{events[1].id}"
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{site.url}/calls/{events[1].id}")
    assert await page.get_by_role("heading", name="What the decision was made from").is_visible()
    while await page.evaluate(FOCUS) != "← Decisions":
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{site.url}/")


async def test_without_scripts_the_page_is_whole(site, browser):
    opened = site.calls.opened(verdict=Verdict.DENY)
    site.write(opened, site.calls.closed(opened, verdict=Verdict.DENY))
    await asyncio.sleep(0.3)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(site.url)
    assert "Denied" in await page.locator("tbody").inner_text()
    assert not await page.get_by_role("button").is_visible()
    await page.get_by_role("link", name="Refresh").click()
    await page.locator("tbody a").click()
    assert opened.id in page.url
    await context.close()


async def test_who_of_the_servers_answers_and_what_is_kept_back_is_seen(site, page):
    await page.goto(f"{site.url}/tools")
    servers = page.get_by_role("region", name="Servers").get_by_role("row")
    said = [" ".join(text.split()) for text in await servers.all_inner_texts()]
    assert "plan Does not answer expected status 200, got 502, since 2023-11-14 22:13" in said[1]
    assert all(part in said[2] for part in ("Answers", "1 tool", "drifted", "tool_19 and 2 more", "gone", "old"))
    assert "tools diff claims.json claims.toml" in said[2]
    assert "Not known" in said[3]


async def test_readiness_that_changes_is_seen(site, page):
    await page.goto(site.url)
    await live(page)
    site.ready = False
    await page.locator("#health .bad").wait_for(timeout=15_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_nothing_that_axe_finds_stands_in_anyones_way(site, browser, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    opened = site.calls.opened(verdict=Verdict.DENY, mode=Mode.OBSERVE, found=(Count(Kind.SECRET, 1),))
    page = await browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    )
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], "resultTypes": ["violations"]}
    found = []
    await page.goto(site.url)
    found.append((await axe.run(page, options=options)).response["violations"])
    site.write(*site.calls.story(40), opened, site.calls.closed(opened))
    await page.locator("tbody tr").first.wait_for()
    await page.goto(f"{site.url}/tools")
    found.append((await axe.run(page, options=options)).response["violations"])
    question = DecisionInput("local", Action.TOOL_CALL, "svc-agent", "agents", Purpose.UNSTATED, "mcp")
    decision = Decision(Verdict.ASK, "the call is nothing that the user's words ask for", ("flow.intent",), "b")
    doubts = ("argument `recipient` comes from result 1 of `plan__list_faxes` result[1].body, untrusted",)
    said = ToolCallOpened(
        "s", "agents", "plan", "send_email", Mode.ENFORCE, decision, question, "d", doubts, untrusted=True
    )
    site.write(build(said, id="t1", time=1, tenant="local", principal="svc-agent", verdict=Verdict.ASK))
    await asyncio.sleep(1)
    for path in ("/", f"/calls/{opened.id}", "/calls/none", "/tools"):
        await page.goto(f"{site.url}{path}")
        found.append((await axe.run(page, options=options)).response["violations"])
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    said = [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for page in found for one in page]
    assert said == []
