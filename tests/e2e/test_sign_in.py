"""Signing in to the console in a real browser, by a real provider: the lab's."""

import asyncio
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.async_api import async_playwright

pytestmark = [pytest.mark.browser]

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
MORE = """
[[identity.issuers]]
name = "lab"
issuer = "http://127.0.0.1:{lab}/issuer"
audience = "asepsis"
jwks = "http://127.0.0.1:{lab}/issuer/jwks.json"
application = "demo"
roles = [
  {{ group = "g-privacy", role = "privacy" }},
  {{ group = "g-directors", role = "director" }},
  {{ group = "g-audit", role = "auditor" }},
]
[console.sign_in]
issuer = "lab"
client_id = "asepsis-console"
[[console.access]]
role = "auditor"
[[console.access]]
role = "privacy"
may = "approve"
groups = ["privacy-office"]
[[console.access]]
role = "director"
may = "approve"
groups = ["medical-directors"]
"""


@pytest.fixture(scope="module")
def system(make_system):
    system = make_system()
    text = system.file.read_text().replace(
        '[identity]\nanonymous = "demo"\n', '[identity]\nanonymous = "demo"\nrefresh_seconds = 1\n'
    )
    system.file.write_text(text + MORE.format(lab=system.lab))
    system.start()
    return system


@pytest.fixture
async def context(chromium):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = await browser.new_context()
        context.set_default_timeout(10_000)
        yield context
        await browser.close()


@pytest.fixture
def url(system):
    return f"http://127.0.0.1:{system.console}"


async def sign_in(page, url, user, *, mfa=False):
    """Signs in as a sample user of the lab."""
    await page.goto(url)
    if mfa:
        await page.get_by_label("with a second factor").check()
    await page.get_by_role("button", name=user).click()


async def test_who_signs_in_sees_what_they_asked_for_and_leaves(system, context, url):
    page = await context.new_page()
    await sign_in(page, f"{url}/?show=denied", "auditor")
    await page.wait_for_url(f"{url}/?show=denied")
    assert await page.locator(".person").inner_text() == "lab:auditor\nSign out"
    (cookie,) = await context.cookies(url)
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (
        "asepsis-session", True, "Lax", "/",
    )  # fmt: skip
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("heading", name="You are signed out here").wait_for()
    assert await context.cookies(url) == []
    async with httpx.AsyncClient(cookies={cookie["name"]: cookie["value"]}) as client:
        assert (await client.get(url)).status_code == 401


async def test_without_a_role_there_is_nothing_to_see(context, url):
    page = await context.new_page()
    await sign_in(page, url, "engineer")
    await page.get_by_role("heading", name="There is nothing here for you").wait_for()
    assert await page.get_by_text("lab:engineer").count() == 2


async def test_the_provider_ends_a_session(system, context, url):
    page = await context.new_page()
    await sign_in(page, url, "auditor")
    await page.wait_for_url(f"{url}/")
    await page.locator("#state", has_text="Live").wait_for()
    other = await context.new_page()
    await other.goto(f"http://127.0.0.1:{system.lab}/issuer/logout")
    await page.locator("#state", has_text="Reconnecting").wait_for()
    await page.reload()
    await page.get_by_role("heading", name="Sign in to the lab").wait_for()
    ended = await asyncio.to_thread(lambda: _left(system))
    assert ended[-1] == "provider"


def _left(system):
    deadline = time.monotonic() + 5
    while not (found := [payload.why for _, payload in system.events("console.left")]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


async def test_an_answer_to_somebody_elses_sign_in_is_refused(context, url):
    """A link that would sign the victim in as the attacker: the state is not the victim's."""
    page = await context.new_page()
    await page.goto(url)
    asked = parse_qs(urlsplit(page.url).query)
    await page.goto(f"{url}/sign-in/back?code=stolen&state={asked['state'][0]}x")
    await page.get_by_role("heading", name="Signing in did not work").wait_for()
    assert "asepsis-session" not in {one["name"] for one in await context.cookies(url)}


@pytest.mark.parametrize(
    ("path", "status"), [("/healthz", 200), ("/readyz", 200), ("/metrics", 401), ("/", 401), ("/events", 401)]
)
async def test_what_a_stranger_gets(url, path, status):
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{url}{path}")).status_code == status
