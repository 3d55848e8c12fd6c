"""What stands before every page where people sign in."""

import pytest

from asepsis.console.people import Person

HTML = {"accept": "text/html"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/console.css", "/signed-out"])
async def test_these_are_open(front, path):
    assert (await front.client.get(path)).status_code == 200


@pytest.mark.parametrize("path", ["/", "/calls/x", "/events", "/metrics", "/nothing", "/staticx", "/healthz/x/../../"])
async def test_everything_else_needs_somebody(front, path):
    assert (await front.client.get(path)).status_code in (401, 404)
    answer = await front.client.get(path, headers=HTML)
    assert answer.status_code in (303, 404)


async def test_a_page_is_come_back_to(front):
    answer = await front.client.get("/?show=denied", headers=HTML)
    assert answer.headers["location"] == "/sign-in?to=%2F%3Fshow%3Ddenied"


async def test_a_form_that_comes_after_its_session_leads_back_to_its_page(front):
    answer = await front.client.post("/approvals/c1/answer", data={"answer": "approve"}, headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?to=%2Fapprovals")


@pytest.mark.parametrize("secret", ["", "x", "x" * 9000, "é"])
async def test_a_made_up_secret_is_nobodys(front, secret):
    headers = {"cookie": f"asepsis-session={secret}".encode()}
    assert (await front.client.get("/", headers=headers)).status_code == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://127.0.0.1:8082"])
async def test_a_form_of_another_origin_is_not_taken(front, origin):
    await front.sign_in("auditor")
    form = {"form": front.person().secret}
    answer = await front.client.post("/sign-out", data=form, headers={"origin": origin} if origin else {})
    assert answer.status_code == 403
    assert front.person()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 403),
        ({"form": "x"}, 403),
        ({"form": ""}, 403),
        ({"form": "x" * 70_000}, 413),
        ({str(n): "" for n in range(40)}, 400),
    ],
)
async def test_a_form_without_the_sessions_secret_is_not_taken(front, data, status):
    await front.sign_in("auditor")
    answer = await front.client.post("/sign-out", data=data, headers={"origin": front.address})
    assert answer.status_code == status
    assert front.person()


async def test_metrics_are_for_those_who_may_look_and_for_machines_with_a_token(front):
    front.api["Bearer good"] = Person("corp:prometheus", ("auditor",))
    front.api["Bearer other"] = Person("corp:other", ("nothing",))
    for authorization, status in (("Bearer good", 200), ("Bearer other", 303), ("Bearer bad", 401)):
        answer = await front.client.get("/metrics", headers={"authorization": authorization})
        assert answer.status_code == status


async def test_pages_take_no_token_and_the_api_no_cookie(front):
    front.api["Bearer good"] = Person("corp:machine", ("auditor",))
    assert (await front.client.get("/", headers={"authorization": "Bearer good"})).status_code == 401
    await front.sign_in("auditor")
    answer = await front.client.get("/api/v1/nothing")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="asepsis"')
    assert (await front.client.get("/api/v1/nothing", headers={"authorization": "Bearer good"})).status_code == 404
