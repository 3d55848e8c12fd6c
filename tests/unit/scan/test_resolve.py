"""Overlapping findings: the stronger keeps what both cover, and nothing that was found gets lost."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.types import Kind
from asepsis.scan.resolve import Hit, resolve

TEXT = "see https://x.org/?ssn=123-45-6789&q=1 now"


def hit(start: int, end: int, score: int, rule: str = "r", kind: Kind = Kind.URL) -> Hit:
    return Hit(start, end, score, rule, kind, "")


def spans(hits: list[Hit]) -> list[tuple[int, int, str]]:
    return [(one.start, one.end, one.rule) for one in hits]


def test_the_stronger_inside_splits_the_weaker():
    found = resolve([hit(4, 38, 900, "url"), hit(23, 34, 950, "ssn")], TEXT)
    assert spans(found) == [(4, 23, "url"), (23, 34, "ssn"), (34, 38, "url")]


def test_the_weaker_inside_is_covered():
    assert spans(resolve([hit(4, 38, 950, "url"), hit(23, 34, 900, "ssn")], TEXT)) == [(4, 38, "url")]


def test_of_equals_the_longer_wins_then_the_earlier():
    assert spans(resolve([hit(4, 9, 900, "a"), hit(4, 12, 900, "b")], TEXT)) == [(4, 12, "b")]
    assert spans(resolve([hit(13, 17, 900, "a"), hit(12, 16, 900, "b")], TEXT)) == [(12, 16, "b"), (16, 17, "a")]


def test_what_is_left_of_marks_alone_is_not_kept():
    assert spans(resolve([hit(9, 16, 900, "a"), hit(12, 16, 950, "b")], TEXT)) == [(12, 16, "b")]


HITS = st.lists(
    st.builds(
        lambda start, length, score, rule: hit(start, start + length, score, rule),
        st.integers(0, 30),
        st.integers(1, 12),
        st.sampled_from((800, 900)),
        st.sampled_from("ab"),
    ),
    max_size=12,
)


@given(HITS)
def test_what_was_found_stays_covered_once(hits):
    text = "x" * 50
    found = resolve(hits, text)
    assert found == sorted(found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    covered = {place for one in found for place in range(one.start, one.end)}
    assert covered == {place for one in hits for place in range(one.start, one.end)}


@given(HITS, st.randoms())
def test_the_order_of_hits_does_not_matter(hits, draw):
    shuffled = list(hits)
    draw.shuffle(shuffled)
    assert resolve(hits, TEXT) == resolve(shuffled, TEXT)
