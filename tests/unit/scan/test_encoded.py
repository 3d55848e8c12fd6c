"""A scanner of plain text reads encoded text, too: what it finds there, where, and what it leaves."""

import base64
import re
from itertools import pairwise
from urllib.parse import quote

import pytest

from asepsis.core.ports import OpenScan
from asepsis.core.types import Finding, Kind, Part, PartKind
from asepsis.scan import ScanConfig
from asepsis.scan.encoded import Encoded
from asepsis.scan.engine import BOTH, build
from asepsis.scan.pipeline import uncut

NAME = re.compile("maria gonzalez", re.IGNORECASE)


class Plain:
    """Finds one name; in a document where it stands, the first letter of each part, too."""

    def scan(self, parts):
        return [
            tuple(Finding("name", Kind.NAME, part.place, *one.span(), 600) for one in NAME.finditer(part.text))
            for part in parts
        ]

    def scan_document(self, parts):
        found = self.scan(parts)
        first = [Finding("first", Kind.NAME, part.place, 0, 1, 500) for part in parts]
        return [(one, *more) for one, more in zip(first, found, strict=True)] if any(found) else found

    def scan_open(self, part):
        (found,) = self.scan([part])
        settled = uncut(found, max(0, len(part.text) - 20))
        return OpenScan(tuple(one for one in found if one.start < settled), settled, max(0, settled - 20))


SCANNER = Encoded(Plain())


def text(value, kind=PartKind.TEXT):
    return Part(kind, "text", value)


def found(value, scanner=SCANNER):
    (findings,) = scanner.scan([text(value)])
    return [value[one.start : one.end] for one in findings]


def packed(value):
    return base64.b64encode(value.encode()).decode()


def in_pieces(whole, size):
    edges = [*range(0, len(whole), size), len(whole)]
    out, buffer, begin, edge = [], "", 0, 0
    for low, high in pairwise(edges):
        buffer += whole[low:high]
        findings, settled, keep = SCANNER.scan_open(text(buffer))
        settled = max(settled, edge)
        out += [(begin + one.start, begin + one.end) for one in findings if edge <= one.start < settled]
        keep = min(keep, settled)
        buffer, begin, edge = buffer[keep:], begin + keep, settled - keep
    (rest,) = SCANNER.scan([text(buffer)])
    out += [(begin + one.start, begin + one.end) for one in rest if one.start >= edge]
    return out


SAID = "Maria Gonzalez"
WAYS = {
    "base64": (packed("sent " + SAID + " off"), packed("sent " + SAID + " off")[4:28]),
    "twice": (packed(packed(SAID)), packed(packed(SAID))),
    "percent": (quote(SAID), quote(SAID)),
    "every percent": ("".join(f"%{ord(one):02x}" for one in SAID),) * 2,
    "entities": ("".join(f"&#{ord(one)};" for one in SAID),) * 2,
    "escapes": ("".join(f"\\u{ord(one):04x}" for one in SAID),) * 2,
    "quoted-printable": ("".join(f"={ord(one):02X}" for one in SAID),) * 2,
    "soft line end": ("Maria Gon=\nzalez", "Gon=\nzalez"),
    "hexadecimal": (SAID.encode().hex(), SAID.encode().hex()),
}


@pytest.mark.parametrize(("given", "covered"), WAYS.values(), ids=WAYS)
def test_what_is_encoded_is_found_at_the_characters_that_say_it(given, covered):
    assert found(f"\u200bNote: {given} was seen") == [covered]


def test_what_is_not_encoded_is_found_once_and_where_it_stands():
    assert found("Maria Gonzalez and %41 maria gonzalez") == ["Maria Gonzalez", "maria gonzalez"]


def test_nothing_is_read_that_is_no_text_or_too_long_to_be_held_back():
    assert SCANNER.scan([text(packed("So " + SAID), PartKind.OPAQUE)]) == [()]
    assert found("x" * 4096 + "%20" + quote(SAID)) == []


def test_what_a_document_says_in_one_part_is_known_in_the_others():
    parts = [text("nothing at all"), text("it says " + packed("we saw " + SAID))]
    assert [len(one) for one in SCANNER.scan_document(parts)] == [1, 2]
    assert [len(one) for one in SCANNER.scan(parts)] == [0, 1]


@pytest.mark.parametrize("size", [1, 3, 7])
def test_in_pieces_it_reads_like_the_whole(size):
    whole = f"First {quote(SAID)} came, then Maria Gonzalez, then {packed('dear ' + SAID)} and so on."
    (expected,) = SCANNER.scan([text(whole)])
    assert in_pieces(whole, size) == [(one.start, one.end) for one in expected]
    assert len(expected) == 3


@pytest.mark.parametrize("size", [1, 3, 7])
def test_what_is_encoded_and_long_reads_in_pieces_like_the_whole(size):
    told = "it was in the spring that she first came here, with her sister and a friend, and that was "
    whole = f"It says {(told + SAID).encode().hex()} and that is all that it says of her or of them in there."
    (expected,) = SCANNER.scan([text(whole)])
    assert len(expected) == 1
    assert in_pieces(whole, size) == [(one.start, one.end) for one in expected]


@pytest.mark.parametrize("way", ["base64", "percent", "entities", "escapes"])
def test_the_model_of_names_reads_it(way):
    note = "Patient Maria Gonzalez was seen in Tulsa today."
    given = {
        "base64": packed(note),
        "percent": quote(note),
        "entities": "".join(f"&#{ord(one)};" for one in note),
        "escapes": "".join(f"\\u{ord(one):04x}" for one in note),
    }[way]
    (findings,) = build(ScanConfig(scanners=BOTH)).scan([text(given)])
    assert {Kind.NAME, Kind.GEO} <= {one.kind for one in findings}
