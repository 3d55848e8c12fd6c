"""Pages: complete without scripts, escaped, and free of content."""

import re

import pytest

from asepsis.console.pages import Asked, Here, Visit
from asepsis.console.readiness import Check
from asepsis.core.events import Mode, Outcome, ToolDecision, build, read_payload
from asepsis.core.types import Count, Decision, Kind, Verdict

CHECKS = (Check("writer", ready=True), Check("gateway", ready=False))
NASTY = "<script>alert(1)</script>\"'&"

HERE = Here("local", ("local",))
VISIT = Visit()


def page(desk, *, show="all", before=None):
    return desk.pages.decisions(desk.board, CHECKS, HERE, VISIT, show=show, before=before)


def detail(desk, opened):
    return desk.pages.decision(desk.board.call(opened.id), CHECKS, VISIT, fault="")


def test_a_page_of_decisions_is_whole_without_scripts(desk):
    opened = desk.calls.opened(verdict=Verdict.TRANSFORM, found=(Count(Kind.SSN, 3),))
    desk.write(opened, desk.calls.closed(opened, found=(Count(Kind.NAME, 2),)))
    html = page(desk)
    for said in (opened.id, "Masked", "care-notes", "gpt-5.2", "SSN", "NAME", "completed"):
        assert said in html
    assert f'href="/calls/{opened.id}"' in html


def test_the_empty_page_teaches(desk):
    html = page(desk)
    assert "curl http://127.0.0.1:8080/v1/chat/completions" in html
    assert "Nothing was asked yet" in html


def test_an_empty_selection_says_so_and_offers_no_lesson(desk):
    assert "curl" not in page(desk, show="denied")


def test_older_decisions_are_a_link_away(desk):
    desk.write(*[desk.calls.opened() for _ in range(7)])
    assert 'href="/?before=2"' in page(desk)
    older = page(desk, before=2)
    assert "console.js" not in older
    assert older.count('class="open"') == 2


def test_what_events_hold_is_escaped(desk):
    opened = desk.calls.opened(application=NASTY, model=NASTY)
    desk.write(opened, desk.calls.closed(opened))
    for html in (page(desk), detail(desk, opened), desk.pages.row(desk.board.call(opened.id))):
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)" in html


def test_no_page_holds_a_script_a_style_or_a_foreign_address(desk):
    opened = desk.calls.opened(verdict=Verdict.DENY, mode=Mode.OBSERVE)
    desk.write(opened, desk.calls.closed(opened))
    for html in (page(desk), detail(desk, opened), desk.pages.missing(CHECKS, VISIT, fault="broken")):
        assert not re.search(r"<style|style=|\son\w+=|javascript:", html)
        assert not re.search(r"<script(?! src=\"/static/)", html)
        assert re.findall(r"(?:src|href)=\"(?!/|#)[^\"]*", html) == []


def test_one_decision_in_full(desk):
    tool = ToolDecision("lookup_member", Decision(Verdict.DENY, "the tool is switched off"))
    opened = desk.calls.opened(found=(Count(Kind.MRN, 1),))
    desk.write(opened, desk.calls.closed(opened, tools=(tool,)))
    html = detail(desk, opened)
    payload = read_payload(opened)
    for said in (payload.decision.bundle, payload.input.digest, "lookup_member", "the tool is switched off", "TREAT"):
        assert said in html
    assert "Its digest is the one the decision names" in html


def test_a_decision_that_does_not_fit_its_input_is_shown_up(desk):
    opened = desk.calls.opened()
    payload = read_payload(opened)
    forged = build(
        type(payload)(
            payload.session,
            payload.application,
            payload.surface,
            "other",
            payload.upstream,
            payload.mode,
            Decision(Verdict.ALLOW, "forged", input="0" * 64),
            payload.input,
            (),
            payload.coverage,
        ),
        id=opened.id,
        time=opened.time,
        tenant=opened.tenant,
    )
    desk.write(forged)
    assert "Its digest is not the one the decision names" in detail(desk, opened)


@pytest.mark.parametrize("end", ["running", "unclosed", *Outcome])
def test_each_end_has_a_page(desk, end):
    opened = desk.calls.opened()
    desk.write(opened)
    if end == "unclosed":
        desk.write(desk.calls.unclosed(opened))
    elif end != "running":
        desk.write(desk.calls.closed(opened, outcome=end))
    assert opened.id in detail(desk, opened)


def test_a_ledger_that_cannot_be_read_is_said_on_every_page(desk):
    desk.board.report("a durable entry does not hold")
    for html in (page(desk), desk.pages.missing(CHECKS, VISIT, fault=desk.board.fault)):
        assert "a durable entry does not hold" in html
        assert 'role="alert"' in html


def test_readiness_is_not_told_by_colour_alone(desk):
    html = desk.pages.health(CHECKS, "")
    assert ": ready" in html
    assert ": not ready" in html
    assert "▲" in html


def test_one_tenant_is_not_worth_naming():
    assert HERE.address(show="all") == "/"
    assert HERE.address(show="denied", before=7) == "/?show=denied&before=7"


def test_with_several_tenants_each_link_keeps_the_one_that_is_shown(desk):
    here = Here("b&c", ("local", "b&c"))
    assert here.address(show="denied") == "/?tenant=b%26c&show=denied"
    assert here.address(tenant="local", show="all") == "/"
    shown = desk.pages.decisions(desk.board, CHECKS, here, VISIT, show="denied", before=None)
    assert 'aria-label="Which tenant"' in shown
    assert '<a href="/?tenant=b%26c&amp;show=denied" aria-current="true">b&amp;c</a>' in shown
    assert 'data-tenant="b&amp;c"' in shown
    assert 'aria-label="Which tenant"' not in page(desk)


@pytest.mark.parametrize(("asks", "calls", "many"), [(3, 6, False), (3, 199, False), (3, 200, True), (2, 200, False)])
def test_people_are_asked_too_often_by_two_hundred_calls_and_no_fewer(asks, calls, many):
    assert Asked(asks, calls, 2).many is many
