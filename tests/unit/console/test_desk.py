"""The desk: what waits for an approval, and the answers to it."""

import pytest

from asepsis.core.types import Outline


async def test_a_case_is_shown_with_all_that_is_known(front):
    case = front.ask().case
    await front.sign_in("auditor")
    listed = (await front.client.get("/approvals")).text
    assert all(said in listed for said in (case, "topics need an approval", "SSN", "HIV", "15 min", "0 of 1"))
    page = (await front.client.get(f"/approvals/{case}")).text
    for said in (
        "lab:rep", "payment", "memberdigest", "messages[1].content", "the user", "a tool&#39;s result",
        "unreadable: image", "3 more parts",
        "result 1 of <code>list_faxes</code> [0].body, untrusted",
        "privacy-office", "limits.topics", "first of its sort",
        "Statutory clock", "29 CFR 2560.503-1",
        "you may look and not approve", f"<code>asepsis approvals approve {case} --key …",
    ):  # fmt: skip
        assert said in page, said
    assert page.index("What the call consists of") < page.index("Who asks")
    assert "<code>lab-assistant</code> for <code>lab:rep</code> · asked" in page
    assert (await front.client.get("/")).text.count("badge") == 1


async def test_an_approver_answers_with_a_second_factor_and_a_reason(front):
    case = front.ask().case
    await front.sign_in("privacy")
    assert "Show who you are" in (await front.client.get(f"/approvals/{case}")).text
    weak = await front.post(f"/approvals/{case}/answer", answer="approve", reason="as agreed")
    assert (weak.status_code, "show again who you are" in weak.text) == (409, True)
    await front.sign_in("privacy", mfa=True, again=True)
    for fields, said in (
        ({"answer": "approve", "reason": " "}, "expected a reason"),
        ({"answer": "maybe", "reason": "as agreed"}, "expected an answer"),
        ({"reason": "as agreed"}, "expected an answer"),
        ({"answer": "approve", "reason": "x" * 501}, "at most 500"),
    ):
        answer = await front.post(f"/approvals/{case}/answer", **fields)
        assert (answer.status_code, said in answer.text) == (409, True), said
    done = await front.post(f"/approvals/{case}/answer", answer="approve", reason="as  agreed")
    assert (done.status_code, done.headers["location"]) == (303, f"/approvals?done={case}")
    assert front.ask().approved
    page = (await front.client.get(f"/approvals/{case}")).text
    assert "Approved, used" in page
    assert "“as agreed”" in page


@pytest.mark.parametrize(
    ("user", "said"),
    [("auditor", "no role of yours may approve"), ("director", "an answer of privacy-office")],
)
async def test_who_may_not_answer_does_not(front, user, said):
    case = front.ask().case
    await front.sign_in(user, mfa=True)
    answer = await front.post(f"/approvals/{case}/answer", answer="approve", reason="as agreed")
    assert (answer.status_code, said in answer.text) == (409, True)
    assert not front.ask().approved


async def test_a_case_that_is_over_takes_no_answer(front):
    case = front.ask().case
    await front.sign_in("privacy", mfa=True)
    front.clock.advance(milliseconds=15 * 60_000)
    answer = await front.post(f"/approvals/{case}/answer", answer="approve", reason="as agreed")
    assert (answer.status_code, "expected a case that is open" in answer.text) == (409, True)


@pytest.mark.parametrize("path", ["/approvals/none", "/approvals/" + "x" * 200])
async def test_no_case_is_said_kindly(front, path):
    await front.sign_in("privacy", mfa=True)
    assert (await front.client.get(path)).status_code == 404
    assert (await front.post(f"{path}/answer", answer="deny", reason="as agreed")).status_code == 404


async def test_a_standing_approval_takes_two(front):
    case = front.ask(outline=Outline()).case
    await front.sign_in("privacy", mfa=True)
    await front.post(f"/approvals/{case}/answer", answer="approve", reason="as agreed")
    made = await front.post(f"/approvals/{case}/standing", days="7", most="20", reason="every week")
    assert made.status_code == 303
    (rule,) = front.approvals.standing.listed(tenant="local")
    page = (await front.client.get("/approvals")).text
    assert all(said in page for said in ("needs another person", "0 of 20", "lab:privacy", "HIV, 2 SSN"))
    again = await front.post(f"/approvals/standing/{rule.rule}", do="sign", reason="every week")
    assert (again.status_code, "not signed it yet" in again.text) == (409, True)
    await front.sign_in("director", mfa=True)
    assert (await front.post(f"/approvals/standing/{rule.rule}", do="sign", reason="fine")).status_code == 303
    assert front.ask("b" * 32).approved
    assert "1 of 20" in (await front.client.get("/approvals")).text
    assert (await front.post(f"/approvals/standing/{rule.rule}", do="end")).status_code == 303
    assert not front.ask("c" * 32).approved


