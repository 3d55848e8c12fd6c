"""A tally in words and figures."""

import pytest

from asepsis.core.events import Mode, ToolDecision
from asepsis.core.types import Count, Decision, Kind, Verdict
from asepsis.gateway.report.tables import report
from asepsis.gateway.report.tally import Tally
from asepsis.testing.calls import Calls


@pytest.fixture
def made():
    """A report on one denied, one masked and one clean call."""
    calls = Calls(seed=4)
    tally = Tally()

    def take(found=(), tools=(), **how):
        opened = calls.opened(mode=Mode.OBSERVE, found=found, **how)
        for event in (opened, calls.closed(opened, tools=tools)):
            tally.take(event.encode())

    take()
    take((Count(Kind.SSN, 3),), verdict=Verdict.TRANSFORM, application="claims")
    tools = (ToolDecision("pay", Decision(Verdict.DENY, "the tool is denied", ("static.tool",))),)
    take((Count(Kind.SECRET, 1),), tools, verdict=Verdict.DENY)
    return report(tally, tenant="local")


def table(made, title):
    return next(one for one in made.tables if one.title == title)


def test_the_sentence_for_somebody_in_a_hurry(made):
    assert made.verdict == (
        "Had Asepsis enforced its policy, 1 of 3 calls would have been denied and 1 would have gone through with"
        " 3 identifiers and secrets taken out. Nothing was touched."
    )


def test_the_figures_at_the_head(made):
    assert [(tile.value, tile.tone) for tile in made.tiles] == [
        ("3", "plain"),
        ("1", "deny"),
        ("1", "mask"),
        ("1", "plain"),
        ("4", "plain"),
        ("0", "plain"),
    ]
    assert made.tiles[1].note == "33.3 % of calls"


def test_each_application_has_its_line(made):
    rows = table(made, "By application").rows
    assert rows == (
        ("care-notes", "2", "1", "50.0", "0", "0.0", "1", "1"),
        ("claims", "1", "0", "0.0", "1", "100.0", "0", "3"),
    )


def test_kinds_come_with_what_would_have_become_of_them(made):
    assert table(made, "By kind").rows == (
        ("SSN", "3", "3", "0", "0", "0", "3", "0", "0"),
        ("SECRET", "1", "1", "0", "0", "1", "0", "0", "0"),
    )


def test_channels_are_surfaces_by_direction(made):
    rows = {row[:2]: row[2:] for row in table(made, "By channel").rows}
    assert rows["openai.chat", "request"] == ("3", "4", "133.3", "1", "3")
    assert rows["openai.chat", "tool call"] == ("1", "0", "0.0", "1", "0")
    assert list(rows) == [("openai.chat", one) for one in ("request", "answer", "tool call")]


def test_rules_that_would_have_denied_are_named_with_their_reason(made):
    assert ("secrets.deny", "a secret is in the request", "request", "1") in table(
        made, "Rules that would have denied"
    ).rows
    assert table(made, "Tool calls").rows == (("care-notes", "pay", "1", "1"),)


def test_every_row_is_as_wide_as_its_head(made):
    for one in made.tables:
        assert {len(row) for row in one.rows} <= {len(one.head)}


def test_latency_says_what_the_guard_took(made):
    rows = table(made, "Latency").rows
    assert [row[0] for row in rows] == ["half of all", "9 of 10", "99 of 100", "all"]
    assert rows[0][1].endswith("µs")


def test_an_empty_range_says_what_to_do():
    made = report(Tally(), tenant="local")
    assert "gateway.observe" in made.verdict
    assert all(not one.rows for one in made.tables)


def test_what_is_left_out_is_told():
    calls = Calls()
    tally = Tally()
    tally.take(calls.opened().encode())
    tally.take(calls.opened(mode=Mode.OBSERVE).encode())
    notes = " ".join(report(tally, tenant="local").notes)
    assert "1 calls of applications under enforcement" in notes
    assert "1 calls had not ended" in notes
