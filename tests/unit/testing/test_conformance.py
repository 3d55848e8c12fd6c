"""The checks catch plugins that break what they have to hold."""

import pytest

from asepsis.core.ports import OpenScan
from asepsis.core.types import Finding, Kind
from asepsis.testing import conformance


class Scanner:
    """Finds `12`, with one thing wrong."""

    def __init__(self, fault=""):
        self.fault = fault
        self.asked = 0

    def scan(self, parts):
        self.asked += 1
        if self.fault == "short":
            return []
        return [self._found(part) for part in parts]

    def scan_open(self, part):
        settled = len(part.text) if self.fault == "hasty" else max(0, len(part.text) - 1)
        found = tuple(one for one in self._found(part) if one.start < settled)
        settled = max([settled, *(one.end for one in found)])
        return OpenScan(found, settled, settled + 1 if self.fault == "keep" else settled)

    def _found(self, part):
        if self.fault == "moody" and self.asked > 1:
            return ()
        found, at = [], part.text.find("12")
        while at >= 0:
            rule = "12" if self.fault == "tells" else "r"
            end = len(part.text) + 1 if self.fault == "past" else at + 2
            found.append(Finding(rule, Kind.SSN, part.place, at, end, 0 if self.fault == "score" else 900))
            at = part.text.find("12", at + 2)
        return tuple(reversed(found)) if self.fault == "order" else tuple(found)


TEXTS = ("12 and 12", "", "1")


def test_a_sound_scanner_passes():
    conformance.check_scanner(Scanner(), TEXTS)


@pytest.mark.parametrize("fault", ["short", "hasty", "keep", "moody", "tells", "past", "score", "order"])
def test_a_faulty_scanner_does_not(fault):
    with pytest.raises(AssertionError):
        conformance.check_scanner(Scanner(fault), TEXTS)


@pytest.mark.parametrize("instead", ["{text}", '"', "\\", "a\nb"])
def test_a_faulty_transformer_does_not(instead):
    class Transformer:
        def replacement(self, finding, text, *, do):
            return instead.replace("{text}", text)

    with pytest.raises(AssertionError):
        conformance.check_transformer(Transformer())


class Provider:
    """A sound provider, with one thing wrong."""

    def __init__(self, settings, fault):
        self.settings = settings
        self.fault = fault
        self.family = "other" if fault == "family" else "openai"

    def url(self, path, query):
        key = self.settings.secret if self.fault == "key" else ""
        base = "https://elsewhere/" if self.fault == "base" else self.settings.base_url
        return base + path + key + ("" if self.fault == "query" else query)

    def headers(self, caller):
        if self.fault == "all":
            return tuple(caller)
        if self.settings.auth == "caller":
            return tuple(one for one in caller if one[0] == "authorization")
        if self.settings.auth == "none" and self.fault != "always":
            return ()
        name = "Authorization" if self.fault == "case" else "authorization"
        return ((name, self.settings.secret + ("\n" if self.fault == "line" else "")),)


def test_a_sound_provider_passes():
    conformance.check_provider(lambda settings: Provider(settings, ""))


@pytest.mark.parametrize("fault", ["family", "key", "base", "query", "all", "always", "case", "line"])
def test_a_faulty_provider_does_not(fault):
    with pytest.raises(AssertionError):
        conformance.check_provider(lambda settings: Provider(settings, fault))
