"""The pages of signing in and out."""

import pytest

from asepsis.core.events import ConsoleLeft, ConsoleSignedIn
from asepsis.testing.starts import recorded


@pytest.mark.parametrize(
    ("to", "then"),
    [
        ("/?show=denied", "/?show=denied"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/\tx", "/"),
        ("nothing", "/"),
        ("/" + "x" * 600, "/"),
    ],
)
async def test_who_signed_in_goes_where_they_wanted_and_nowhere_else(front, to, then):
    answer = await front.sign_in("auditor", to=to)
    assert (answer.status_code, answer.headers["location"]) == (303, then)
    assert front.person().principal == "lab:auditor"
    assert (await front.client.get("/")).status_code == 200


async def test_an_answer_is_good_for_the_browser_that_asked(front):
    begun = await front.client.get("/sign-in")
    front.client.cookies.clear()
    answer = await front.client.get(f"/sign-in/back?code=x&state=y&iss={front.lab._address}")
    assert begun.status_code == 303
    assert answer.status_code == 403
    assert "this browser began no sign-in" in answer.text


async def test_a_code_is_good_once(front):
    answer = await front.sign_in("auditor")
    again = await front.client.get(str(answer.request.url))
    assert again.status_code == 403  # the sign-in that it answered is over


async def test_what_the_provider_says_wrong_lets_nobody_in(front):
    await front.client.get("/sign-in")
    answer = await front.client.get("/sign-in/back?error=access_denied&state=x")
    assert answer.status_code == 502
    assert "access_denied" not in answer.text
    assert front.person() is None


async def test_a_provider_that_is_away_is_said(front):
    front.away = True
    answer = await front.client.get("/sign-in")
    assert (answer.status_code, "can&#39;t be reached" in answer.text) == (502, True)


async def test_showing_again_who_one_is_gives_another_session(front):
    await front.sign_in("privacy")
    before = front.person()
    assert not front.people.is_sure(before, front.clock.now())
    await front.sign_in("privacy", mfa=True, again=True)
    assert front.people.is_sure(front.person(), front.clock.now())
    assert front.sessions.lasts(before.session) is False


async def test_signing_out_ends_it(front):
    await front.sign_in("auditor")
    form = {"form": front.person().secret}
    answer = await front.client.post("/sign-out", data=form, headers={"origin": front.address})
    assert (answer.status_code, answer.headers["location"]) == (303, "/signed-out")
    assert front.person() is None
    assert "http://lab/issuer/logout?client_id=asepsis-console" in (await front.client.get("/signed-out")).text
    assert [type(one) for one in recorded(front.outbox)] == [ConsoleSignedIn, ConsoleLeft]


async def test_the_providers_word_ends_it(front):
    await front.sign_in("auditor")
    (sid,) = front.lab._signed_in
    bad = await front.client.post("/sign-in/over", data={"logout_token": "x.y.z"})
    assert bad.status_code == 400
    assert front.person()
    token = front.lab.logout_token(sid, "asepsis-console")
    good = await front.client.post("/sign-in/over", data={"logout_token": token})
    assert (good.status_code, good.headers["cache-control"]) == (200, "no-store")
    assert front.person() is None
    long = await front.client.post("/sign-in/over", data={"logout_token": "x" * 40_000})
    assert long.status_code == 400


async def test_without_a_role_there_is_nothing_but_the_way_out(front):
    answer = await front.sign_in("engineer")
    assert (await front.client.get(answer.headers["location"])).headers["location"] == "/sign-in/nothing"
    page = await front.client.get("/sign-in/nothing")
    assert (page.status_code, "lab:engineer" in page.text, "Sign out" in page.text) == (403, True, True)
