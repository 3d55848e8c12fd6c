"""The verifier for the browser, in one, beside the one-file verifier: over good bundles and tampered ones."""

import base64
import contextlib
import datetime as dt
import json
import random

import pytest

from asepsis.infra.timestamps import ask
from asepsis.ledger.evidence import bag, standalone
from asepsis.ledger.evidence.claim import Filter
from asepsis.ledger.evidence.export import Wanted, export
from asepsis.ledger.evidence.page import page as made
from asepsis.ledger.publish import CHECKPOINT
from asepsis.ledger.signing import VKEYS
from asepsis.ledger.stamps import Stamped, keep
from asepsis.testing.authority import OPENSSL, TimestampAuthority
from asepsis.testing.keys import NamedKeys

pytestmark = pytest.mark.browser

CHECK = """async ([files, vkeys]) => {
    try { return await check(files, vkeys); } catch (error) {
        if (error instanceof Refused) return null;
        throw error;
    }
}"""
LARGE = (1 << 32) + 300  # no bit operator of the language goes so far


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def tab(browser, tmp_path):
    def opening(files, **how):
        path = tmp_path / "verify.html"
        path.write_bytes(made(files))
        opened = browser.new_page(**how)
        requests = []
        opened.on("request", lambda request: requests.append(request.url))
        opened.goto(path.as_uri())
        opened.wait_for_function("document.getElementById('verdict').textContent !== 'Checking …'")
        assert requests == [path.as_uri()]
        return opened

    return opening


def payload(data):
    return {name: one for name, one in bag.unpack(data).items() if name.startswith("data/")}


def both(tab, files, vkeys):
    """Returns what both verifiers say; they have to say the same. The browser's has no ML-DSA-44."""
    theirs = None
    with contextlib.suppress(standalone.Refused):
        theirs = standalone.check(files, vkeys)
    copies = {name: base64.b64encode(data).decode() for name, data in files.items()}
    ours = tab.evaluate(CHECK, [copies, vkeys.decode()])
    assert (ours is None) == (theirs is None)
    if ours:
        assert [ours[name] for name in ("start", "end", "selected", "size")] == [
            theirs[name] for name in ("start", "end", "selected", "size")
        ]
    return ours


def test_both_show_what_was_opened_and_refuse_what_was_changed(sealed, tampered, tab):
    folder, bodies = sealed
    files, vkeys = payload(export(folder, Wanted(opened=bodies))), (folder / VKEYS).read_bytes()
    opened = tab(files)
    assert "Opened of entry 1, messages[0] (user): Maria Gonzalez, metformin" in opened.inner_text("#found")
    found = both(opened, files, vkeys)["opened"]
    assert found == standalone.check(files, vkeys)["opened"]
    assert len(found) == 7
    listed = json.loads(files["data/opened.json"])
    for what, wrong in tampered(listed):
        data = json.dumps(wrong, ensure_ascii=False, separators=(",", ":")).encode()
        assert both(opened, files | {"data/opened.json": data}, vkeys) is None, what
    luck, whole = random.Random(8), files["data/opened.json"]
    for place in luck.sample(range(len(whole)), 30):
        data = whole[:place] + bytes([whole[place] ^ (1 << luck.randrange(8))]) + whole[place + 1 :]
        assert both(opened, files | {"data/opened.json": data}, vkeys) is None, place


def test_it_says_what_holds_and_with_whose_keys(folder, tab):
    opened = tab(payload(export(folder, Wanted(100, 200, Filter(kind="process.stopped")))))
    assert opened.inner_text("#verdict") == "It holds, with the keys that came along."
    assert "All entries from 100 to 199 are here" in opened.inner_text("#found")
    assert "33 of them" in opened.inner_text("#found")
    opened.click("#again")
    opened.wait_for_function("document.getElementById('verdict').textContent === 'It holds, with these keys.'")
    opened.fill("#vkeys", "nonsense")
    opened.click("#again")
    opened.wait_for_function("document.getElementById('verdict').textContent.startsWith('Refused: expected a vkey')")
    assert opened.inner_text("#found") == ""


@pytest.mark.skipif(OPENSSL is None, reason="no openssl on this machine")
def test_it_says_when_it_was_stamped_and_that_it_did_not_check_by_whom(folder, tab, tmp_path):
    authority, note = TimestampAuthority(tmp_path / "tsa"), (folder / CHECKPOINT).read_bytes()
    keep(folder, Stamped(300, note, authority.reply(ask(note).data)))
    files = payload(export(folder, Wanted(0, 5, authorities=authority.roots)))
    opened, keys = tab(files), files["data/vkey"]
    told = both(opened, files, keys)["stamped"]
    assert f"Stamped {told} UTC by an authority, whose signature this page does not check" in opened.inner_text(
        "#found"
    )
    assert standalone.check(files)["stamped"] // 1000 == round(
        dt.datetime.strptime(told, "%Y-%m-%d %H:%M:%S").replace(tzinfo=dt.UTC).timestamp()
    )
    for wrong in (authority.reply(ask(b"other").data), b"", b"nonsense", files["data/timestamp.tsr"][:80]):
        assert both(opened, files | {"data/timestamp.tsr": wrong}, keys) is None


@pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (360, "dark")])
def test_the_page_fits_its_window_and_is_accessible(folder, tab, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    files = payload(export(folder, Wanted(0, 5)))
    opened = tab(files, viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [one["id"] for one in Axe().run(opened).response["violations"]] == []


@pytest.mark.parametrize(("start", "end"), [(0, None), (0, 1), (1, 2), (100, 200), (128, 256), (255, 257), (299, 300)])
def test_it_takes_what_is_good(folder, tab, subject, start, end):
    files = payload(export(folder, Wanted(start, end, Filter(subject=subject))))
    found = both(tab(files), files, files["data/vkey"])
    assert found["selected"] == [index for index in range(start, end or 300) if index % 5 == 0]


def test_it_refuses_what_the_other_refuses(folder, making, tab, tmp_path, subject):
    files = payload(export(folder, Wanted(50, 60, Filter(subject=subject))))
    opened, keys, luck = tab(files), files["data/vkey"], random.Random(9)
    assert both(opened, files, keys)
    ed25519_ends = files["data/checkpoint"].rindex("\n— ".encode())
    ends = {name: len(files[name]) for name in ("data/claim.json", "data/entries")} | {"data/checkpoint": ed25519_ends}
    for name, end in ends.items():
        one = files[name]
        for place in luck.sample(range(end), min(80, end)):
            changed = one[:place] + bytes([one[place] ^ (1 << luck.randrange(8))]) + one[place + 1 :]
            assert both(opened, files | {name: changed}, keys) is None, (name, place)
    claim = json.loads(files["data/claim.json"])
    for wrong in (
        {"selected": [50]},
        {"selected": [55, 50]},
        {"origin": "other/acme"},
        {"version": 2},
        {"start": 49},
        {"end": 61},
        {"end": 50},
        {"before": claim["before"][1:]},
        {"before": [*claim["before"], claim["before"][0]]},
        {"proof": claim["proof"][1:]},
        {"proof": [*claim["proof"], claim["proof"][0]]},
        {"proof": claim["proof"] * 20},
        {"proof": [1]},
        {"filter": {}},
        {"start": LARGE, "end": LARGE + 10},
    ):
        text = json.dumps(claim | wrong, separators=(",", ":")).encode()
        assert both(opened, files | {"data/claim.json": text}, keys) is None, wrong
    entries = standalone.read_entries(files["data/entries"], 10)
    for some in (entries[1:], entries[:-1], [*entries, entries[0]], entries[::-1], [*entries[:5], *entries[6:]]):
        data = b"".join(len(entry).to_bytes(2, "big") + entry for entry in some)
        assert both(opened, files | {"data/entries": data}, keys) is None
    for other in (
        making(tmp_path / "old" / "acme", count=55),
        making(tmp_path / "fork" / "acme", start=7),
        making(tmp_path / "stranger" / "acme", keys=NamedKeys("other")),
    ):
        changed = files | {"data/checkpoint": (other / CHECKPOINT).read_bytes()}
        assert both(opened, changed, keys) is None
    assert both(opened, files, (tmp_path / "stranger" / "acme" / VKEYS).read_bytes()) is None
    for bad in (b"", b"\xff".decode("latin-1").encode(), b"a+b", keys[:-9], keys.replace(b"+", b" ", 1)):
        assert both(opened, files, bad) is None


def test_sizes_beyond_32_bits(folder, tab):
    """A made-up tree: what lies before the range is roots that nobody has the leaves of."""
    files = payload(export(folder, Wanted(0, 3)))
    opened = tab(files)
    entries = [b"a", b"b", b"c"]
    before = [standalone.sha256(bytes([number])) for number in range(LARGE.bit_count())]
    stack = list(before)
    standalone.extend(stack, LARGE, [standalone.sha256(b"\0", entry) for entry in entries])
    root = standalone.root_of(stack)
    encoded = [[base64.b64encode(one).decode() for one in some] for some in (before, entries)]
    act = "async ([[before, entries], start]) => to64(await rootBehind(before.map(from64), start, entries.map(from64)))"
    found = opened.evaluate(act, [encoded, LARGE])
    assert base64.b64decode(found) == root
