"""The lab's issuer, as a client and as the gateway see it."""

import time

import pytest
from starlette.testclient import TestClient

from asepsis.identity.config import Issuer, RoleOf
from asepsis.identity.tokens import TokenIdentifier
from asepsis.infra.clock import SystemClock
from asepsis.lab.config import LabConfig
from asepsis.lab.issuer import USERS
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
