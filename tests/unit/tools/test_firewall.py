import asyncio
import hashlib
import json
from concurrent.futures import Future
from types import SimpleNamespace

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core import canonical, plans
from asepsis.core.errors import Unavailable
from asepsis.core.events import Mode, ToolCallUnseen, read_payload
from asepsis.core.labels import Category
from asepsis.core.ports import Approval, Facts, Sealed
from asepsis.core.types import (
    Count,
    Decision,
    Kind,
    Obligation,
    ObligationKind,
    Principal,
    Purpose,
    SealedRef,
    Verdict,
)
from asepsis.identity.scopes import PLAN
from asepsis.ledger.sealing.sealer import owner_of_subject
from asepsis.testing.agents import FAXES, TOOLS
from asepsis.testing.clock import ManualClock
from asepsis.testing.histories import MemoryHistories, histories
from asepsis.testing.ids import SequentialIds
from asepsis.tools.catalogue import Catalogue
from asepsis.tools.draft import draft
from asepsis.tools.firewall import Around, Firewall, Spoken, subjects
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.live import Live
from asepsis.tools.manifests import Confirmed
from asepsis.tools.mcp.front import Call
from asepsis.tools.members import About, Members
from asepsis.tools.sessions import Around as Needs
from asepsis.tools.sessions import Sessions
from asepsis.tools.types import Budget

ANN = Principal("local", "ann", "chat")


class Plan:
    """A server in memory."""

    def __init__(self):
        self.made, self.fault, self.closed, self.listed = [], None, False, True

    async def tools(self):
        if self.fault:
            raise self.fault
        return TOOLS

    async def call(self, tool, arguments, /, *, token, heard):
        if self.fault:
            raise self.fault
        self.made.append((tool, arguments, token))
        return {"content": [{"type": "text", "text": json.dumps(FAXES if tool == "list_faxes" else {"id": "m"})}]}

    async def close(self):
        self.closed = True


class Ledger:
    def __init__(self):
        self.events, self.broken = [], False

    async def submit(self, events):
        if self.broken:
            raise Unavailable("the disk is full")
        self.events += events

    def told(self):
        return [(event.kind, int(event.verdict)) for event in self.events]


class Digests:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{hashlib.sha256(value.encode()).hexdigest()[:8]}"


class Store(MemoryHistories):
    """A store of sessions that breaks when told to."""

    fault = None

    def add(self, entries, /):
        if self.fault:
            raise self.fault
        return super().add(entries)


def changed(manifest, changes):
    return msgspec.structs.replace(manifest, **changes.get(manifest.name, {}))


class House:
    """A firewall with everything around it in reach."""

    def __init__(self, mode=Mode.ENFORCE, **changes):
        self.plan, self.ledger, self.killed, self.approvals = Plan(), Ledger(), "", None
        self.budgets = self.directives = self.answers = None
        self.members = Members(Digests())
        self.decision = Decision(Verdict.ALLOW, "it may", ("all",))
        catalogue = Catalogue([Confirmed("plan", tuple(changed(draft(tool), changes) for tool in TOOLS))])
        clock = ManualClock()
        around = Around(
            clock, SequentialIds(), Digests(), self.ledger, Ed25519PrivateKey.generate(), "local", self.live
        )
        self.store = Store()
        needs = Needs(clock, Digests(), histories(clock, self.store, minutes=5))
        sessions = Sessions(lambda: Monitor(catalogue.manifests), needs, most=5, minutes=5)
        self.firewall = Firewall(catalogue, {"plan": self.plan}, around, sessions=sessions, mode=mode)

    def live(self):
        given = {"budgets": self.budgets, "directives": self.directives, "answers": self.answers}
        return Live(None, self, self.approvals, lambda tenant, switches: self.killed, self.members, **given)

    def decide(self, question):
        self.question = question
        return self.decision

    async def call(self, tool, arguments, words="", who=ANN):
        return await self.firewall.call(
            who, Call(1, f"plan__{tool}", arguments, modern=False), Spoken(words), lambda *_: None
        )


@pytest.fixture
async def house():
    made = House()
    await made.firewall.refresh()
    return made


MAIL = {"recipients": ["eve@evil.test"], "subject": "", "body": ""}


