"""The lab's OpenID provider: sample users of a health plan, access tokens (RFC 9068) and a page to sign in at.

It asks for no password: it is for trying things out on loopback, beside a model that leaks when told to. Its key is
made at each start. People sign in by the authorization code flow with PKCE (RFC 7636), and for a second factor they
tick a box; signing out here ends their sessions at those who asked for them (OpenID Connect Back-Channel Logout 1.0).
"""

import asyncio
import hashlib
import html
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import Request as Post
from urllib.request import urlopen

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from asepsis.core.ports import Clock, Ids

__all__ = ["CLIENT", "USERS", "LabIssuer"]

USERS: Final[Mapping[str, tuple[str, str]]] = {
    "rep": ("g-member-services", "HPAYMT"),
    "nurse": ("g-care", "TREAT"),
    "examiner": ("g-claims", "HPAYMT"),
    "reviewer": ("g-reviewers", "HOPERAT"),
    "relief": ("g-relief", "HPAYMT"),
    "engineer": ("g-engineers", "HOPERAT"),
    "privacy": ("g-privacy", "HOPERAT"),
    "director": ("g-directors", "HOPERAT"),
    "auditor": ("g-audit", "HOPERAT"),
}
"""The sample users: each with a group and a purpose of use."""

CLIENT: Final = "asepsis-console"
"""The client that people sign in for; it has no secret."""

