import pytest

from asepsis.core.types import Decision, Finding, Kind, Verdict
from asepsis.ledger.sealing.keeping import kept, never, record


def test_secrets_and_codes_of_cards_are_never_kept():
    found = [Finding("payment.cvv", Kind.ACCOUNT, "p", 0, 3, 1), Finding("x", Kind.SECRET, "p", 0, 3, 1)]
    assert all(map(never, found))
    assert not never(Finding("payment.card", Kind.ACCOUNT, "p", 0, 3, 1))


@pytest.mark.parametrize(
    ("duties", "everything", "asked"),
    [
        ((), True, False),
        (("seal:on",), True, True),
        (("seal:off", "seal:on"), False, False),
        (("notify:x",), True, False),
    ],
)
def test_policies_have_a_say(duties, everything, asked):
    decision = Decision(Verdict.ALLOW, "why", duties=duties)
    assert (kept(decision, everything=True), kept(decision, everything=False)) == (everything, asked)


@pytest.mark.parametrize(
    ("duties", "name"),
    [
        ((), "content"),
        (("seal:on", "notify:retention:1d"), "content"),
        (("retention:6y",), "content.2196d"),
        (("retention:1d", "retention:6y"), "content.1d"),
        (("breakglass:x", "retention:1d", "retention:2m"), "content.62d+"),
        (("breakglass:x",), "content"),
    ],
)
def test_the_shortest_time_holds_unless_glass_was_broken(duties, name):
    assert record(Decision(Verdict.ALLOW, "why", duties=duties)) == name