async def test_a_call_is_recorded_before_and_after(house):
    result = await house.call("list_faxes", {})
    assert json.loads(result["content"][0]["text"]) == FAXES
    assert house.ledger.told() == [("tool.call.opened", 0), ("tool.call.closed", 0)]
    assert house.question.tool == "plan__list_faxes"
    assert house.plan.made[0][2].count(".") == 2
    assert "fax-1" not in str([bytes(event.payload) for event in house.ledger.events])


async def test_a_call_that_untrusted_data_decides_is_not_made(house):
    await house.call("list_faxes", {})
    result = await house.call("send_email", MAIL)
    assert result["isError"]
    assert result["_meta"]["asepsis/rule"] == "flow.intent"
    assert house.ledger.told()[2:] == [("tool.call.opened", 2), ("tool.call.closed", 2)]
    assert len(house.plan.made) == 1


async def test_a_tool_that_nobody_confirmed_is_none(house):
    assert "no such tool" in (await house.call("format_disk", {}))["content"][0]["text"]


async def test_a_call_of_what_no_agent_sees_is_recorded_without_a_name_that_nobody_knows(house):
    await house.call("SSN 123-45-6789", {"who": "ann"})
    (event,) = house.ledger.events
    assert (event.kind, event.verdict, event.principal) == ("tool.call.unseen", Verdict.DENY, "ann")
    assert read_payload(event) == ToolCallUnseen("chat", "plan", "", "unknown")
    house.ledger.broken = True
    with pytest.raises(Unavailable):
        await house.call("format_disk", {})


async def test_what_is_switched_off_or_out_of_a_grants_reach_is_denied(house):
    house.killed = "tool"
    assert (await house.call("list_faxes", {}))["_meta"]["asepsis/rule"] == "gateway.kill"
    house.killed = ""
    narrow = Principal("local", "ann", "chat", (("grant", "g"), ("scope", "tool.call:plan__delete_fax")))
    assert (await house.call("list_faxes", {}, who=narrow))["_meta"]["asepsis/rule"] == "identity.scope"


async def test_what_policy_denies_or_wants_changed_is_not_made(house):
    house.decision = Decision(Verdict.DENY, "no", ("p1",))
    assert (await house.call("list_faxes", {}))["_meta"]["asepsis/rule"] == "p1"
    mask = (Obligation(ObligationKind.MASK, Kind.SSN),)
    house.decision = Decision(Verdict.TRANSFORM, "mask", ("p2",), obligations=mask)
    assert (await house.call("list_faxes", {}))["_meta"]["asepsis/rule"] == "p2"
    assert house.plan.made == []


async def test_a_refusal_names_the_rule_that_closed_the_call(house):
    house.decision = Decision(Verdict.DENY, "no policy permits it", ("policy.default",))
    said = (await house.call("list_faxes", {}))["content"][0]["text"]
    assert said == "asepsis refused this call: no policy permits it (rule policy.default)"


async def test_where_nobody_can_release_a_call_it_says_which_settings_would_name_somebody(house):
    await house.call("list_faxes", {})
    said = (await house.call("send_email", MAIL))["content"][0]["text"]
    assert "(flow.intent)" in said
    assert "nobody can release it here: name approvers in `policy.approvers` or `console.access`" in said
    assert "`tools.asking`" in said
    house.decision = Decision(Verdict.ASK, "a person has to", ("p3",))
    said = (await house.call("list_faxes", {}))["content"][0]["text"]
    assert "a person has to (rule p3); nobody can release it here" in said
    assert "tools.asking" not in said


async def test_an_approval_lets_one_call_through(house):
    class People:
        state = Approval("case-7")

        def approval(self, question, decision, action, outline, /):
            assert [piece.place for piece in outline.pieces] == ["recipients[0]", "subject", "body"]
            assert outline.pieces[0].origin.endswith("untrusted")
            assert "evil" not in outline.pieces[0].origin
            assert [piece.value for piece in outline.pieces] == ["eve@evil.test", "", ""]
            if isinstance(self.state, Exception):
                raise self.state
            return self.state

    house.approvals = People()
    await house.call("list_faxes", {})
    assert "approval case-7 is asked for" in (await house.call("send_email", MAIL))["content"][0]["text"]
    house.approvals.state = Approval("case-7", denied=True)
    assert "was denied" in (await house.call("send_email", MAIL))["content"][0]["text"]
    house.approvals.state = Unavailable("too many wait")
    assert (await house.call("send_email", MAIL))["_meta"]["asepsis/rule"] == "tools.approvals"
    house.approvals.state = Approval("case-7", approved=True)
    assert "isError" not in await house.call("send_email", MAIL)
    assert house.question.approval == "case-7"


