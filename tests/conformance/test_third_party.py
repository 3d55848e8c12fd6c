"""Somebody else's distribution, made here: pinned, named in the settings, built, and at work in a call."""

import sys

import pytest

from asepsis import app
from asepsis.core.errors import ConfigError
from asepsis.core.types import Part, PartKind
from asepsis.testing import conformance

CODE = '''
from asepsis.core.ports import OpenScan
from asepsis.core.types import Finding, Kind

WORD = "orchid"

class Words:
    """Finds one code word; everything up to the last five characters is settled."""
    def scan(self, parts):
        return [tuple(self._find(part)) for part in parts]
    def scan_document(self, parts):
        return self.scan(parts)

    def scan_open(self, part):
        settled = max(0, len(part.text) - len(WORD) + 1)
        found = tuple(one for one in self._find(part) if one.start < settled)
        settled = max([settled, *(one.end for one in found)])
        return OpenScan(found, settled, settled)
    def _find(self, part):
        at = part.text.find(WORD)
        while at >= 0:
            yield Finding("acme.word", Kind.OTHER_ID, part.place, at, at + len(WORD), 1000)
            at = part.text.find(WORD, at + len(WORD))

class Stars:
    def replacement(self, finding, text, *, do):
        return "***"

class Vendor:
    family = "openai"
    def __init__(self, settings):
        self._settings = settings
    def url(self, path, query):
        return self._settings.base_url.rstrip("/") + "/deployments/" + path + query
    def headers(self, caller):
        settings = self._settings
        theirs = tuple(one for one in caller if one[0] == "authorization" and settings.auth == "caller")
        return theirs or ((("vendor-key", settings.secret),) if settings.auth not in ("none", "caller") else ())

def scanner(config, *, digester, tenant, cache):
    return Words()
def broken(*_, **__):
    raise RuntimeError("hunter2")
def empty(*_, **__):
    return object()
'''
ENTRIES = """
[asepsis.scanners]
words = acme_guard:scanner
broken = acme_guard:broken
empty = acme_guard:empty
[asepsis.transforms]
stars = acme_guard:Stars
[asepsis.upstreams]
vendor = acme_guard:Vendor
"""
SETTINGS = """
[identity]
anonymous = "demo"
[[policy.applications]]
name = "demo"
[[gateway.upstreams]]
name = "one"
base_url = "http://one.example"
plugin = "vendor"
auth = "bearer"
credential = "env:ACME_KEY"
[scan]
scanners = ["rules", "words"]
[deid]
transform = "stars"
[[plugins]]
distribution = "acme-guard"
version = "2.1"
"""


@pytest.fixture
def acme(tmp_path, monkeypatch):
    """Installs the distribution; gives a function that makes a gateway's parts of changed settings."""
    (tmp_path / "acme_guard.py").write_text(CODE)
    info = tmp_path / "acme_guard-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-guard\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text(ENTRIES)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("ACME_KEY", "made-up")

    def live(old="", new=""):
        file = tmp_path / "asepsis.toml"
        file.write_text(SETTINGS.replace(old, new))
        start = app.Start(tmp_path / "state", file)
        loaded = start.load()
        app.prepare(start, loaded)
        return app.live(app.read_snapshot(start.paths), start.paths)

    yield live
    sys.modules.pop("acme_guard", None)


def test_its_scanner_works_beside_the_built_in_one_and_holds_what_a_scanner_has_to(acme):
    live = acme()
    conformance.check_scanner(live.scanner, ["an orchid and SSN 123-45-6789", "orchidorchid", "orchi", "or"])
    (found,) = live.scanner.scan([Part(PartKind.TEXT, "p", "an orchid and SSN 123-45-6789")])
    assert [one.rule for one in found] == ["acme.word", "us.ssn.keyword"]


def test_its_transform_and_upstream_are_built(acme):
    live = acme()
    conformance.check_transformer(live.transformer)
    conformance.check_provider(sys.modules["acme_guard"].Vendor)
    provider = live.providers["one"]
    assert provider.url("models", "") == "http://one.example/deployments/models"
    assert provider.headers(()) == (("vendor-key", "made-up"),)


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ('"2.1"', '"2.0"', "plugins.allow", "expected `acme-guard` 2.0, got 2.1"),
        ("[[plugins]]\n", "[[policy.applications]]\nname = 'x'\n#", "", "not on the allow-list|not a setting"),
        ('"words"]', '"wrods"]', "scan.scanners", "got `wrods`; the nearest name is `words`"),
        ('"stars"', '"starz"', "deid.transform", "got `starz`; the nearest name is `stars`"),
        ('"vendor"', '"vendro"', "gateway.upstreams[0].plugin", "got `vendro`; the nearest name is `vendor`"),
        ('"vendor"', '"anthropic"', "gateway.upstreams[0].plugin", "expected a plugin for `openai`, got `anthropic`"),
        ('"words"]', '"broken"]', "scan.scanners", "`broken` of `acme-guard` 2.1 fails to build: `RuntimeError`"),
        ('"words"]', '"empty"]', "scan.scanners", "to have `scan`, got none"),
    ],
)
def test_what_is_wrong_with_a_plugin_stops_the_start_with_its_place(acme, old, new, place, says):
    with pytest.raises(ConfigError, match=says) as error:
        acme(old, new)
    assert place in error.value.place
    assert "hunter2" not in str(error.value)


def test_it_is_not_imported_before_it_is_named(acme):
    acme('scanners = ["rules", "words"]\n[deid]\ntransform = "stars"\n', "")
    assert "acme_guard" in sys.modules  # the upstream is still named
    sys.modules.pop("acme_guard")
    with pytest.raises(ConfigError):
        acme('"words"]', '"wrods"]')
    assert "acme_guard" not in sys.modules
