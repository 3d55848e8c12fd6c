"""Names in text that comes in pieces are those of the whole, however it is cut."""

import random
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from asepsis.core.types import Part, PartKind
from asepsis.scan.encoded import Encoded
from asepsis.scan.engine import model_folder
from asepsis.scan.names import Model, NameScanner
from asepsis.scan.names.service import HOLD
from asepsis.scan.names.tokens import OPEN, tokens

NAMES = NameScanner(Model.open(model_folder()))
SCANNER = Encoded(NAMES)

WORDS = [
    "Maria", "Gonzalez", "Dr.", "SMITH, JOHN", "the", "patient", "in", "Tulsa,", "OK", "74103", "on", "March",
    "3rd,", "2021", "MRN", "7122250", "metformin", "500", "mg", "and", "José's", "wife", "\n", "\n\n",
    "1420 Oak Street,", "(", ")",
    '"', "Will", "may", "St. Mary's", "Hospital", "born", "3/4/1961", "\u200b", "\u00e9", "患者", "x" * 90, "-", "--",
    "Ａnna",
    "fever.", "Mr.", "who", "lives", "with", "her", "Okafor", "'s", "O'Brien-Núñez",
    "Maria%20Gonzalez", "UGF0aWVudCBNYXJpYSBHb256YWxleiBjYW1l", "&#74;&#111;hn", "Patient\\nJohn\\tSmith",
    "=4D=61ria=\n Lee", "%25", "\\u004a", "&amp;", "**Anna** 3",
    "4a6f686e20536d697468204d44", "VTFObElFcHZhRzRnVTIxcGRHZz0=",
    "the rash is better now and there was no fever at all",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=5)), max_size=60).map(" ".join)


def found(part):
    return [(one.rule, one.start, one.end) for one in part]


def piecewise(chunks):
    out = []
    buffer, begin, edge = "", 0, 0
    for chunk in chunks:
        buffer += chunk
        findings, settled, keep = SCANNER.scan_open(Part(PartKind.TEXT, "text", buffer))
        assert keep <= settled <= len(buffer)
        settled = max(settled, edge)
        final = [one for one in findings if edge <= one.start < settled]
        assert all(one.end <= settled for one in final)
        out += [(rule, start + begin, end + begin) for rule, start, end in found(final)]
        keep = min(keep, settled)
        buffer, begin, edge = buffer[keep:], begin + keep, settled - keep
    (findings,) = SCANNER.scan([Part(PartKind.TEXT, "text", buffer)])
    return out + [(one.rule, one.start + begin, one.end + begin) for one in findings if one.start >= edge]


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(0, 2**32), st.sampled_from((3, 12, 60)))
def test_any_text_in_any_pieces_reads_like_the_whole(text, seed, most):
    draw = random.Random(seed)
    edges = [0]
    while edges[-1] < len(text):
        edges.append(min(len(text), edges[-1] + draw.randint(1, most)))
    (whole,) = SCANNER.scan([Part(PartKind.TEXT, "text", text)])
    assert piecewise([text[low:high] for low, high in pairwise(edges)]) == found(whole)


def test_no_more_than_the_hold_back_waits_where_nothing_is_found():
    text = "the rash is better now and there was no fever at all. " * 20
    settled = NAMES.scan_open(Part(PartKind.TEXT, "text", text)).settled
    assert len(tokens(text[settled:])) <= HOLD + OPEN


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, max_size=8))
@example(["\n 0A 74103", ""])
@example(["", "0A 74103"])
def test_parts_that_are_read_together_read_like_each_alone(texts):
    parts = [Part(PartKind.TEXT, "text", text) for text in texts]
    assert NAMES.scan(parts) == [NAMES.scan([part])[0] for part in parts]
