"""Decisions made again from the ledger."""

from collections import Counter

import msgspec
import pytest

from asepsis.core.events import CallClosed, CallOpened, Mode, Outcome, ToolCallClosed, ToolCallOpened, build
from asepsis.core.ports import Entry
from asepsis.core.types import Count, Coverage, Decision, Kind, Verdict
from asepsis.policy.replay import outcomes, own, recorded
from asepsis.testing.policies import ASK


def opened(decision, question):
    return CallOpened(
        "s", "app", "openai.chat", "m", "u", Mode.ENFORCE, decision, question, question.found, Coverage()
    )  # fmt: skip


@pytest.fixture
def entries(policy, ask):
    """Returns a log of decisions that a policy made."""

    def make(*questions, by=None, subjects=("s1",)):
        decide = (by or policy(ASK)).decide
        for number, question in enumerate(questions):
            payload = opened(decide(question), question)
            yield Entry(number, build(payload, id=f"e{number}", time=1, tenant="t", subjects=subjects).encode())

    return make


def test_what_a_policy_decided_is_found(entries, ask):
    (one,) = recorded(entries(ask("SSN")))
    assert (one.event.id, one.question, one.decision.verdict) == ("e0", ask("SSN"), Verdict.TRANSFORM)


def test_what_policy_decided_of_a_tool_is_found_and_what_the_monitor_did_is_not(ask):
    allowed, steered = Decision(Verdict.ALLOW, "x", ("p",), "b"), Decision(Verdict.ASK, "x", ("flow.intent",), "b")
    log = [
        Entry(
            number,
            build(
                ToolCallOpened("s", "app", "plan", "pay", Mode.ENFORCE, decision, ask(), "d"),
                id=f"e{number}", time=1, tenant="t",
            ).encode(),
        )
        for number, decision in enumerate((allowed, steered))
    ]  # fmt: skip
    assert [one.event.id for one in recorded(log)] == ["e0"]
    assert own(log, "e0") is own(log, "e2") is None
    assert own([Entry(9, b"junk"), *log], "e1").decision == steered


def test_what_others_say_is_passed_over(ask):
    closed = CallClosed("e", Outcome.COMPLETED, 200, "", Decision(Verdict.ALLOW, "x"), (), Coverage())
    no_bundle = opened(Decision(Verdict.DENY, "x", ("identity.unknown",)), ask())
    guards = msgspec.structs.replace(no_bundle, decision=Decision(Verdict.DENY, "x", ("gateway.kill",), "b"))
    log = [
        Entry(0, b"junk"),
        *(Entry(1, build(one, id="e", time=1, tenant="t").encode()) for one in (closed, no_bundle, guards)),
    ]
    assert not list(recorded(log))


def test_the_same_policy_decides_the_same_again(entries, policy, ask):
    count = Counter()
    assert not list(outcomes(recorded(entries(ask("SSN"), ask("MRN"), ask(roles=()))), policy(ASK), count))
    assert count == {"transform -> transform": 2, "deny -> deny": 1}


@pytest.mark.parametrize(
    ("change", "question", "exposes"),
    [
        (("token MRN", "clear MRN"), ("MRN",), True),
        (("token MRN", "mask MRN"), ("MRN",), False),
        (("clear DATE", "mask DATE"), ("DATE",), False),
        (("mask *", "mask *; clear NAME"), ("NAME", "SSN"), True),
    ],
)
def test_what_would_change_and_what_that_exposes(entries, policy, ask, change, question, exposes):
    (one,) = outcomes(recorded(entries(ask(*question))), policy(ASK.replace(*change)), Counter())
    assert one.exposes is exposes


def test_what_was_denied_and_would_pass_exposes(entries, policy, ask):
    (one,) = outcomes(
        recorded(entries(ask("SSN", roles=("visitor",)))), policy(ASK.replace('"staff"', '"visitor"')), Counter()
    )
    assert (one.now.verdict, one.exposes) == (Verdict.TRANSFORM, True)
    (none,) = outcomes(
        recorded(entries(ask(roles=("visitor",)))), policy(ASK.replace('"staff"', '"visitor"')), Counter()
    )
    assert none.exposes is False


@pytest.mark.parametrize(("found", "exposes"), [("NAME", True), ("SSN", False), (None, False)])
def test_what_was_found_in_an_answer_and_would_pass_exposes(policy, ask, found, exposes):
    strict = ASK.replace("@request", '@answer("mask *")\n@request')
    counts = () if found is None else (Count(Kind(found), 1),)
    allowed = policy(strict).decide(ask())
    call = opened(allowed, ask()), CallClosed("e0", Outcome.COMPLETED, 200, "", allowed, counts, Coverage())
    tool = (
        ToolCallOpened("s", "app", "plan", "find", Mode.ENFORCE, allowed, ask(), "d"),
        ToolCallClosed("e0", Outcome.COMPLETED, "", 4, 1, found=counts),
    )
    weaker = policy(strict.replace("mask *", "mask *; clear NAME", 1))
    for pair in (call, tool):
        log = [
            Entry(number, build(one, id=f"e{number}", time=1, tenant="t").encode()) for number, one in enumerate(pair)
        ]
        (one,) = outcomes(recorded(log), weaker, Counter())
        assert one.exposes is exposes


def test_a_call_that_was_never_closed_is_decided_again_too(entries, ask):
    assert [one.answered for one in recorded(entries(ask("SSN")))] == [()]