async def test_a_call_that_can_not_be_recorded_is_not_made(house):
    house.ledger.broken = True
    with pytest.raises(Unavailable):
        await house.call("list_faxes", {})
    assert house.plan.made == []


async def test_a_server_that_fails_is_said_so(house, caplog):
    house.plan.fault = Unavailable("gone", code="tools.gone")
    result = await house.call("list_faxes", {})
    assert result["_meta"]["asepsis/rule"] == "tools.gone"
    assert "may have done what the call asks for" in result["content"][0]["text"]
    assert b'"outcome":"failed"' in bytes(house.ledger.events[-1].payload)
    await house.firewall.refresh()
    await house.firewall.refresh()
    assert (await house.call("list_faxes", {}))["_meta"]["asepsis/rule"] == "tools.down"
    assert [one.message for one in caplog.records] == [
        "tools: server `plan` gave no result of a call: gone",
        "tools: server `plan` does not answer, its tools are out: gone; ask it by `asepsis tools list plan`",
    ]


async def test_a_call_that_is_cancelled_is_recorded(house):
    async def wait(*arguments, **more):
        await asyncio.sleep(60)

    house.plan.call = wait
    running = asyncio.ensure_future(house.call("list_faxes", {}))
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert b'"outcome":"client_gone"' in bytes(house.ledger.events[-1].payload)


async def test_observing_holds_nothing_up_and_records_all():
    house = House(Mode.OBSERVE)
    await house.firewall.refresh()
    await house.call("list_faxes", {})
    assert "isError" not in await house.call("send_email", MAIL)
    assert house.ledger.told()[2] == ("tool.call.opened", 2)
    await house.firewall.close()
    assert house.plan.closed


async def test_tools_that_are_kept_back_are_told(caplog):
    house = House()
    house.firewall.catalogue._pinned["plan"].pop("list_faxes")
    await house.firewall.refresh()
    await house.firewall.refresh()
    assert house.ledger.told() == [("tools.kept", 0)]
    (line,) = [one.message for one in caplog.records]
    assert line.endswith("kept from agents until somebody confirms them: 'list_faxes' (confusable)")


def test_members_are_known_by_keyed_digests():
    assert subjects(Digests(), "local", str.upper)("m-1").digest == Digests().digest("member", "M-1", tenant="local")


async def test_a_standing_approval_would_hold_for_what_the_arguments_decide_and_for_no_text(house):
    async def told(**changes):
        await house.call("send_email", MAIL | changes)
        return {one.partition("=")[0]: one.partition("=")[2] for one in house.question.arguments}

    first = await told()
    assert set(first) == {"recipients"}
    assert await told(subject="another", body="text") == first
    assert await told(recipients=["other@example.org"]) != first
    assert set(await told(**{"123-45-6789": "x"})) == {"recipients", "?"}
    assert "evil" not in str(house.question)


async def test_a_result_that_the_session_can_not_keep_is_not_released(house):
    house.store.fault = Unavailable("full", code="tools.session")
    assert (await house.call("list_faxes", {}))["_meta"]["asepsis/rule"] == "tools.session"
    house.store.fault = None
    await house.call("list_faxes", {})
    assert [len(entries) for entries in house.store.entries.values()] == [1]


class Keep:
    """Keeps what is said in the clear; `away` refuses, `broken` is never durable."""

    def __init__(self):
        self.said, self.away, self.broken = [], False, False

    async def seal(self, place, said, /, *, subjects, decision):
        if self.away and place.name == self.away:
            raise Unavailable("away", code="sealing_keys")
        self.said.append((place, said, tuple(subjects)))
        done = Future()
        if self.broken:
            done.set_exception(Unavailable("broken"))
        else:
            done.set_result(None)
        return Sealed(SealedRef("s", len(self.said), 1, "", 1, ()), done)


@pytest.fixture
def kept(house):
    house.firewall._around = house.firewall._around._replace(keeping=Keep())
    return house.firewall._around.keeping


async def test_arguments_and_result_are_kept_with_their_events(house, kept):
    result = await house.call("list_faxes", {"folder": "in"})
    opened, closed = house.ledger.events
    (first, said, _), (second, shown, _) = kept.said
    assert (first.event, second.event) == (opened.id, closed.id)
    assert (first.session, said, shown) == (second.session, {"folder": "in"}, result)
    assert [read_payload(one).sealed.offset for one in (opened, closed)] == [1, 2]


