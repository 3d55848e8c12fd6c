"""Values that are known and must not be said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.types import Kind, Part, PartKind
from asepsis.scan.known import KnownScanner

KEYS = ("prov-Zk83-alpha", "prov-Zk83-alpha-two", "short")


class Digester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}|{tenant}|{len(value)}"


SCANNER = KnownScanner(KEYS, digester=Digester(), tenant="t")


def part(text, kind=PartKind.TEXT):
    return Part(kind, "text", text)


def spans(findings):
    return [(one.start, one.end) for one in findings]


def test_a_key_is_found_wherever_it_stands_and_the_longer_one_whole():
    texts = ["Incorrect key: prov-Zk83-alpha.", "prov-Zk83-alpha-two,prov-Zk83-alpha", "nothing", "a short word"]
    found = SCANNER.scan([part(one) for one in texts])
    assert [spans(one) for one in found] == [[(15, 30)], [(0, 19), (20, 35)], [], []]
    (one,) = found[0]
    assert (one.kind, one.rule, one.digest) == (Kind.SECRET, "secrets.own", "SECRET|t|15")


def test_a_key_is_found_as_json_and_web_addresses_escape_it():
    scanner = KnownScanner(['pa"ss/wo+rd'], digester=Digester(), tenant="t")
    found = scanner.scan([part('x pa\\"ss/wo+rd'), part("?k=pa%22ss%2Fwo%2Brd&x"), part('pa"ss/wo+rd')])
    assert [spans(one) for one in found] == [[(2, 14)], [(3, 20)], [(0, 11)]]


def test_what_nobody_can_read_is_not_read():
    assert SCANNER.scan([part("prov-Zk83-alpha", PartKind.OPAQUE)]) == [()]


def test_a_key_does_not_come_about_between_two_parts():
    assert SCANNER.scan([part("prov-Zk8"), part("3-alpha")]) == [(), ()]


@pytest.mark.parametrize(
    ("text", "settled"),
    [("a word", 6), ("it is pro", 6), ("prov-Zk83-alpha", 0), ("prov-Zk83-alpha-twig", 20), ("prov-prov-", 5), ("", 0)],
)
def test_what_may_go_on_to_be_a_key_is_not_settled(text, settled):
    assert SCANNER.scan_open(part(text)).settled == settled


@given(
    st.lists(st.sampled_from(["prov-Zk83-alpha", "-two", "prov-", "Zk8", "3-alpha", " x ", "p"]), max_size=8), st.data()
)
def test_any_chunks_give_what_the_whole_gives(pieces, data):
    text = "".join(pieces)
    (whole,) = SCANNER.scan([part(text)])
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    found, base = [], 0
    for cut in [*cuts, len(text)]:
        held = SCANNER.scan_open(part(text[base:cut]))
        found += [(base + one.start, base + one.end) for one in held.findings]
        base += held.settled
    found += [(base + start, base + end) for start, end in spans(SCANNER.scan([part(text[base:])])[0])]
    assert found == spans(whole)
