"""The authorization server's routes: forms in, OAuth's words out."""

import httpx
import pytest
from starlette.applications import Starlette

from asepsis.console.oauth import oauth_routes
from asepsis.core.errors import Unavailable
from asepsis.core.types import Grant, Principal
from asepsis.identity.errors import Refused
from asepsis.identity.exchange import LONGEST, Asking, Issued

SERVER = "https://asepsis.example"
GRANT = Grant("g1", Principal("t", "svc-agent", "agents"), ("model.invoke", "tool.call"), 61_500)


class Exchange:
    """Gives what it is told to give, and remembers what it was asked."""

    def __init__(self):
        self.asked, self.fails, self.grant = [], None, GRANT

    def now(self):
        return 1_500

    def token(self, asking, /):
        self.asked.append(asking)
        if self.fails is not None:
            raise self.fails
        return Issued(self.grant, "asg_1")

    def revoke(self, asking, /):
        self.token(asking)


@pytest.fixture
def exchange():
    return Exchange()


@pytest.fixture
async def client(exchange):
    application = Starlette(routes=oauth_routes(exchange, SERVER))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=SERVER) as made:
        yield made


async def test_what_is_issued_is_said_as_oauth_says_it(client, exchange):
    headers = {"dpop": "proof", "authorization": "Basic x"}
    answer = await client.post("/oauth/token", data={"a": "b"}, headers=headers)
    assert answer.json() == {
        "access_token": "asg_1",
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
        "expires_in": 60,
        "scope": "model.invoke tool.call",
        "grant": "g1",
    }
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert exchange.asked == [Asking(b"a=b", "Basic x", "proof")]


async def test_what_is_bound_is_of_another_type(client, exchange):
    exchange.grant = Grant("g1", GRANT.principal, ("model.invoke",), 61_500, bound="key")
    assert (await client.post("/oauth/token", data={"a": "b"})).json()["token_type"] == "DPoP"


@pytest.mark.parametrize(
    ("fails", "status", "code"),
    [
        (Refused("invalid_scope", "no"), 400, "invalid_scope"),
        (Refused("invalid_client", "no"), 401, "invalid_client"),
        (Unavailable("gone"), 503, "temporarily_unavailable"),
    ],
)
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
async def test_a_refusal_is_said_as_oauth_says_it(client, exchange, path, fails, status, code):
    exchange.fails = fails
    answer = await client.post(path, data={"a": "b"})
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert ("www-authenticate" in answer.headers) == (status == 401)


async def test_what_is_no_form_or_too_long_is_not_read(client, exchange):
    assert (await client.post("/oauth/token", json={})).json()["error"] == "invalid_request"
    assert (await client.post("/oauth/token", data={"a": "x" * LONGEST})).json()["error"] == "invalid_request"
    two = [("dpop", "a"), ("dpop", "b")]
    assert (await client.post("/oauth/token", data={"a": "b"}, headers=two)).json()["error"] == "invalid_dpop_proof"
    assert exchange.asked == []


async def test_giving_back_says_nothing(client):
    answer = await client.post("/oauth/revoke", data={"token": "x"})
    assert (answer.status_code, answer.content) == (200, b"")


async def test_clients_find_the_endpoints(client):
    said = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert (said["issuer"], said["token_endpoint"]) == (SERVER, f"{SERVER}/oauth/token")
    assert (await client.get("/oauth/token")).status_code == 405