async def test_a_denied_call_is_kept_too(house, kept):
    house.decision = Decision(Verdict.DENY, "no", ("none",))
    await house.call("list_faxes", {})
    assert [place.name for place, *_ in kept.said] == ["arguments"]


async def test_what_can_not_be_kept_is_not_done_and_not_shown(house, kept):
    kept.away = "arguments"
    result = await house.call("list_faxes", {})
    assert result["_meta"]["asepsis/rule"] == "tools.sealing"
    assert house.plan.made == []
    kept.away = "result"
    result = await house.call("list_faxes", {})
    assert result["_meta"]["asepsis/rule"] == "sealing_keys"
    assert "fax" not in str(result)
    kept.away, kept.broken = False, True
    with pytest.raises(Unavailable):
        await house.call("list_faxes", {})


@pytest.mark.parametrize("admitted", [True, False])
async def test_an_image_goes_on_where_policy_admits_it_and_is_anybodys_word(house, admitted):
    async def call(tool, arguments, /, *, token, heard):
        return {"content": [{"type": "image", "data": "AAAA", "mimeType": "image/png"}]}

    def decide(question):
        deny = question.opaque and not admitted
        return Decision(Verdict.DENY if deny else Verdict.ALLOW, "it may", ("all",))

    house.plan.call, house.decide = call, decide
    shown = (await house.call("list_faxes", {}))["content"][0]
    assert shown["type"] == ("image" if admitted else "text")
    assert (await house.call("send_email", MAIL))["isError"]


@pytest.mark.parametrize(("purpose", "rule"), [("TREAT", None), ("HPAYMT", "tools.purpose"), ("", "tools.purpose")])
async def test_a_tool_for_a_purpose_is_called_for_no_other_whoever_approves(purpose, rule):
    house = House(list_faxes={"purposes": frozenset({Purpose.TREATMENT})})
    await house.firewall.refresh()
    who = Principal("local", "ann", "chat", (("purpose", purpose),) if purpose else ())
    house.decision = Decision(Verdict.ALLOW, "it may", ("all",))
    assert (await house.call("list_faxes", {}, who=who)).get("_meta", {}).get("asepsis/rule") == rule


async def test_a_grant_for_some_members_reaches_no_other(house):
    who = Principal("local", "agent", "chat", (("grant", "g-1"), ("scope", "tool.call"), ("member", "m-1")))
    assert "isError" not in await house.call("get_member_record", {"member_id": "m-1"}, who=who)
    refused = await house.call("get_member_record", {"member_id": "m-2"}, who=who)
    assert refused["_meta"]["asepsis/rule"] == "identity.members"
    opened = [read_payload(event) for event in house.ledger.events if event.kind == "tool.call.opened"]
    assert [one.grant for one in opened] == ["g-1", "g-1"]
    assert Digests().digest("member", "m-1", tenant="local") in house.ledger.events[0].subjects


async def test_a_result_about_another_member_than_the_grants_is_kept_back(house):
    house.members.told = lambda who, result: About(frozenset(), beyond=True)
    assert (await house.call("list_faxes", {}))["_meta"]["asepsis/rule"] == "identity.members"


async def test_a_session_is_about_whom_a_result_tells_of(house):
    house.members.told = lambda who, result: About(frozenset({"m-9"}), beyond=False)
    await house.call("list_faxes", {})
    opened, closed = house.ledger.events[-2:]
    assert (opened.subjects, closed.subjects) == ((), ("m-9",))
    assert owner_of_subject("m-9") in set().union(*house.store.owners.values())


async def test_policy_is_told_of_consents_and_relations_of_those_a_call_is_about(house):
    class Known:
        def about(self, members, who, purpose, /):
            self.asked = members
            return Facts((Category.PART2,), (Category.PHI,), ("treating",))

    house.directives = Known()
    await house.call("get_member_record", {"member_id": "m-1"})
    assert house.directives.asked == {Digests().digest("member", "m-1", tenant="local")}
    question = house.question
    assert (question.consented, question.refused, question.relations, question.members) == (
        (Category.PART2,),
        (Category.PHI,),
        ("treating",),
        1,
    )


class Purses:
    """A budget of so many calls; what was settled, and whether as made."""

    def __init__(self, left):
        self.left, self.settled, self.spent = left, [], []

    def ready(self, what, /):
        return True

    def reserve(self, what, /):
        self.spent.append((what.tool, what.model, what.tokens_out))
        self.left -= 1
        return SimpleNamespace(exhausted="" if self.left >= 0 else "grant", unit="requests")

    def settle(self, reserved, tokens_in, tokens_out, /, *, made):
        self.settled.append(made)