@pytest.mark.parametrize("fields", [{"days": "x", "most": "1"}, {"days": "31", "most": "1"}, {"days": "1", "most": ""}])
async def test_terms_that_cannot_be_are_refused(front, fields):
    case = front.ask().case
    await front.sign_in("privacy", mfa=True)
    await front.post(f"/approvals/{case}/answer", answer="approve", reason="as agreed")
    answer = await front.post(f"/approvals/{case}/standing", reason="why not", **fields)
    assert (answer.status_code, "expected 1 to 30 days" in answer.text) == (409, True)


async def test_what_waits_is_looked_at_again_without_counting_as_use(front):
    front.ask()
    await front.sign_in("privacy", mfa=True)
    front.clock.advance(milliseconds=10 * 60_000)
    seen = front.sessions._row(front.person().session).seen
    fragment = await front.client.get("/approvals/now")
    assert fragment.text.lstrip().startswith("<ol")
    assert front.sessions._row(front.person().session).seen == seen


async def test_damaged_rows_are_said(front, engine):
    case = front.ask().case
    await front.sign_in("auditor")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approval SET question = 'x{'")
    page = (await front.client.get("/approvals")).text
    assert case in page
    assert "can't be read" in page
    assert (await front.client.get(f"/approvals/{case}")).status_code == 404


async def test_a_form_of_no_session_answers_nothing(front):
    case = front.ask().case
    await front.sign_in("privacy", mfa=True)
    data = {"answer": "approve", "reason": "as agreed", "form": "x"}
    answer = await front.client.post(f"/approvals/{case}/answer", data=data, headers={"origin": front.address})
    assert answer.status_code == 403
    assert not front.ask().approved


async def test_who_is_away_hands_over_and_somebody_else_answers(front):
    case = front.ask().case
    await front.sign_in("privacy")
    fields = {"to": "lab:director", "days": "3", "reason": "on leave"}
    weak = await front.post("/approvals/delegations", **fields)
    assert (weak.status_code, "show again who you are" in weak.text) == (409, True)
    await front.sign_in("privacy", mfa=True, again=True)
    for changed, said in (
        ({"to": "lab:privacy"}, "expected somebody else"),
        ({"to": ""}, "expected somebody else"),
        ({"days": "31"}, "1 to 30 days"),
        ({"days": ""}, "1 to 30 days"),
        ({"reason": ""}, "expected a reason"),
    ):
        answer = await front.post("/approvals/delegations", **(fields | changed))
        assert (answer.status_code, said in answer.text) == (409, True), said
    done = await front.post("/approvals/delegations", **fields)
    assert (done.status_code, done.headers["location"]) == (303, "/approvals?done=handed")
    assert "on leave" in (await front.client.get("/approvals?done=handed")).text
    await front.sign_in("director", mfa=True)
    assert (await front.post(f"/approvals/{case}/answer", answer="approve", reason="as agreed")).status_code == 303
    assert front.ask().approved


async def test_what_was_handed_over_can_be_ended_by_either_and_is_not_handed_on(front):
    case = front.ask().case
    await front.sign_in("privacy", mfa=True)
    await front.post("/approvals/delegations", to="lab:director", days="3", reason="on leave")
    (handed,) = front.delegations.living()
    assert handed.groups == ("privacy-office",)
    await front.sign_in("director", mfa=True)
    await front.post("/approvals/delegations", to="lab:auditor", days="3", reason="on leave")
    assert [one.groups for one in front.delegations.living() if one.to == "lab:auditor"] == [("medical-directors",)]
    await front.sign_in("auditor", mfa=True)
    assert (await front.post(f"/approvals/delegations/{handed.delegation}")).status_code == 409
    refused = await front.post(f"/approvals/{case}/answer", answer="approve", reason="as agreed")
    assert "no role of yours may approve" in refused.text
    await front.sign_in("director", mfa=True)
    assert (await front.post(f"/approvals/delegations/{handed.delegation}")).status_code == 303
    refused = await front.post(f"/approvals/{case}/answer", answer="approve", reason="as agreed")
    assert (refused.status_code, "an answer of privacy-office" in refused.text) == (409, True)


async def test_who_looks_only_is_offered_nothing_to_hand_over(front):
    await front.sign_in("auditor", mfa=True)
    assert "While somebody is away" not in (await front.client.get("/approvals")).text
    answer = await front.post("/approvals/delegations", to="lab:director", days="3", reason="on leave")
    assert (answer.status_code, "no role of yours may approve" in answer.text) == (409, True)


@pytest.mark.parametrize("path", ["/oauth/token", "/sign-in/foo"])
async def test_a_stranger_is_told_nothing_of_what_waits(front, path):
    front.ask()
    answer = await front.client.get(path)
    assert (answer.status_code, answer.text) == (404, "nothing is here\n")
