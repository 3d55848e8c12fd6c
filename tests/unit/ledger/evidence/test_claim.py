import pytest

from asepsis.core.errors import NotTrusted
from asepsis.core.events import ProcessStarted, ProcessStopped, build
from asepsis.ledger.evidence.claim import Claim, Filter, parse, select

ENTRIES = [
    build(ProcessStopped("x"), id="a", time=1, tenant="t", principal="p").encode(),
    build(ProcessStarted("x", "1", ""), id="b", time=1, tenant="t", principal="p", subjects=("s", "u")).encode(),
    build(ProcessStopped("x"), id="c", time=1, tenant="t", principal="q", subjects=("s",)).encode(),
]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Filter(), [5, 6, 7]),
        (Filter(subject="s"), [6, 7]),
        (Filter(subject="u"), [6]),
        (Filter(kind="process.stopped"), [5, 7]),
        (Filter(principal="p"), [5, 6]),
        (Filter(subject="s", kind="process.stopped", principal="q"), [7]),
        (Filter(subject="other"), []),
    ],
)
def test_a_filter_takes_what_it_asks_for(asked, found):
    assert list(select(ENTRIES, 5, asked)) == found


def test_a_claim_comes_back_in_its_one_form():
    claim = Claim.of("o", 5, ENTRIES, asked=Filter(subject="s"), before=("a",), proof=("b", "c"))
    assert (claim.start, claim.end, claim.selected) == (5, 8, (6, 7))
    assert parse(claim.render()) == claim
    for bad in (
        claim.render() + b" ",
        claim.render().replace(b'"version":1', b'"version":2'),
        claim.render().replace(b'"version":1', b'"version":1,"more":1'),
        claim.render().replace(b'"start":5', b'"start":"5"'),
        b"",
        b"\xff",
        b"x" * ((1 << 26) + 1),
    ):
        with pytest.raises(NotTrusted):
            parse(bad)


def test_an_entry_that_is_no_event_is_refused():
    with pytest.raises(NotTrusted):
        list(select([b"nonsense"], 0, Filter()))