async def test_what_a_call_takes_of_budgets_is_set_aside_before_it_is_made(house):
    house.budgets = Purses(1)
    assert "isError" not in await house.call("list_faxes", {})
    assert (await house.call("list_faxes", {}))["_meta"]["asepsis/rule"] == "budget.grant"
    assert (house.budgets.settled, house.budgets.spent[0]) == ([True], ("plan__list_faxes", "", 0))
    assert len(house.plan.made) == 1


async def test_what_was_set_aside_is_given_back_where_a_call_is_not_made(house):
    house.budgets, house.ledger.broken = Purses(1), True
    with pytest.raises(Unavailable):
        await house.call("list_faxes", {})
    assert house.budgets.settled == [False]


async def test_calls_at_the_same_time_do_not_share_a_place_of_a_tools_budget():
    house = House(list_faxes={"budget": Budget(2)})
    await house.firewall.refresh()
    slow = house.plan.call

    async def call(*arguments, **more):
        await asyncio.sleep(0.01)
        return await slow(*arguments, **more)

    house.plan.call = call
    results = await asyncio.gather(*(house.call("list_faxes", {}) for _ in range(6)))
    rules = [one.get("_meta", {}).get("asepsis/rule") for one in results]
    assert (rules.count(None), rules.count("flow.budget"), len(house.plan.made)) == (2, 4, 2)


async def test_the_plan_of_a_grant_is_put_in_force_before_anything_is_read(house):
    mailing = plans.Step("plan__send_email", (plans.Origin("recipients[]", "ann@plan.test"),))
    plan = plans.Plan((plans.Step("plan__list_faxes"), mailing))
    who = msgspec.structs.replace(ANN, claims=((PLAN, canonical.encode(plan).decode()),))
    await house.call("list_faxes", {}, who=who)
    mail = MAIL | {"recipients": ["ann@plan.test"]}
    assert "_meta" not in await house.call("send_email", mail, who=who)
    assert (await house.call("send_email", mail, who=who))["_meta"]["asepsis/rule"] == "flow.plan"
    assert (await house.call("delete_fax", {"fax_id": "fax-1"}, who=who))["_meta"]["asepsis/rule"] == "flow.plan"


async def test_without_the_plan_the_same_call_is_not_made(house):
    await house.call("list_faxes", {})
    refused = await house.call("send_email", MAIL | {"recipients": ["ann@plan.test"]})
    assert refused["_meta"]["asepsis/rule"] == "flow.intent"


def planned(*steps):
    plan = plans.Plan(steps)
    return msgspec.structs.replace(ANN, claims=((PLAN, canonical.encode(plan).decode()),))


async def test_a_plan_in_force_is_recorded_once_and_by_digest(house):
    who = planned(plans.Step("plan__send_email", (plans.Origin("subject", "Dana Reyes"),)))
    await house.call("list_faxes", {}, who=who)
    await house.call("list_faxes", {}, who=who)
    (told,) = [read_payload(one) for one in house.ledger.events if one.kind == "tool.plan.sealed"]
    assert (told.by, told.steps, told.application) == ("grant", 1, "chat")
    assert not any(b"Reyes" in one.encode() for one in house.ledger.events)


async def test_a_grant_whose_plan_comes_late_is_a_limit_and_no_intent(house):
    await house.call("list_faxes", {})
    who = planned(plans.Step("plan__send_email"))
    refused = await house.call("send_email", MAIL | {"recipients": ["ann@plan.test"]}, who=who)
    assert refused["_meta"]["asepsis/rule"] == "flow.intent"
    refused = await house.call("delete_fax", {"fax_id": "fax-1"}, words="Delete fax-1", who=who)
    assert refused["_meta"]["asepsis/rule"] == "flow.plan"
    assert [one for one in house.ledger.events if one.kind == "tool.plan.sealed"] == []


async def test_what_an_application_says_of_its_plan_lies_within_the_grants(house):
    wide, narrow = plans.Step("plan__send_email", times=2), plans.Step("plan__send_email")
    call = Call(1, "plan__list_faxes", {}, modern=False)
    for step, by in ((narrow, "application"), (plans.Step("plan__delete_fax"), "grant")):
        house = House()
        await house.firewall.refresh()
        await house.firewall.call(planned(wide), call, Spoken(plan=plans.Plan((step,))), lambda *_: None)
        (told,) = [read_payload(one) for one in house.ledger.events if one.kind == "tool.plan.sealed"]
        assert told.by == by


