"""What any plugin of a group has to hold: one check for each group, for plugin authors to run on their own.

Each check raises AssertionError with what was expected; none needs a test framework. The texts are made up.
"""

from collections.abc import Callable, Sequence
from typing import Final

from asepsis.core.ports import Provider, ProviderSettings, Scanner, Transformer
from asepsis.core.types import Finding, Kind, ObligationKind, Part, PartKind

__all__ = ["TEXTS", "check_provider", "check_scanner", "check_transformer"]

TEXTS: Final = (
    "",
    "nothing of note",
    "My SSN is 123-45-6789, my card 4111 1111 1111 1111.",
    "MRN 7122250; call 415-555-2671 or write to ann@example.org",
    "\uff11\uff12\uff13-\uff14\uff15-\uff16\uff17\uff18\uff19 and 1\u200b2\u200b3-45-6789",
    "\U0001f600 é\u0301 \x00 \ud800",
)
_AUTHS: Final = ("none", "bearer", "x-api-key", "api-key", "caller")
_SECRET: Final = "made-up-key"  # noqa: S105 made up, to see where it goes


def check_scanner(scanner: Scanner, texts: Sequence[str] = TEXTS) -> None:
    """Findings lie in their text, in order and apart; they are the same each time, and however the text is cut."""
    parts = [Part(PartKind.TEXT, f"part[{number}]", text) for number, text in enumerate(texts)]
    found = scanner.scan(parts)
    assert len(found) == len(parts), f"expected findings for {len(parts)} parts, got {len(found)}"
    assert scanner.scan(parts) == found, "expected the same findings for the same parts"
    for part, findings in zip(parts, found, strict=True):
        _check_findings(findings, part)
        assert tuple(_decided(scanner, part)) == findings, f"expected the same findings in pieces of {part.place}"


def check_transformer(transformer: Transformer) -> None:
    """A replacement repeats nothing of what it replaces, can stand in a JSON string, and is the same each time."""
    text = "123-45-6789"
    for kind in Kind:
        finding = Finding("rule", kind, "text", 0, len(text), 900)
        for do in (ObligationKind.MASK, ObligationKind.DROP):
            instead = transformer.replacement(finding, text, do=do)
            assert text not in instead, f"expected nothing of the text for {kind.value}"
            assert instead == transformer.replacement(finding, text, do=do), "expected the same replacement each time"
            assert all(" " <= mark not in '"\\' for mark in instead), "expected nothing that JSON escapes"


def check_provider(build: Callable[[ProviderSettings], Provider]) -> None:
    """Addresses lie below the base address, keys go to their header alone, and a caller's key only where it is to."""
    for auth in _AUTHS:
        provider = build(ProviderSettings("one", "https://one.example/v1/", auth, _SECRET))
        assert provider.family in ("openai", "anthropic"), f"expected a known family, got `{provider.family}`"
        url = provider.url("chat/completions", "?limit=2")
        assert url.startswith("https://one.example/v1/"), "expected an address below the base address"
        assert url.endswith("?limit=2"), "expected the query at the end"
        assert _SECRET not in url, "expected no key in an address"
        headers = provider.headers((("authorization", "Bearer theirs"), ("cookie", "a=b")))
        for name, value in headers:
            assert name == name.lower(), f"expected header names in lower case, got `{name}`"
            assert value.isprintable(), "expected header values of printable characters"
        values = " ".join(value for _, value in headers)
        assert "a=b" not in values, "expected nothing of the caller's but a key"
        assert ("theirs" in values) == (auth == "caller"), f"expected the caller's key only for `caller`, not `{auth}`"
        if auth in ("none", "caller"):
            assert _SECRET not in values, f"expected no key of ours for `{auth}`"


def _check_findings(findings: Sequence[Finding], part: Part) -> None:
    end = 0
    for one in findings:
        assert end <= one.start < one.end <= len(part.text), f"expected findings in order and apart in {part.place}"
        assert 0 < one.score <= 1000, "expected a score per mille"
        assert one.place == part.place, "expected the place of the part"
        assert one.rule, "expected the name of a rule"
        text = part.text[one.start : one.end]
        assert text not in (one.rule, one.digest), "expected a finding to hold nothing of the text"
        end = one.end


def _decided(scanner: Scanner, part: Part) -> "list[Finding]":
    """Finds in a text that comes character by character, as a stream does."""
    found: list[Finding] = []
    kept, done = "", 0
    base = 0
    for mark in part.text:
        kept += mark
        said = scanner.scan_open(Part(part.kind, part.place, kept))
        assert 0 <= said.keep <= said.settled <= len(kept), "expected keep <= settled <= length"
        found += [_moved(one, base) for one in said.findings if base + one.start >= done]
        done = max(done, base + said.settled)
        kept, base = kept[said.keep :], base + said.keep
    (rest,) = scanner.scan([Part(part.kind, part.place, kept)])
    return found + [_moved(one, base) for one in rest if base + one.start >= done]


def _moved(one: Finding, by: int) -> Finding:
    return Finding(one.rule, one.kind, one.place, one.start + by, one.end + by, one.score, one.digest)
