"""What stands at the console's door, built of settings: who may come in, and how they sign in.

What was fetched of a provider's keys is in the snapshot; a caller of the API is known as callers of the gateway are.
"""

from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from asepsis.building import approvable, approvals
from asepsis.console.cookies import Cookies
from asepsis.console.desk import Desk
from asepsis.console.door import Visitors
from asepsis.console.people import People, Person
from asepsis.console.service import Entrance
from asepsis.console.sessions import Sessions, Store, Tools
from asepsis.console.signing_in import Outside, SigningIn
from asepsis.core.errors import ConfigError
from asepsis.core.ports import Clock, Transport
from asepsis.core.types import ANONYMOUS
from asepsis.identity import CallerIdentifier
from asepsis.identity.config import Issuer
from asepsis.infra import config, fetch
from asepsis.infra.keys import FileKeys, HmacDigester
from asepsis.infra.randomness import SystemRandomness
from asepsis.infra.state import Paths
from asepsis.policy.docket import Docket
from asepsis.settings import Settings, read_snapshot

__all__ = ["Callers", "entrance", "issuer_of"]

_TOKEN_BYTES: Final = 65_536
_PARTS: Final = 3


def entrance(settings: Settings, paths: Paths, rows: Store, transport: Transport, *, clock: Clock) -> Entrance:
    """Returns the entrance; raises ConfigError for a provider that is not among the issuers."""
    sign_in = settings.console.sign_in
    people = People(settings.console.access, sign_in)
    desk = _desk(settings, paths, people) if approvable(settings) else None
    caller = Callers(settings, paths, clock=clock).person
    if sign_in is None:
        return Entrance(Visitors(people, caller), desk=desk)
    issuer = issuer_of(settings)
    provider = FileKeys(paths.master_key)
    randomness, address = SystemRandomness(), settings.console.address
    tools = Tools(clock, randomness, HmacDigester(provider))
    sessions = Sessions(rows, tools, sign_in, tenant=settings.tenant)
    cookies = Cookies(address, provider.key("console", tenant=settings.tenant), randomness)
    secret = sign_in.client_secret

    async def post(url: str, form: Mapping[str, str], headers: tuple[tuple[str, str], ...]) -> bytes:
        fetch.check_address(url, place=issuer.issuer)
        return await fetch.posted(url, form, transport, most=_TOKEN_BYTES, headers=headers)

    outside = Outside(
        fetch=lambda url, most: fetch.fetched(url, transport, most=most),
        post=post,
        keys=lambda: read_snapshot(paths).keys.get(issuer.source, ""),
        secret=lambda: config.secret(secret) if secret else "",
        clock=clock,
        randomness=randomness,
    )
    signing_in = SigningIn(sign_in, issuer, address, sessions=sessions, cookies=cookies, outside=outside)
    return Entrance(Visitors(people, caller, sessions=sessions, cookies=cookies, origin=address), signing_in, desk)


def _desk(settings: Settings, paths: Paths, people: People) -> Desk:
    known, tenant = approvals(settings, paths), settings.tenant
    return Desk(known, Docket(known, tenant=tenant), people, tenant, settings.policy.asks_budget)


def issuer_of(settings: Settings) -> Issuer:
    """Returns the issuer that people sign in by; raises ConfigError where it is none that is named."""
    asked = settings.console.sign_in.issuer if settings.console.sign_in is not None else ""
    for one in settings.identity.issuers:
        if one.name == asked:
            return one
    raise ConfigError("expected the name of one of `identity.issuers`", place="console.sign_in.issuer")


class _Shown(msgspec.Struct, frozen=True):
    """How and when somebody showed who they are, as their token says (RFC 9470 6.2, OpenID Connect Core 2)."""

    acr: str = ""
    amr: tuple[str, ...] = ()
    auth_time: float = 0


class Callers:
    """Says who calls the API, by the keys and issuers of the settings and the key sets in force."""

    def __init__(self, settings: Settings, paths: Paths, *, clock: Clock) -> None:
        self._settings = settings
        self._paths = paths
        self._clock = clock
        self._keys: dict[str, str] = {}
        self._known = self._made()

    def person(self, headers: Sequence[tuple[str, str]], /) -> Person | None:
        """Returns who calls, None where nobody is known."""
        keys = read_snapshot(self._paths).keys
        if keys != self._keys:
            self._keys = keys
            self._known = self._made()
        who = self._known.identify(headers)
        if who is None or who.id == ANONYMOUS:
            return None
        roles = tuple(value for name, value in who.claims if name == "role")
        shown = _shown(dict(headers).get("authorization", ""))
        agent = who.on_behalf_of is not None
        return Person(who.id, roles, shown.acr, shown.amr, int(shown.auth_time) * 1000, agent=agent)

    def _made(self) -> CallerIdentifier:
        identity, tenant = self._settings.identity, self._settings.tenant
        return CallerIdentifier(identity, tenant=tenant, clock=self._clock, keys=self._keys)


def _shown(authorization: str) -> _Shown:
    """Reads the claims of a token that was verified; a key, which has none, shows nothing."""
    parts = authorization.partition(" ")[2].strip().split(".")
    if len(parts) != _PARTS:
        return _Shown()
    try:
        return msgspec.json.decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Shown)
    except (ValueError, msgspec.DecodeError):
        return _Shown()
