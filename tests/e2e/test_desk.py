"""The console's desk in a real browser: signing in by a real provider, the lab's, and approvals by keyboard alone."""

import asyncio
import re
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import openai
import pytest
from playwright.async_api import async_playwright
from tests.e2e.conftest import free_ports

pytestmark = [pytest.mark.browser]

MANIFESTS = Path(__file__).parents[2] / "examples" / "manifests" / "records.toml"

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
MODEL = "lab-assistant"
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
  {{ group = "g-member-services", role = "member-services" }},
  {{ group = "g-reviewers", role = "licensed-reviewer" }},
]
[policy]
bundle = "{bundle}"
unsigned = true
[tools]
port = {tools}
[[tools.servers]]
name = "records"
command = ["python", "-m", "asepsis.lab.records"]
manifests = "{manifests}"
[console.sign_in]
issuer = "lab"
client_id = "asepsis-console"
[[console.access]]
role = "auditor"
[[console.access]]
role = "licensed-reviewer"
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
def system(make_system, eventually):
    """A system with the starter's policies, whose approvers sign in; it knows the keys of their provider."""
    system = make_system()
    bundle = system.file.parent / "policies"
    system.run("policy", "new", str(bundle))
    text = system.file.read_text().replace('anonymous = "demo"\n', 'anonymous = "demo"\nrefresh_seconds = 1\n')
    (system.tools,) = free_ports(1)
    more = MORE.format(lab=system.lab, bundle=bundle, tools=system.tools, manifests=MANIFESTS)
    system.file.write_text(text + more)
    system.start()
    ready = f"http://127.0.0.1:{system.console}/readyz"
    eventually(15, lambda: httpx.get(ready).status_code == 200)
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


@pytest.fixture
def ask(system):
    """Asks the lab's model through the gateway as one of its users; returns what was said."""

    def make(text, user="rep"):
        form = {"grant_type": "client_credentials", "client_id": user}
        token = httpx.post(f"http://127.0.0.1:{system.lab}/issuer/token", data=form).json()["access_token"]
        with openai.OpenAI(base_url=f"http://127.0.0.1:{system.gateway}/v1", api_key=token, max_retries=0) as client:
            messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]
            try:
                return (
                    client.chat.completions.create(model="lab-assistant", messages=messages).choices[0].message.content
                )
            except openai.PermissionDeniedError as error:
                return error.body["message"]

    return make


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


HIV = "The patient is HIV positive, MRN 7122250, SSN 123-45-6789."
WIDER = """[...document.querySelectorAll('main *, header *')]
  .filter(e => !e.closest('.scroll, .visually-hidden') && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.outerHTML.slice(0, 90))"""
COVERED = """(() => {
  const focused = document.activeElement, bar = document.querySelector('.answer');
  if (bar.contains(focused) || focused === document.body) return '';
  const here = focused.getBoundingClientRect(), over = bar.getBoundingClientRect();
  return here.top < over.top ? '' : focused.outerHTML.slice(0, 90);
})()"""
FOCUS = "(({textContent, name, id}) => textContent.trim() || name || id)(document.activeElement)"


async def test_an_approval_by_keyboard_alone(ask, context, url):
    waits = await asyncio.to_thread(ask, HIV)
    (case,) = re.findall(r"approval ([0-9a-f-]{36}) is asked for", waits)
    page = await context.new_page()
    await page.goto(f"{url}/approvals")
    press = page.keyboard.press
    await to(page, "with a second factor", "mfa")
    await press("Space")
    await to(page, "privacy g-privacy")
    await press("Enter")
    await page.locator("#keys-hint").wait_for()
    await press("?")
    assert await page.get_by_role("dialog", name="Keys").is_visible()
    await press("Escape")
    assert not await page.get_by_role("dialog", name="Keys").is_visible()
    for _ in range(40):
        await press("j")
        if await page.evaluate("document.activeElement.closest('li')?.id") == f"case-{case}":
            break
    assert await page.evaluate("getComputedStyle(document.activeElement, '::after').outlineStyle") == "solid"
    await press("Enter")
    await page.get_by_role("heading", name="Your answer").wait_for()
    said = await page.locator("main").inner_text()
    for one in ("lab:rep", "HIV", "SSN", "messages[1].content", "the user", "0 of 1", "any approver"):
        assert one in said
    assert "123-45-6789" not in said
    assert "positive" not in said
    await page.locator("#keys-hint").wait_for()
    await press("a")
    assert await page.evaluate(FOCUS) == "reason"
    assert await page.locator("#chosen").inner_text() == "Enter approves"
    await page.keyboard.type("care plan of this week")
    await press("Enter")
    await page.get_by_text("Your answer is put to case").wait_for()
    assert "MRN" in await asyncio.to_thread(ask, HIV)  # through once
    assert "is asked for" in await asyncio.to_thread(ask, HIV)