async def test_an_agent_commits_to_a_plan_before_it_reads_and_not_after(house):
    steps = {"steps": [{"tool": "plan__send_email", "origins": [{"path": "recipients[]", "value": "ann@plan.test"}]}]}
    plan = Call(1, "asepsis__plan", steps, modern=False)
    assert (await house.firewall.plan(ANN, plan, Spoken()))["isError"] is False
    again = await house.firewall.plan(ANN, plan, Spoken())
    assert again["_meta"]["asepsis/rule"] == "flow.plan"
    await house.call("list_faxes", {})
    assert "_meta" not in await house.call("send_email", MAIL | {"recipients": ["ann@plan.test"]})
    other = msgspec.structs.replace(ANN, id="bob")
    await house.call("list_faxes", {}, who=other)
    assert (await house.firewall.plan(other, plan, Spoken()))["_meta"]["asepsis/rule"] == "flow.plan"


async def test_an_agents_plan_is_a_plan_and_within_its_grants(house):
    fault = await house.firewall.plan(ANN, Call(1, "asepsis__plan", {"steps": [{}]}, modern=False), Spoken())
    assert fault["isError"]
    steps = {"steps": [{"tool": "plan__delete_fax"}]}
    beyond = await house.firewall.plan(
        planned(plans.Step("plan__send_email")), Call(1, "asepsis__plan", steps, modern=False), Spoken()
    )
    assert beyond["_meta"]["asepsis/rule"] == "flow.plan"
    assert house.ledger.events == []


async def test_a_result_that_repeats_a_servers_credential_is_kept_back(house):
    house.firewall._around = house.firewall._around._replace(credentials=("tool-Qx77-gamma",))
    assert "isError" not in await house.call("list_faxes", {})

    async def leaking(*_, **__):
        return {"content": [{"type": "text", "text": "refused: Bearer tool-Qx77-gamma"}]}

    house.plan.call = leaking
    said = await house.call("list_faxes", {})
    assert said["_meta"]["asepsis/rule"] == "tools.credential"
    assert "Qx77" not in json.dumps(said)
    assert not any(b"Qx77" in one.encode() for one in house.ledger.events)


async def test_an_approval_is_for_one_session_and_for_what_the_approver_was_told(house):
    class People:
        def __init__(self):
            self.actions = []

        def approval(self, question, decision, action, outline, /):
            self.actions.append(action)
            return Approval(f"case-{len(self.actions)}")

    async def mailed(session, words):
        spoken = Spoken(words, session)
        await house.firewall.call(ANN, Call(1, "plan__list_faxes", {}, modern=False), spoken, lambda *_: None)
        said = await house.firewall.call(ANN, Call(1, "plan__send_email", MAIL, modern=False), spoken, lambda *_: None)
        assert "is asked for" in said["content"][0]["text"]

    house.approvals = People()
    await mailed("one", "Send a mail")
    await mailed("one", "Send a mail")
    await mailed("two", "Send a mail")
    await mailed("three", "Summarise the faxes")
    first, again, elsewhere, otherwise = house.approvals.actions
    assert first == again
    assert len({first, elsewhere, otherwise}) == 3


async def test_what_is_recorded_of_an_ask_is_the_decision_and_not_what_the_caller_is_told(house):
    class People:
        def approval(self, question, decision, action, outline, /):
            return Approval("case-7")

    house.approvals, house.decision = People(), Decision(Verdict.ASK, "why it is", ("p",), "b")
    said = await house.call("list_faxes", {})
    assert "approval case-7 is asked for" in said["content"][0]["text"]
    (opened,) = [read_payload(one) for one in house.ledger.events if one.kind == "tool.call.opened"]
    assert opened.decision == house.decision


