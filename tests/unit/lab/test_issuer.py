"""The lab's issuer, as a client and as the gateway see it."""

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from asepsis.identity.config import Issuer, RoleOf
from asepsis.identity.tokens import TokenIdentifier
from asepsis.infra.clock import SystemClock
from asepsis.lab.config import LabConfig
from asepsis.lab.issuer import CLIENT, USERS
from asepsis.lab.server import create

ADDRESS = "http://127.0.0.1:8090/issuer"


@pytest.fixture(scope="module")
def client():
    return TestClient(create(LabConfig()))


def token(client, user):
    answer = client.post("/issuer/token", data={"grant_type": "client_credentials", "client_id": user})
    return answer.status_code, answer.json()


@pytest.mark.parametrize("user", USERS)
def test_each_sample_user_gets_a_token_that_holds(client, user):
    group, purpose = USERS[user]
    status, said = token(client, user)
    keys = {"lab f": client.get("/issuer/jwks.json").text}
    one = Issuer("lab", ADDRESS, "asepsis", "f", "demo", roles=(RoleOf(group, "role"),))
    who = TokenIdentifier([one], keys, tenant="local", clock=SystemClock()).principal(said["access_token"])
    assert (status, said["token_type"], who.id) == (200, "Bearer", f"lab:{user}")
    assert who.claims == (("purpose", purpose), ("role", "role"))
    assert said["expires_in"] > 0 < time.time()


@pytest.mark.parametrize("user", ["nobody", "", "x" * 9999])
def test_nobody_else_gets_one(client, user):
    status, said = token(client, user)
    assert (status, said["error"]) == (401, "invalid_client")


def test_its_metadata_says_where_its_keys_are(client):
    said = client.get("/issuer/.well-known/openid-configuration").json()
    assert (said["issuer"], said["jwks_uri"]) == (ADDRESS, f"{ADDRESS}/jwks.json")
    assert all("d" not in key for key in client.get("/issuer/jwks.json").json()["keys"])


ASKED = {
    "client_id": CLIENT,
    "response_type": "code",
    "redirect_uri": "http://127.0.0.1:9/back",
    "state": "s",
    "nonce": "n",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""The pair of RFC 7636, appendix B."""


def code_of(client, **more):
    form = {"asked": json.dumps({**ASKED, **more}), "user": "privacy", "mfa": "yes"}
    answer = client.post("/issuer/login", data=form, follow_redirects=False)
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (back["state"], back["iss"]) == (["s"], [ADDRESS])
    return back["code"][0]


def redeem(client, code, **more):
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, "client_id": CLIENT}
    answer = client.post("/issuer/token", data={**form, "redirect_uri": ASKED["redirect_uri"], **more})
    return answer.status_code


def test_somebody_signs_in_and_the_code_is_good_once(client):
    page = client.get("/issuer/authorize", params=ASKED)
    assert page.status_code == 200
    assert all(f">{user} <" in page.text for user in USERS)
    code = code_of(client)
    assert [redeem(client, code), redeem(client, code)] == [200, 400]


@pytest.mark.parametrize("more", [{"code_verifier": "x"}, {"redirect_uri": "http://127.0.0.1:9/x"}, {"client_id": "x"}])
def test_a_code_is_for_who_asked_for_it(client, more):
    assert redeem(client, code_of(client), **more) == 400


@pytest.mark.parametrize(
    "more",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://127.0.0.1.evil/"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
    ],
)
def test_a_request_that_is_none_is_refused_before_anybody_is_asked(client, more):
    assert client.get("/issuer/authorize", params={**ASKED, **more}).status_code == 400
    form = {"asked": json.dumps({**ASKED, **more}), "user": "privacy"}
    assert client.post("/issuer/login", data=form, follow_redirects=False).status_code == 400


@pytest.mark.loopback
def test_signing_out_here_tells_the_clients_and_one_that_is_away_stops_nothing(client):
    redeem(client, code_of(client))
    assert "signed out" in client.get("/issuer/logout").text
