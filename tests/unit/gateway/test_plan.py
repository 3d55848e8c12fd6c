"""Obligations, carried out."""

import pytest

from asepsis.core.types import Count, Finding, Kind, Obligation, ObligationKind, Verdict
from asepsis.deid import Masker
from asepsis.gateway.errors import Denied
from asepsis.gateway.plan import Plan, counts

MASK, DROP, DENY = ObligationKind.MASK, ObligationKind.DROP, ObligationKind.DENY


def finding(kind=Kind.SSN):
    return Finding("rule", kind, "text", 0, 11, 900)


def plan(*dos, enforced=True):
    return Plan([Obligation(do, Kind.SSN) for do in dos], Masker(), enforced=enforced)


def test_a_kind_is_masked_or_dropped_as_its_obligation_says():
    assert plan(MASK).instead(finding(), "123-45-6789") == "[SSN]"
    assert plan(DROP).instead(finding(), "123-45-6789") == ""


def test_a_kind_that_is_not_named_passes():
    assert plan(MASK).instead(finding(Kind.EMAIL), "a@example.org") is None
    plan(DENY).check([finding(Kind.EMAIL)])


@pytest.mark.parametrize("dos", [(MASK, DROP), (DROP, MASK)])
def test_the_stricter_of_two_obligations_wins_in_any_order(dos):
    assert plan(*dos).instead(finding(), "123-45-6789") == ""


@pytest.mark.parametrize("dos", [(MASK, DENY), (DENY, MASK), (DROP, DENY), (DENY, DROP)])
def test_a_denial_is_the_strictest_obligation(dos):
    with pytest.raises(Denied) as denied:
        plan(*dos).check([finding()])
    assert denied.value.code == "policy.answer"


def test_a_denial_names_kind_and_place_and_no_content():
    with pytest.raises(Denied) as denied:
        plan(DENY).check([finding()])
    assert str(denied.value) == "text: a finding of kind SSN is denied"


def test_observing_touches_nothing():
    watching = plan(MASK, DENY, enforced=False)
    watching.check([finding()])
    assert watching.instead(finding(), "123-45-6789") is None


def test_findings_are_counted_by_kind_in_order():
    found = [finding(Kind.SSN), finding(Kind.EMAIL), finding(Kind.SSN)]
    assert counts(found) == (Count(Kind.EMAIL, 1), Count(Kind.SSN, 2))
    assert counts([]) == ()


@pytest.mark.parametrize(
    ("do", "verdict"), [(MASK, Verdict.TRANSFORM), (DROP, Verdict.TRANSFORM), (DENY, Verdict.DENY)]
)
def test_a_plan_says_what_it_would_do_though_it_is_not_enforced(do, verdict):
    assert plan(do, enforced=False).verdict([Count(Kind.SSN, 1)]) is verdict
    assert plan(do, enforced=False).verdict([Count(Kind.EMAIL, 1)]) is Verdict.ALLOW
    assert plan(do, enforced=False).verdict([]) is Verdict.ALLOW