async def test_what_policy_obliges_to_holds_whoever_decides_in_the_end(house):
    """A denial by the monitor, an approval, and a yes of the user's take no obligation of policy's away."""
    duties = ("notify:privacy", "seal:off")
    plan = (Obligation(ObligationKind.MASK, Kind.SSN),)
    house.decision = Decision(Verdict.ALLOW, "it may", ("all",), "b", plan=plan, duties=duties)
    house.approvals = SimpleNamespace(approval=lambda *_: Approval("case-7", approved=True))
    house.members = SimpleNamespace(about=house.members.about, told=house.members.told)
    house.answers = SimpleNamespace(cut=lambda shown, decision, **_: (shown, ()))
    await house.call("list_faxes", {})
    assert "isError" not in await house.call("send_email", MAIL)
    house.killed = "tool"
    await house.call("send_email", MAIL)
    opened = [read_payload(event).decision for event in house.ledger.events if event.kind == "tool.call.opened"]
    assert [one.policies[0] for one in opened] == ["all", "tools.approved", "gateway.kill"]
    assert [one.duties for one in opened] == [duties] * 3
    assert [one.plan for one in opened] == [plan, plan, ()]


class Cut:
    """Takes `fax-1` out of results, or refuses them."""

    fault = None

    def cut(self, shown, decision, /, *, enforced):
        if self.fault:
            raise self.fault
        self.asked = (decision.plan, enforced)
        return json.loads(json.dumps(shown).replace("fax-1", "[MRN]")), (Count(Kind.MRN, 1),)


async def test_what_policy_says_of_answers_is_carried_out_on_results(house):
    plan = (Obligation(ObligationKind.MASK, Kind.MRN),)
    house.decision, house.answers = Decision(Verdict.ALLOW, "it may", ("all",), plan=plan), Cut()
    result = await house.call("list_faxes", {})
    assert "[MRN]" in str(result)
    assert "fax-1" not in str(result)
    assert house.answers.asked == (plan, True)
    assert read_payload(house.ledger.events[-1]).found == (Count(Kind.MRN, 1),)
    house.answers.fault = Unavailable("a finding is denied", code="policy.answer")
    result = await house.call("list_faxes", {})
    assert result["_meta"]["asepsis/rule"] == "policy.answer"
    assert "the call was made, and its result is kept back" in result["content"][0]["text"]


async def test_a_result_that_can_not_be_cut_is_not_released(house):
    house.decision = Decision(Verdict.ALLOW, "it may", ("all",), plan=(Obligation(ObligationKind.MASK, Kind.MRN),))
    result = await house.call("list_faxes", {})
    assert result["_meta"]["asepsis/rule"] == "tools.answers"
    assert "fax-1" not in str(result)


async def test_a_result_that_nobody_wants_cut_is_not_read_for_it(house):
    house.answers = Cut()
    assert "fax-1" in str(await house.call("list_faxes", {}))
    assert read_payload(house.ledger.events[-1]).found == ()


async def test_whom_a_call_is_about_stands_beside_its_session_before_it_is_made(house):
    record = ("get_member_record", {"member_id": "m-2"})
    await house.call(*record)
    owner = f"subject:{Digests().digest('member', 'm-2', tenant='local')}"
    assert house.store.forget(owner, tenant="local") == 1
    assert "was erased" in (await house.call("create_event", {"title": "x"}))["content"][0]["text"]
    house.store.note = broken
    assert (await house.call(*record))["_meta"]["asepsis/rule"] == "tools.session"
    assert [tool for tool, *_ in house.plan.made] == ["get_member_record"]


def broken(*_, **__):
    raise Unavailable("the database is away", code="tools.session")


async def test_arguments_that_the_tools_schema_does_not_allow_are_denied_and_said(house):
    result = await house.call("send_email", MAIL | {"body": 7})
    assert result["_meta"]["asepsis/rule"] == "tools.arguments"
    assert "argument body: expected string" in result["content"][0]["text"]
    assert not house.plan.made


@pytest.mark.parametrize(("code", "again"), [("upstream.connect", True), ("tools.timeout", False)])
async def test_a_call_that_reached_nobody_may_be_made_again_and_one_that_may_have_may_not(house, code, again):
    await house.call("list_faxes", {})
    mail = MAIL | {"recipients": ["ann@plan.test"]}
    house.plan.fault = Unavailable("x", code=code)
    assert (await house.call("send_email", mail, "Mail ann@plan.test"))["_meta"]["asepsis/rule"] == code
    house.plan.fault = None
    result = await house.call("send_email", mail, "Mail ann@plan.test")
    assert result.get("_meta", {}).get("asepsis/rule") == (None if again else "flow.again")


class Once:
    """Approvers whose yes to case-7 is good once."""

    def __init__(self):
        self.left = 1

    def approval(self, question, decision, action, outline, /):
        self.left -= 1
        return Approval("case-7", approved=self.left >= 0)

    def give_back(self, case, /, *, tenant):
        assert (case, tenant) == ("case-7", "local")
        self.left = 1