@pytest.fixture
def decide(system):
    """Decides an authorisation as a reviewer's agent; returns what it is told."""

    def make(**arguments):
        form = {"grant_type": "client_credentials", "client_id": "reviewer"}
        token = httpx.post(f"http://127.0.0.1:{system.lab}/issuer/token", data=form).json()["access_token"]
        params = {"name": "records__decide_authorization", "arguments": {"reason": "as Ann Lee asked"} | arguments}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.post(f"http://127.0.0.1:{system.tools}/mcp", json=body, headers=headers)
        return answer.json()["result"]["content"][0]["text"]

    return make


async def test_who_may_answer_sees_what_decides_a_call_and_none_of_its_words(system, decide, context, url, eventually):
    told = await asyncio.to_thread(lambda: decide(authorization_id="PA-77\u202e", decision="deny"))
    (case,) = re.findall(r"approval ([0-9a-f-]{36}) is asked for", told)
    seen = {}
    for user, mfa in (("audit", False), ("privacy", False), ("privacy", True)):
        await context.clear_cookies()
        page = await context.new_page()
        await sign_in(page, f"{url}/approvals/{case}", user, mfa=mfa)
        await page.set_viewport_size({"width": 1280, "height": 720})
        parts = await page.locator("section", has=page.locator("#parts-title")).bounding_box()
        assert parts["y"] + parts["height"] < (await page.locator(".answer").bounding_box())["y"]
        seen[user, mfa] = await page.locator("main").inner_text()
        assert "Ann Lee" not in seen[user, mfa]
    assert [who for who, said in seen.items() if "PA-77" in said] == [("privacy", True)]
    assert "PA-77\\u202e" in seen["privacy", True]
    assert eventually(5, lambda: [shown.case for _, shown in system.events("approval.shown")].count(case) == 1)
    assert b"PA-77" not in b"".join(one.read_bytes() for one in system.state.rglob("*") if one.is_file())


async def test_a_call_that_is_like_one_before_stands_within_its_page(decide, context, url):
    page = await context.new_page()
    for number in (78, 79):
        told = await asyncio.to_thread(lambda at=number: decide(authorization_id=f"PA-{at}", decision="deny"))
        (case,) = re.findall(r"approval ([0-9a-f-]{36}) is asked for", told)
        if number == 78:
            await sign_in(page, f"{url}/approvals/{case}", "privacy", mfa=True)
            await page.get_by_label("Reason").fill("not this one")
            await page.get_by_role("button", name="Deny").click()
            await page.get_by_text("Your answer is put to case").wait_for()
    await page.goto(f"{url}/approvals/{case}")
    section = page.locator("section", has=page.get_by_role("heading", name="Different from the last one"))
    assert "others: authorization_id" in await section.inner_text()
    assert await page.evaluate(WIDER) == []


async def test_without_scripts_and_without_a_second_factor(ask, context, chromium, url):
    (case,) = re.findall(r"approval ([0-9a-f-]{36}) is asked", await asyncio.to_thread(ask, f"{HIV} Once more."))
    plain = await context.browser.new_context(java_script_enabled=False)
    page = await plain.new_page()
    await sign_in(page, f"{url}/approvals", "privacy")
    await page.locator(f"#case-{case} .open").click()
    assert not await page.get_by_label("Reason").is_visible()
    await page.get_by_role("link", name="Show who you are").click()
    assert await page.get_by_label("with a second factor").is_checked()
    await page.get_by_role("button", name="privacy").click()
    await page.get_by_label("Reason").fill("not for this purpose")
    await page.keyboard.press("Tab")
    assert await page.evaluate(FOCUS) == "Deny"
    await page.keyboard.press("Enter")
    await page.get_by_text("Your answer is put to case").wait_for()
    assert "was denied" in await asyncio.to_thread(ask, f"{HIV} Once more.")
    await plain.close()


async def test_who_may_look_answers_nothing(ask, context, url):
    assert "is asked for" in await asyncio.to_thread(ask, f"{HIV} Look.")
    page = await context.new_page()
    await sign_in(page, f"{url}/approvals", "auditor", mfa=True)
    await page.locator(".case .open").first.click()
    assert await page.get_by_text("You can't answer this case: you may look and not approve.").is_visible()
    assert not await page.get_by_role("button", name="Deny").is_visible()


