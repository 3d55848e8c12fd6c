"""Text that comes in pieces reads like the whole, however it is cut and whatever is in it."""

import base64
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.core.types import Finding, Part, PartKind
from asepsis.scan import RuleScanner, ScanConfig, build

SCANNER = build(ScanConfig(), digester=None, tenant="t", cache=None)

Found = list[tuple[str, str, int, int]]


def flat(findings: tuple[Finding, ...] | list[Finding], shift: int = 0) -> Found:
    return [(one.rule, one.kind.value, one.start + shift, one.end + shift) for one in findings]


def whole(text: str, key: str = "") -> Found:
    (findings,) = SCANNER.scan([Part(PartKind.TEXT, "text", text, key=key)])
    return flat(findings)


def piecewise(scanner: RuleScanner, chunks: list[str], key: str = "") -> Found:
    """A caller that does what the port asks of it and no more."""
    found: Found = []
    buffer, begin, edge = "", 0, 0
    for chunk in chunks:
        buffer += chunk
        findings, settled, keep = scanner.scan_open(Part(PartKind.TEXT, "text", buffer, key=key))
        assert keep <= settled <= len(buffer)
        settled = max(settled, edge)
        final = [one for one in findings if edge <= one.start < settled]
        assert all(one.end <= settled for one in final)
        found += flat(final, begin)
        keep = min(keep, settled)
        buffer, begin, edge = buffer[keep:], begin + keep, settled - keep
    (findings,) = scanner.scan([Part(PartKind.TEXT, "text", buffer, key=key)])
    return found + flat([one for one in findings if one.start >= edge], begin)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def spellings(value: str) -> dict[str, str]:
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in value)
    return {
        "plain": value,
        "zero_width": "\u200b".join(value),
        "full_width": wide,
        "dashes": value.replace("-", "\u2011"),
        "base64": encoded(value),
        "base64_url": base64.urlsafe_b64encode(value.encode()).decode(),
        "base64_twice": encoded(encoded(value)),
        "base64_wide": encoded(wide),
        "base64_utf16": base64.b64encode(value.encode("utf-16-le")).decode(),
        "json": "".join(f"\\u{ord(one):04x}" for one in value),
        "json_twice": "".join(f"\\\\u{ord(one):04x}" for one in value),
        "percent": "".join(f"%{ord(one):02X}" for one in value),
        "entities": "".join(f"&#{ord(one)};" for one in value),
        "entities_hex": "".join(f"&#x{ord(one):x};" for one in value),
        "quoted_printable": "".join(f"={ord(one):02X}" for one in value),
    }


VALUES = {
    "SSN": "123-45-6789",
    "ACCOUNT": "4111-1111-1111-1111",
    "EMAIL": "uma.haddad@example.org",
    "MRN": "MRN 00-12-34-5",
    "HEALTH_PLAN_ID": "member ID HP43753544",
    "PHONE": "(303) 555-1234",
    "DATE": "DOB March 3, 1961",
    "SECRET": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
}
EXTRA = {
    ("SSN", "spaced"): "1 2 3 - 4 5 - 6 7 8 9",
    ("SSN", "all_spaced"): "1 2 3 4 5 6 7 8 9",
    ("SSN", "spoken"): "one two three dash four five dash six seven eight nine",
    ("MRN", "spoken"): "MRN seven one two two, two five zero",
    ("SSN", "dotted"): "1.2.3.4.5.6.7.8.9",
    ("SSN", "base64_with_keyword"): encoded("SSN 123-45-6789"),
    ("SSN", "nested_json"): '{"a":"{\\"ssn\\":\\"123456789\\"}"}',
    ("SSN", "nested_number"): '{"a":"{\\"ssn\\":123456789}"}',
    ("SSN", "two_lines"): "123-45-\n6789",
    ("ACCOUNT", "spaced"): "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    ("ACCOUNT", "groups"): "4111 1111 1111 1111",
    ("MRN", "spaced"): "MRN 1 2 3 4 5 6 7 8",
}
CELLS = {(kind, how): text for kind, value in VALUES.items() for how, text in spellings(value).items()} | EXTRA