@pytest.mark.parametrize(("code", "left"), [("upstream.connect", 1), ("tools.unlisted", 1), ("tools.timeout", 0)])
async def test_an_approval_is_given_back_by_a_call_that_reached_nobody(house, code, left):
    await house.call("list_faxes", {})
    house.approvals, house.plan.fault = Once(), Unavailable("x", code=code)
    assert (await house.call("send_email", MAIL))["_meta"]["asepsis/rule"] == code
    assert house.approvals.left == left


async def test_a_call_that_a_budget_refuses_gives_back_its_approval_and_its_place():
    house = House(send_email={"budget": Budget(1)})
    await house.firewall.refresh()
    await house.call("list_faxes", {})
    spent = SimpleNamespace(exhausted="day", unit="calls")
    house.approvals, house.budgets = Once(), SimpleNamespace(ready=lambda _: True, reserve=lambda _: spent)
    for _ in range(2):
        assert (await house.call("send_email", MAIL))["_meta"]["asepsis/rule"] == "budget.day"
    house.budgets = None
    assert "isError" not in await house.call("send_email", MAIL)
    assert house.approvals.left == 0


class Full:
    """Slots that no call gets."""

    def __init__(self):
        self.waited = asyncio.Event()

    def locked(self):
        return True

    async def __aenter__(self):
        self.waited.set()
        await asyncio.sleep(60)

    async def __aexit__(self, *fault):
        pass


@pytest.mark.parametrize("waits", ["ledger", "slot"])
async def test_a_call_that_ends_before_it_goes_out_gives_its_approval_back(waits):
    house = House()
    await house.firewall.refresh()
    await house.call("list_faxes", {})
    house.approvals = Once()
    if waits == "ledger":
        house.ledger.broken = True
        with pytest.raises(Unavailable):
            await house.call("send_email", MAIL)
    else:
        house.firewall._slots = slots = Full()
        call = asyncio.ensure_future(house.call("send_email", MAIL))
        await slots.waited.wait()
        assert house.approvals.left == 0
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert house.approvals.left == 1


@pytest.mark.parametrize(
    ("tool", "arguments", "meanwhile", "made"),
    [
        ("send_email", MAIL, "", True),
        ("send_email", MAIL, "Stop!", False),
        ("list_faxes", {}, "Stop!", True),
        ("list_faxes", {}, "killed", False),
    ],
)
async def test_a_call_that_waited_for_its_place_is_made_only_if_it_still_may_be(tool, arguments, meanwhile, made):
    house = House()
    await house.firewall.refresh()
    await house.call("list_faxes", {})
    slots = house.firewall._slots = asyncio.Semaphore(0)
    words = f"Mail {MAIL['recipients'][0]}, and list the faxes"
    call = asyncio.ensure_future(house.call(tool, arguments, words))
    await asyncio.sleep(0.05)
    if meanwhile == "killed":
        house.killed = f"plan__{tool}"
    elif meanwhile:
        (session,) = house.firewall._sessions._open.values()
        await session.hear(meanwhile)
    before = len(house.plan.made)
    slots.release()
    result = await call
    assert (len(house.plan.made) > before) is made
    assert result.get("_meta", {}).get("asepsis/rule", "") == ("" if made else "tools.overtaken")


@pytest.mark.parametrize("kept", ["masked", "back", "shown"])
async def test_a_refusal_names_no_place_in_what_was_not_shown(house, kept):
    """Else it would say of each guess whether it is right."""
    house.decision = Decision(Verdict.ALLOW, "it may", ("all",), plan=(Obligation(ObligationKind.MASK, Kind.MRN),))
    house.answers = Cut() if kept != "shown" else SimpleNamespace(cut=lambda shown, _, **__: (shown, ()))
    house.answers.fault = Unavailable("it may not", code="tools.answers") if kept == "back" else None
    await house.call("list_faxes", {})
    right, wrong = [
        (await house.call("delete_fax", {"fax_id": one}))["content"][0]["text"] for one in ("fax-1", "fax-777")
    ]
    assert ("result 1 of" in right) is (kept == "shown")
    assert "result 1 of" not in wrong
    assert (right == wrong) is (kept != "shown")
    told = [read_payload(one).decision.reason for one in house.ledger.events if one.kind == "tool.call.opened"]
    assert "result 1 of" in told[1]