async def test_broken_glass_works_within_seconds_is_told_and_reviewed_by_somebody_else(
    system, ask, context, url, eventually
):
    emergency = f"{HIV} Emergency."
    assert "is asked for" in await asyncio.to_thread(ask, emergency, "reviewer")
    page = await context.new_page()
    await sign_in(page, f"{url}/access", "reviewer", mfa=True)
    card = page.locator("section", has=page.get_by_role("heading", name="Break the glass"))
    await card.get_by_label("Reason").fill("a patient is in danger and nobody is there")
    await card.get_by_role("button", name="Break the glass").click()
    await page.get_by_text("glass broken").wait_for()
    said = ""
    for _ in range(50):
        said = await asyncio.to_thread(ask, emergency, "reviewer")
        if "MRN" in said:
            break
        await asyncio.sleep(0.1)
    assert "MRN" in said
    assert "SSN]" in said  # what is masked stays masked
    await page.get_by_role("button", name="End").click()
    await page.get_by_text("somebody else has to review it").wait_for()
    for _ in range(50):
        if "is asked for" in await asyncio.to_thread(ask, emergency, "reviewer"):
            break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError("it never ended")
    await context.clear_cookies()
    await sign_in(page, f"{url}/access", "privacy", mfa=True)
    await page.get_by_label("Reason").first.fill("looked at, it was right")
    await page.get_by_role("button", name="It was right, close it", exact=True).click()
    await page.get_by_text("Nothing.").wait_for()
    for kind in ("breakglass.opened", "access.ended", "breakglass.reviewed"):
        assert await asyncio.to_thread(eventually, 5, lambda of=kind: system.events(of))
    behind = [opened for _, opened in system.events("gateway.call.opened") if opened.input.elevations]
    assert behind[-1].input.elevations[0].principal == "lab:reviewer"
    assert "seal:on" in behind[-1].decision.duties


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
async def test_axe_finds_nothing_at_the_desk(ask, context, url, scheme, width, tmp_path):
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    browser = await context.browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True
    )
    page = await browser.new_page()
    for word in ("this", "that"):
        await asyncio.to_thread(ask, f"{HIV} {scheme} {width} {word}")
    await page.goto(f"{url}/sign-in/back")
    found = [await violations(axe, page)]
    await sign_in(page, f"{url}/approvals", "privacy", mfa=True)
    await page.locator(".case .open").first.click()
    await page.get_by_label("Reason").fill("as agreed")
    await page.get_by_role("button", name="Approve").click()
    await page.get_by_role("link", name="Look at it").click()
    await page.get_by_label("Reason").fill("every week")
    await page.get_by_role("button", name="Propose it").click()
    cases = [await page.locator(f"{where} a").first.get_attribute("href") for where in (".case", ".settled")]
    for path in ("/access", "/approvals", *cases):
        await page.goto(f"{url}{path}")
        if path != "/access":
            await page.locator("#keys-hint").wait_for()
        await page.keyboard.press("?")
        found.append(await violations(axe, page))
        await page.keyboard.press("Escape")
        found.append(await violations(axe, page))
        assert await page.evaluate(WIDER) == [], path
    await browser.close()
    assert [one for page_found in found for one in page_found] == []


@pytest.mark.parametrize(("width", "height", "stays"), [(1280, 720, True), (360, 640, True), (360, 320, False)])
async def test_an_answer_is_at_hand_without_scrolling_and_hides_no_focus(ask, context, url, width, height, stays):
    await asyncio.to_thread(ask, f"{HIV} {width} {height}")
    page = await context.new_page()
    await page.set_viewport_size({"width": width, "height": height})
    await sign_in(page, f"{url}/approvals", "privacy", mfa=True)
    await page.locator(".case .open").first.click()
    await page.locator("#keys-hint").wait_for()
    for shown in (page.get_by_label("Reason"), page.get_by_role("button", name="Deny"),
                  page.get_by_role("button", name="Approve")):  # fmt: skip
        box = await shown.bounding_box()
        assert (box["y"] + box["height"] <= height) is stays
    assert await page.evaluate("scrollY") == 0
    if not stays:  # where a page is magnified a bar that stays would leave no room to read
        return
    assert (await page.locator(".answer").bounding_box())["height"] < height / 3
    await page.evaluate("document.getElementById('main').focus()")
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await page.evaluate(COVERED) == "", await page.evaluate(FOCUS)
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    bar, end = await page.locator(".answer").bounding_box(), await page.locator(".columns").bounding_box()
    assert end["y"] + end["height"] <= bar["y"]


async def violations(axe, page):
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], "resultTypes": ["violations"]}
    said = (await axe.run(page, options=options)).response["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in said]


async def to(page, *names):
    """Goes on with Tab until what has the focus is one of those names."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate(FOCUS) in names:
            return
    raise AssertionError(f"the keyboard never comes to {names}")


def test_who_may_answer_no_more_is_refused_within_seconds(system, url, eventually):
    form = {"grant_type": "client_credentials", "client_id": "director"}
    token = httpx.post(f"http://127.0.0.1:{system.lab}/issuer/token", data=form).json()["access_token"]

    def asked():
        try:
            return httpx.get(f"{url}/api/v1/approvals", headers={"authorization": f"Bearer {token}"}).status_code
        except httpx.TransportError:
            return 0

    assert asked() == 200
    text = system.file.read_text()
    access = '[[console.access]]\nrole = "director"\nmay = "approve"\ngroups = ["medical-directors"]\n'
    assert access in text
    system.file.write_text(text.replace(access, ""))
    assert eventually(15, lambda: asked() == 403)
    system.file.write_text(text)
    assert eventually(15, lambda: asked() == 200)