_LASTS: Final = 3600
_CODE_LASTS: Final = 60
_LONGEST: Final = 4096
_KEPT: Final = 256
_KEY: Final = "lab"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_OVER: Final = "/sign-in/over"
_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Lab sign-in</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:8vh auto;padding:0 1.5rem;color:#12202c;
background:#f4f6f8}}
main{{background:#fff;border:1px solid #dbe2e8;border-radius:12px;padding:1.5rem 2rem 2rem}}
h1{{font-size:1.3rem;margin:0 0 .3rem}}p{{color:#55636f;margin:.2rem 0 1.2rem}}
button{{font:inherit;display:flex;justify-content:space-between;width:100%;padding:.55rem 1rem;margin:.35rem 0;
border:1px solid #8a97a3;border-radius:8px;background:#fff;color:inherit;cursor:pointer}}
button:hover{{background:#f0f5f6}}button span{{color:#55636f}}:focus-visible{{outline:3px solid #0b6b6b}}
label{{display:block;margin:1rem 0 .2rem}}</style><main><h1>Sign in to the lab</h1>
<p>Sample users of a made-up health plan; nobody has a password here.</p>
<form method="post" action="{action}"><input type="hidden" name="asked" value="{asked}">
<label><input type="checkbox" name="mfa" value="yes"{checked}> with a second factor</label>
{buttons}</form></main></html>"""


class _Login(NamedTuple):
    """Somebody who signed in, for a client that shows the code."""

    user: str
    asked: Mapping[str, str]
    mfa: bool
    until: int


class LabIssuer:
    """Issues tokens as the issuer at `address`, for the audience `asepsis`."""

    def __init__(self, address: str, *, clock: Clock, ids: Ids) -> None:
        self._address = address
        self._clock = clock
        self._ids = ids
        self._key = ECKey.generate_key("P-256", {"kid": _KEY, "use": "sig"}, private=True)
        self._codes: dict[str, _Login] = {}
        self._signed_in: dict[str, str] = {}

    def routes(self) -> list[Route]:
        """Returns where its metadata, its keys, its tokens and its pages are, under `/issuer`."""
        return [
            Route("/issuer/.well-known/openid-configuration", self._metadata, methods=["GET"]),
            Route("/issuer/jwks.json", self._keys, methods=["GET"]),
            Route("/issuer/token", self._tokens, methods=["POST"]),
            Route("/issuer/authorize", self._ask, methods=["GET"]),
            Route("/issuer/login", self._login, methods=["POST"]),
            Route("/issuer/logout", self._logout, methods=["GET"]),
        ]

    def token(self, user: str, /, *, mfa: bool = False) -> str:
        """Returns a token of a sample user; raises KeyError for somebody else."""
        purpose = USERS[user][1]
        now = self._clock.now() // 1000
        more = {"acr": "mfa", "amr": ["pwd", "mfa"], "auth_time": now} if mfa else {}
        claims = {**self._about(user), "aud": "asepsis", "client_id": "lab", "purpose_of_use": purpose, **more}
        return self._signed(claims, "at+jwt")

    def logout_token(self, sid: str, client: str, /) -> str:
        """Returns a token that says that a session is over."""
        claims = {"iss": self._address, "aud": client, "sid": sid, "events": {_EVENT: {}}}
        now = self._clock.now() // 1000
        return self._signed({**claims, "iat": now, "exp": now + _CODE_LASTS, "jti": self._ids.new()}, "logout+jwt")

    def _about(self, user: str) -> dict[str, object]:
        now = self._clock.now() // 1000
        times = {"iat": now, "exp": now + _LASTS, "jti": self._ids.new()}
        return {"iss": self._address, "sub": user, "groups": [USERS[user][0]], **times}

    def _signed(self, claims: Mapping[str, object], kind: str) -> str:
        return jwt.encode({"alg": "ES256", "typ": kind, "kid": _KEY}, dict(claims), self._key)

    async def _metadata(self, request: Request) -> Response:  # noqa: ARG002 the server passes it
        return _json(
            {
                "issuer": self._address,
                "jwks_uri": f"{self._address}/jwks.json",
                "token_endpoint": f"{self._address}/token",
                "authorization_endpoint": f"{self._address}/authorize",
                "end_session_endpoint": f"{self._address}/logout",
                "grant_types_supported": ["client_credentials", "authorization_code"],
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                "backchannel_logout_supported": True,
                "backchannel_logout_session_supported": True,
            }
        )

    async def _keys(self, request: Request) -> Response:  # noqa: ARG002 as above
        return _json(KeySet([self._key]).as_dict(private=False))

    async def _ask(self, request: Request) -> Response:
        """The authorization endpoint: shows who there is, for a client and an address that are known."""
        asked = dict(request.query_params)
        if wrong := _wrong(asked):
            return _json({"error": "invalid_request", "error_description": wrong}, 400)
        buttons = "".join(
            f'<button name="user" value="{user}">{user} <span>{group}</span></button>'
            for user, (group, _) in USERS.items()
        )
        checked = " checked" if asked.get("acr_values") or asked.get("max_age") == "0" else ""
        sealed = html.escape(msgspec.json.encode(asked).decode(), quote=True)
        action = f"{urlsplit(self._address).path}/login"
        return HTMLResponse(_PAGE.format(action=action, asked=sealed, checked=checked, buttons=buttons))

    async def _login(self, request: Request) -> Response:
        """Takes who was chosen, and sends the browser back with a code."""
        form = await _form(request)
        asked, user = msgspec.json.decode(form.get("asked", "{}"), type=dict[str, str]), form.get("user", "")
        if wrong := _wrong(asked) or ("" if user in USERS else "expected one of the sample users"):
            return _json({"error": "invalid_request", "error_description": wrong}, 400)
        code = self._ids.new()
        while len(self._codes) >= _KEPT:
            del self._codes[next(iter(self._codes))]
        until = self._clock.now() // 1000 + _CODE_LASTS
        self._codes[code] = _Login(user, asked, form.get("mfa") == "yes", until)
        back = {"code": code, "state": asked.get("state", ""), "iss": self._address}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 303)

    async def _tokens(self, request: Request) -> Response:
        """The grants of client credentials (RFC 6749 4.4), with a sample user's name as the client's, and of a code."""
        form = await _form(request)
        if form.get("grant_type") == "authorization_code":
            return self._of_code(form)
        user = form.get("client_id", "")
        if user not in USERS:
            return _json({"error": "invalid_client", "error_description": f"expected one of {', '.join(USERS)}"}, 401)
        token = self.token(user, mfa=form.get("mfa") == "yes")
        return _json({"access_token": token, "token_type": "Bearer", "expires_in": _LASTS})

    def _of_code(self, form: Mapping[str, str]) -> Response:
        """Gives tokens for a code, once, to whoever has the verifier."""
        login = self._codes.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        now = self._clock.now() // 1000
        holds = (
            login is not None
            and now < login.until
            and login.asked["code_challenge"] == challenge.decode().rstrip("=")
            and login.asked["redirect_uri"] == form.get("redirect_uri")
            and login.asked["client_id"] == form.get("client_id")
        )
        if login is None or not holds:
            return _json({"error": "invalid_grant"}, 400)
        sid = self._ids.new()
        self._signed_in[sid] = login.asked["redirect_uri"]
        factor = {"acr": "mfa", "amr": ["pwd", "mfa"]} if login.mfa else {"acr": "pwd", "amr": ["pwd"]}
        claims = {**self._about(login.user), "aud": CLIENT, "auth_time": now, "sid": sid, **factor}
        token = self._signed({**claims, "nonce": login.asked.get("nonce", "")}, "JWT")
        access = self.token(login.user, mfa=login.mfa)
        return _json({"id_token": token, "access_token": access, "token_type": "Bearer", "expires_in": _LASTS})

    async def _logout(self, request: Request) -> Response:  # noqa: ARG002 the server passes it
        """Ends all sessions, and tells those who asked for them."""
        ended, self._signed_in = self._signed_in, {}
        for sid, back in ended.items():
            form = urlencode({"logout_token": self.logout_token(sid, CLIENT)}).encode()
            await asyncio.to_thread(_tell, f"{back.removesuffix(urlsplit(back).path)}{_OVER}", form)
        return HTMLResponse(
            "<!doctype html><html lang='en'><title>Signed out</title><p>You are signed out of the lab.</p>"
        )


def _tell(address: str, form: bytes) -> None:
    try:
        with urlopen(Post(address, form), timeout=5):  # noqa: S310 an address on loopback that was checked
            pass
    except OSError:
        return


def _wrong(asked: Mapping[str, str]) -> str:
    """Returns what is wrong with a request to sign in, nothing where it is one."""
    back = urlsplit(asked.get("redirect_uri", ""))
    if asked.get("client_id") != CLIENT:
        return f"expected the client {CLIENT}"
    if back.scheme != "http" or back.hostname not in _LOOPBACK or back.query or back.fragment:
        return "expected an address on loopback to go back to"
    if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
        return "expected the authorization code flow with PKCE (S256)"
    return "" if asked.get("code_challenge") else "expected a code challenge"


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()
    return dict(parse_qsl(body[:_LONGEST].decode("utf-8", "replace")))


def _json(document: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")
