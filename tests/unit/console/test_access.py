"""Access for a time, in a browser."""

import re

import pytest

WHY = "the nurse on duty is away"


async def test_somebody_asks_and_somebody_else_grants(front):
    await front.sign_in("nurse")
    asked = await front.post("/access", do="ask", template="access.cover", minutes="30", reason=WHY)
    assert (asked.status_code, asked.headers["location"]) == (303, "/access")
    (row,) = front.elevations.listed("asked")
    assert WHY in (await front.client.get("/access")).text
    own = await front.post(f"/access/{row.link}", do="grant", reason="fine")
    assert own.status_code == 409
    await front.sign_in("privacy")
    assert "show again who you are" in (await front.post(f"/access/{row.link}", do="grant", reason="fine")).text
    await front.sign_in("privacy", mfa=True)
    assert (await front.post(f"/access/{row.link}", do="grant", reason="fine")).status_code == 303
    (one,) = front.elevations.open_now()
    assert (one.principal, one.template) == ("lab:nurse", "access.cover")
    await front.sign_in("nurse")
    assert (await front.post(f"/access/{row.link}", do="end")).status_code == 303
    assert front.elevations.open_now() == ()


async def test_the_glass_is_broken_with_a_second_factor_and_reviewed_by_somebody_else(front):
    form = {"do": "break", "template": "access.glass", "minutes": "10", "reason": WHY}
    await front.sign_in("nurse")
    assert (await front.post("/access", **form)).status_code == 409
    await front.sign_in("auditor", mfa=True)
    refused = await front.post("/access", **form)
    assert (refused.status_code, "no policy lets you" in refused.text) == (409, True)
    await front.sign_in("nurse", mfa=True)
    assert (await front.post("/access", **form)).status_code == 303
    (one,) = front.elevations.open_now()
    assert "glass broken" in (await front.client.get("/access")).text
    front.clock.advance(milliseconds=10 * 60_000)
    front.elevations.look()
    assert "somebody else has to review it" in (await front.client.get("/access")).text
    assert (await front.post(f"/access/{one.link}", do="review", reason="fine")).status_code == 409
    await front.sign_in("privacy", mfa=True)
    page = (await front.client.get("/access")).text
    assert "It was right, close it" in page
    assert "It was not right, close it" in page
    assert (await front.post(f"/access/{one.link}", do="review", reason="it was right")).status_code == 303
    assert front.elevations.listed("review") == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"do": "ask", "template": "none", "minutes": "5", "reason": WHY}, "expected a template"),
        ({"do": "ask", "template": "access.cover", "minutes": "x", "reason": WHY}, "1 to 60 minutes"),
        ({"do": "ask", "template": "access.cover", "minutes": "5", "reason": "no"}, "expected a reason"),
        ({"do": "break", "template": "access.cover", "minutes": "5", "reason": WHY}, "expected a template"),
    ],
)
async def test_what_cannot_be_is_said(front, fields, said):
    await front.sign_in("nurse", mfa=True)
    answer = await front.post("/access", **fields)
    assert (answer.status_code, said in answer.text) == (409, True)


async def test_only_those_whose_yes_counts_are_offered_to_give_it(front):
    await front.sign_in("nurse")
    await front.post("/access", do="ask", template="access.cover", minutes="30", reason=WHY)
    (row,) = front.elevations.listed("asked")
    await front.sign_in("director", mfa=True)
    page = (await front.client.get("/access")).text
    assert ("Grant</button>" in page, "waits for privacy-office" in page) == (False, True)
    assert (await front.post(f"/access/{row.link}", do="grant", reason="fine")).status_code == 409
    await front.sign_in("privacy", mfa=True)
    page = (await front.client.get("/access")).text
    assert ("Grant</button>" in page, "waits for privacy-office" in page) == (True, False)


async def test_no_more_minutes_are_offered_than_a_template_gives(front):
    await front.sign_in("nurse", mfa=True)
    page = (await front.client.get("/access")).text
    assert re.findall(r'type="number" min="1" max="(\d+)" value="(\d+)"', page) == [("60", "30"), ("30", "30")]


@pytest.mark.parametrize("does", ["nothing", "review", "grant"])
async def test_an_answer_to_nothing_is_none(front, does):
    await front.sign_in("privacy", mfa=True)
    answer = await front.post("/access/none", do=does, reason="fine")
    assert (answer.status_code, "expected" in answer.text) == (409, True)


async def test_who_may_look_ends_nothing_of_others(front):
    await front.sign_in("nurse")
    await front.post("/access", do="ask", template="access.cover", minutes="30", reason=WHY)
    (row,) = front.elevations.listed("asked")
    await front.sign_in("auditor", mfa=True)
    assert (await front.post(f"/access/{row.link}", do="end")).status_code == 409
    assert front.elevations.listed("asked") == (row,)
