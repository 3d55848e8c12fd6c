"""What stands at the console's door, built of settings: who may come in, and how they sign in.

What was fetched of a provider's keys is in the snapshot; a caller of the API is known as callers of the gateway are.
"""

from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from asepsis.building import approvable, approvals, webhook_key
from asepsis.console.access import Office
from asepsis.console.api import API_ROOT
from asepsis.console.cookies import Cookies
from asepsis.console.desk import Desk
from asepsis.console.door import Visitors
from asepsis.console.people import People, Person
from asepsis.console.service import Entrance
from asepsis.console.sessions import Sessions, Store, Tools
from asepsis.console.signing_in import Outside, SigningIn
from asepsis.console.tellers import Tellers
from asepsis.core.errors import ConfigError
from asepsis.core.events import Event
from asepsis.core.ports import UNSEEN, Clock, Peer, Transport
from asepsis.core.types import ANONYMOUS, Principal
from asepsis.identity import CallerIdentifier
from asepsis.identity.config import Issuer
from asepsis.infra import config, fetch
from asepsis.infra.clock import SystemClock
from asepsis.infra.delegations import DelegationRows
from asepsis.infra.elevations import ElevationRows
from asepsis.infra.http import HttpTransport
from asepsis.infra.ids import SystemIds
from asepsis.infra.keys import FileKeys, HmacDigester
from asepsis.infra.randomness import SystemRandomness
from asepsis.infra.spent import Spent
from asepsis.infra.state import Paths
from asepsis.infra.telemetry.webhook import Signing, WebhookSink
from asepsis.policy.answers import Answers, Rules, case_of, to_sign
from asepsis.policy.approvals import Tools as ApprovalTools
from asepsis.policy.delegation import Delegations
from asepsis.policy.docket import Docket
from asepsis.policy.elevation import Elevations
from asepsis.policy.engine import CedarPolicy
from asepsis.policy.kept import kept
from asepsis.policy.rota import Rota
from asepsis.settings import Settings, read_snapshot

__all__ = ["Callers", "Rows", "entrance", "issuer_of", "webhooks"]

_TOKEN_BYTES: Final = 65_536
_SECONDS: Final = 10.0
_ANSWERED: Final = frozenset({"approval.asked", "approval.escalated"})
_PARTS: Final = 3


def entrance(settings: Settings, paths: Paths, rows: "Rows", transport: Transport, *, clock: Clock) -> Entrance:
    """Returns the entrance; raises ConfigError for a provider that is not among the issuers."""
    sign_in = settings.console.sign_in
    people = People(settings.console.access, sign_in)
    tellers = _tellers(settings, paths, rows.delegations, people)
    desk = _desk(settings, paths, tellers) if approvable(settings) else None
    caller = Callers(settings, paths, clock=clock).person
    if sign_in is None:
        return Entrance(Visitors(people, caller), desk=desk)
    issuer = issuer_of(settings)
    provider = FileKeys(paths.master_key)
    randomness, address = SystemRandomness(), settings.console.address
    tools = Tools(clock, randomness, HmacDigester(provider))
    sessions = Sessions(rows.sessions, tools, sign_in, tenant=settings.tenant)
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
    visitors = Visitors(people, caller, sessions=sessions, cookies=cookies, origin=address)
    return Entrance(visitors, signing_in, desk, _access(settings, paths, rows.elevations, tellers))


def webhooks(settings: Settings, paths: Paths, *, clock: Clock) -> tuple[WebhookSink, ...]:
    """Returns what tells others of approvals, with where to look and what to sign."""
    known = approvals(settings, paths)
    keys = FileKeys(paths.master_key)

    def more(event: Event) -> dict[str, object]:
        """Returns what goes with an Event."""
        said = msgspec.json.decode(event.payload, type=_About)
        if not said.case:
            return {"url": f"{settings.console.address}/access"} if said.link else {}
        found: dict[str, object] = {"url": f"{settings.console.address}/approvals/{said.case}"}
        row = known.cases.get(said.case, tenant=event.tenant) if event.kind in _ANSWERED else None
        if row is not None and row.state == "open":
            one = case_of(row)
            answer = f"{settings.console.address}{API_ROOT}/statements/{said.case}"
            found |= {"answer": answer, "sign": to_sign(one), "on_duty": known.answers.on_duty(one.decision, row.asked)}
        return found

    signing = Signing(clock, lambda tenant: webhook_key(keys, tenant))
    return tuple(
        WebhookSink(one.name, one.url, HttpTransport(connect=_SECONDS, idle=_SECONDS), signing, more)
        for one in settings.telemetry.webhooks
    )