@pytest.mark.parametrize(("kind", "how"), sorted(CELLS), ids=lambda one: one)
def test_leak_matrix(kind, how):
    text = f"So the answer is {CELLS[kind, how]} as you asked."
    found = whole(text)
    assert kind in {one for _, one, _, _ in found}
    for size in range(1, len(text) + 1):
        assert piecewise(SCANNER, [text[at : at + size] for at in range(0, len(text), size)]) == found


WORDS = [
    "one", "two", "five five", "Seven", "dash", "hyphen", "nine,", "on", "o", "t",
    *CELLS.values(), "SSN", "ssn:", "MRN", "member id", "phone", "fax", "born", "March", "3rd", "1961", "npi",
    '"ssn": "', '"', "\\", "\\u0031", "%31", "&#49;", "&", "=31", "=\n", "1", "12", "123", "45", "6789", "-", ".",
    ",", "+1", "(303)", "555-1234", "ext", "ext 12", "x", "x5", "12,", "3, 1961", "AB",
    "GB29 NWBK 6016 1331 9268 19", "1EG4 TE5 MK73", "93", "years", "old", "93 years old", "the patient", "was seen",
    "metformin", "BP 120/80", "café", "está", "患者", "の名前は", "\u200b", "\u00ad", "\u200b" * 9, "\u0301",
    "１２３", "Ⅻ", "½", "\ud800", "😀", "\u00a0", "  ", "\n", "\n\n", "\t", " " * 70,
    "-----BEGIN RSA PRIVATE KEY-----\n" + ("A1b2" * 16 + "\n") * 2 + "c3==\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN", "-----END", "A1b2" * 16 + "\n", "A1b2" * 19 + "\n" + encoded("123-45-6789"), "a" * 130, "1" * 130,
    "1 " * 70, "[1,2,3,-4.5,", "0.25,", "https://example.org/a?b=123-45-6789&c=d@e.fr", "a@b.co",
    "sk-" + "a1B2" * 8, "10.1.2.3", "2001:db8::1", "password: hunter22", "x" * 4096, "1 2 " * 1030, "\u200b" * 4100,
]  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(WORDS), st.text(max_size=6), st.text('0123456789 -.,:"\\=%&;+/@_aAxXmM\n\u200b', max_size=12)
)
TEXTS = st.lists(st.one_of(PIECES, PIECES.map(lambda one: one + " ")), max_size=14).map("".join)


def cut(text: str, seed: int, most: int) -> list[str]:
    draw = random.Random(seed)
    edges = [0]
    while edges[-1] < len(text):
        edges.append(min(len(text), edges[-1] + draw.randint(1, most)))
    return [text[low:high] for low, high in pairwise(edges)]


@settings(max_examples=400, deadline=None)
@given(
    TEXTS, st.integers(0, 2**32), st.sampled_from((1, 3, 12, 60, 500)), st.sampled_from(("", "", "ssn", "patientMrn"))
)
def test_any_text_in_any_pieces_reads_like_the_whole(text, seed, most, key):
    if len(text) > 3000:
        most = max(most, 60)
    assert piecewise(SCANNER, cut(text, seed, most), key) == whole(text, key)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_findings_are_sorted_apart_and_inside(text):
    found = whole(text)
    assert all(0 <= start < end <= len(text) for _, _, start, end in found)
    assert all(one[3] <= other[2] for one, other in pairwise(found))


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, max_size=6))
def test_a_batch_reads_each_part_as_if_it_were_alone(texts):
    parts = [Part(PartKind.TEXT, "text", text) for text in texts]
    assert [flat(one) for one in SCANNER.scan(parts)] == [whole(text) for text in texts]
