"""The API of approvals."""

import json

import pytest

from asepsis.console.people import Person
from asepsis.policy import dsse
from asepsis.policy.answers import Answer, Answers, Rules
from asepsis.policy.config import Approver
from asepsis.policy.rota import Rota

BOT = dsse.private_key(dsse.new_key())
ROOT = "/api/v1/approvals"


def token(front, name, *roles, fresh=True, agent=False):
    at = front.clock.now() if fresh else 0
    front.api[f"Bearer {name}"] = Person(f"lab:{name}", roles, "mfa", ("mfa",), at, agent=agent)
    return {"authorization": f"Bearer {name}"}


async def test_what_waits_is_listed_and_shown(front):
    case = front.ask().case
    headers = token(front, "audit", "auditor")
    (one,) = (await front.client.get(ROOT, headers=headers)).json()["approvals"]
    assert (one["case"], one["state"], one["mine"]) == (case, "open", False)
    whole = (await front.client.get(f"{ROOT}/{case}", headers=headers)).json()
    assert whole["question"]["found"] == [{"kind": "SSN", "count": 2}]
    assert whole["outline"]["pieces"][1]["place"] == "messages[1].content"
    assert whole["needs"] == [["privacy-office", 1, []]]
    assert (await front.client.get(f"{ROOT}/none", headers=headers)).status_code == 404


async def test_an_approver_answers(front):
    case = front.ask().case
    body = {"answer": "approve", "reason": "as  agreed"}
    answer = await front.client.post(f"{ROOT}/{case}/answers", json=body, headers=token(front, "ann", "privacy"))
    assert (answer.status_code, answer.json()) == (200, {"case": case, "state": "approved"})
    assert front.ask().approved
    again = await front.client.post(f"{ROOT}/{case}/answers", json=body, headers=token(front, "ann", "privacy"))
    assert (again.status_code, again.json()["error"]) == (409, "input")


@pytest.mark.parametrize(
    ("roles", "more", "status"),
    [
        ((), {}, 403),
        (("auditor",), {}, 403),
        (("privacy",), {"agent": True}, 403),
        (("privacy",), {"fresh": False}, 401),
        (("director",), {}, 409),
    ],
)
async def test_nobody_else_does(front, roles, more, status):
    case = front.ask().case
    headers = token(front, "x", *roles, **more)
    body = {"answer": "approve", "reason": "as agreed"}
    answer = await front.client.post(f"{ROOT}/{case}/answers", json=body, headers=headers)
    assert answer.status_code == status
    if status == 401:
        said = answer.headers["www-authenticate"]
        assert said == 'Bearer error="insufficient_user_authentication", max_age="1800"'
    assert not front.ask().approved


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"answer": "maybe", "reason": "x"}',
        b'{"answer": "approve"}',
        b"\xff",
        b'{"answer":"deny","reason":"x","more":1}',
    ],
)
async def test_what_cannot_be_read_is_said(front, body):
    case = front.ask().case
    headers = token(front, "ann", "privacy")
    answer = await front.client.post(f"{ROOT}/{case}/answers", content=body, headers=headers)
    assert answer.status_code == 400


async def test_an_answer_that_was_signed_elsewhere_needs_no_token(front):
    rules = Rules((Approver("bot", dsse.public_text(BOT), "corp:bot", ("privacy-office",)),), Rota(()))
    front.approvals.answers = Answers(rules, front.approvals._tools.keys)
    front.office.approvals.standing._answers = front.approvals.answers
    case = front.ask().case
    whole = (await front.client.get(f"{ROOT}/{case}", headers=token(front, "audit", "auditor"))).json()
    sign = whole["sign"]
    kind = sign.pop("type")
    said = Answer(**sign, approver="bot", answer="approve", at=front.clock.now(), reason="ticket 7")
    envelope = dsse.sealed(said, BOT, type=kind)
    path = f"/api/v1/statements/{case}"
    forged = json.loads(envelope)
    forged["payload"] = forged["payload"][:-4] + "AAAA"
    assert (await front.client.post(path, json=forged)).status_code == 403
    other = front.ask("b" * 32).case
    assert (await front.client.post(f"/api/v1/statements/{other}", content=envelope)).status_code == 403
    assert (await front.client.post(path, content=b"x" * 70_000)).status_code == 409
    answer = await front.client.post(path, content=envelope)
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    assert front.ask().approved


async def test_a_damaged_case_is_said(front, engine):
    case = front.ask().case
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approval SET question = 'x{'")
    answer = await front.client.get(f"{ROOT}/{case}", headers=token(front, "audit", "auditor"))
    assert (answer.status_code, answer.json()["message"]) == (500, "the case's row is damaged")