class _About(msgspec.Struct, frozen=True):
    case: str = ""
    link: str = ""


class Rows(NamedTuple):
    """Where sessions, access for a time, and what is handed over are kept."""

    sessions: Store
    elevations: ElevationRows
    delegations: DelegationRows


class _Policies:
    """The policies in force, read anew when another bundle is."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._known: tuple[str, CedarPolicy | None] = ("", None)

    def __call__(self) -> CedarPolicy | None:
        bundle = read_snapshot(self._paths).bundle
        if bundle != self._known[0]:
            self._known = (bundle, CedarPolicy(kept(self._paths.policies, bundle)) if bundle else None)
        return self._known[1]


def _access(settings: Settings, paths: Paths, rows: ElevationRows, tellers: Tellers) -> Office | None:
    """Returns the office of access for a time, where a bundle of policies can have templates."""
    if not settings.policy.bundle:
        return None
    tools = _tools(paths)
    elevations = Elevations(rows, _answers(settings, paths), tools, _Policies(paths), tenant=settings.tenant)
    return Office(elevations, tellers, issuer_of(settings).application, tools.clock)


def _desk(settings: Settings, paths: Paths, tellers: Tellers) -> Desk:
    known, tenant = approvals(settings, paths), settings.tenant
    return Desk(known, Docket(known, tenant=tenant), tellers, tenant, settings.policy.asks_budget)


def _tellers(settings: Settings, paths: Paths, rows: DelegationRows, people: People) -> Tellers:
    key = _answers(settings, paths).desk(settings.tenant)
    return Tellers(people, Delegations(rows, key, _tools(paths), tenant=settings.tenant))


def _tools(paths: Paths) -> ApprovalTools:
    provider, clock = FileKeys(paths.master_key), SystemClock()
    return ApprovalTools(clock, SystemIds(clock), HmacDigester(provider), provider, Spent(paths.spent))


def _answers(settings: Settings, paths: Paths) -> Answers:
    return Answers(Rules(settings.policy.approvers, Rota(settings.policy.rota)), FileKeys(paths.master_key))


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
    """Says who calls the API, by the keys and issuers of the settings and the key sets in force.

    A caller of another tenant is nobody here: cases and access are of the console's own.
    """

    def __init__(self, settings: Settings, paths: Paths, *, clock: Clock) -> None:
        self._settings = settings
        self._paths = paths
        self._clock = clock
        self._keys: dict[str, str] = {}
        self._known = self._made()

    def person(self, headers: Sequence[tuple[str, str]], peer: Peer = UNSEEN, /) -> Person | None:
        """Returns who calls, None where nobody is known."""
        keys = read_snapshot(self._paths).keys
        if keys != self._keys:
            self._keys = keys
            self._known = self._made()
        who = self._known.identify(headers, peer=peer)
        if not isinstance(who, Principal) or who.id == ANONYMOUS or who.tenant != self._settings.tenant:
            return None
        roles = tuple(value for name, value in who.claims if name == "role")
        shown = _shown(self._known.token(headers, peer=peer))
        agent = who.on_behalf_of is not None
        return Person(who.id, roles, shown.acr, shown.amr, int(shown.auth_time) * 1000, agent=agent)

    def _made(self) -> CallerIdentifier:
        identity, tenant = self._settings.identity, self._settings.tenant
        shown = self._settings.console.tls.trust_domain
        return CallerIdentifier(identity, tenant=tenant, clock=self._clock, keys=self._keys, shown=shown)


def _shown(token: str) -> _Shown:
    """Reads the claims of a token that was verified; who is known otherwise, and has none, shows nothing."""
    parts = token.split(".")
    if len(parts) != _PARTS:
        return _Shown()
    try:
        return msgspec.json.decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Shown)
    except (ValueError, msgspec.DecodeError):
        return _Shown()
