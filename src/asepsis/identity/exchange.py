"""The token endpoint: a grant in exchange for a token or key, RFC 8693, or for an identity assertion, RFC 7523.

`subject_token` is whom the grant is for: a provider's access token, a key of ours, or the handle of a grant that is to
be narrowed. `actor_token`, HTTP Basic with a principal's name and key, or the X.509-SVID that the connection showed is
who acts with it. A grant is bound to the key of the request's proof (RFC 9449), else to the connection's certificate
(RFC 8705 3), where there is one. How far it goes is
`scope`; whose data and for which purpose is `authorization_details` (RFC 9396) of type `asepsis_session`:

    [{"type": "asepsis_session", "purpose": "TREAT", "members": ["4711"], "minutes": 15, "budget": {"tokens": 20000}}]

A budget counts requests, tokens, microdollars or members, for the grant and all that are narrowed from it together. A
`plan` (`core.plans`) says which calls the task will make: `{"steps": [{"tool": "claims__note", "times": 2}]}`.
`may_act` names the principals that may have the grant narrowed for themselves (RFC 8693 4.4), each with its own key
where the grant is bound.
What comes back is an opaque handle; it is shown once and kept nowhere.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final, Literal, NamedTuple, Protocol
from urllib.parse import parse_qsl, unquote_plus

import msgspec
from msgspec import Meta

from asepsis.core.errors import NotTrusted
from asepsis.core.events import GrantIssued, GrantRefused, GrantRevoked, Payload
from asepsis.core.plans import Plan
from asepsis.core.ports import UNSEEN, Clock, Digester, Ids, KeyProvider, Peer, Randomness
from asepsis.core.types import Grant, Principal, Purpose
from asepsis.identity.callers import certificate_thumbprint
from asepsis.identity.config import GrantsConfig
from asepsis.identity.dpop import Seen, thumbprint
from asepsis.identity.errors import Refused
from asepsis.identity.grants import CERTIFICATE, PREFIX, Right, Wish, digest, narrowed, purpose_of, seal, unseal
from asepsis.identity.scopes import is_scope
from asepsis.identity.service import CallerIdentifier
from asepsis.infra.records import GrantRow

__all__ = ["LONGEST", "Asking", "Exchange", "Grants", "Issued", "Tools"]

LONGEST: Final = 65_536
"""How many bytes a request to the endpoint may have."""

_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_ASSERTION: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ACCESS: Final = "urn:ietf:params:oauth:token-type:access_token"
_JWT: Final = "urn:ietf:params:oauth:token-type:jwt"
_TYPES: Final = (_ACCESS, _JWT)
_FIELDS: Final = 32
_SCOPES: Final = 64
_HANDLE: Final = 32
_MINUTE: Final = 60_000


class Grants(Protocol):
    """Where grants lie."""

    def held(self, handle: str, /) -> GrantRow | None:
        """Returns the grant behind a handle's SHA-256, revoked or not; None where there is none."""

    def add(self, row: GrantRow, told: GrantIssued, /) -> bool:
        """Adds a grant; False where the one it was narrowed from was taken back or is past its time."""

    def revoke(self, grants: Sequence[str], told: GrantRevoked, now: int, /, *, tenant: str) -> int:
        """Takes grants back, with all below them; returns how many lived."""


class Tools(NamedTuple):
    """What the endpoint needs from outside; `tell` writes an Event of a tenant."""

    clock: Clock
    ids: Ids
    randomness: Randomness
    keys: KeyProvider
    digester: Digester
    seen: Seen
    tell: Callable[[str, Payload], None]


class Asking(NamedTuple):
    """A request to the endpoint: its form as it came, the two headers that count, and the connection's other end."""

    form: bytes
    authorization: str = ""
    proof: str = ""
    peer: Peer = UNSEEN


class Issued(NamedTuple):
    """A grant, and the handle that is shown to its holder alone."""

    grant: Grant
    handle: str


_Amount = Annotated[int, Meta(ge=0, le=10**15)] | None


class _Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    requests: _Amount = None
    tokens: _Amount = None
    microdollars: _Amount = None
    members: _Amount = None

    def said(self) -> tuple[tuple[str, int], ...]:
        """Returns the units that are limited, each with how much of it there is."""
        return tuple((name, most) for name in self.__struct_fields__ if (most := getattr(self, name)) is not None)


class _Session(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["asepsis_session"]
    purpose: Purpose = Purpose.UNSTATED
    members: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=128)], ...], Meta(max_length=256)] = ()
    minutes: Annotated[int, Meta(ge=1, le=1440)] = 1440
    budget: _Budget = _Budget()
    plan: Plan | None = None
    may_act: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=256)], ...], Meta(max_length=16)] = ()


class Exchange:
    """Gives grants out and takes them back; `identifier` is asked anew each time, for keys change."""

    def __init__(
        self,
        config: GrantsConfig,
        grants: Grants,
        identifier: Callable[[], CallerIdentifier],
        tools: Tools,
        *,
        tenant: str,
        roster: bool,
    ) -> None:
        """`roster` says whether members can be told: a grant is limited to some only where they can."""
        self._config = config
        self._grants = grants
        self._identifier = identifier
        self._tools = tools
        self._tenant = tenant
        self._roster = roster

    def token(self, asking: Asking, /) -> Issued:
        """Returns a new grant; raises Refused; may block."""
        try:
            return self._token(asking)
        except Refused as refused:
            self._tools.tell(self._tenant, GrantRefused(refused.code))
            raise

    def now(self) -> int:
        """Returns the time that grants are reckoned by, in milliseconds since the epoch."""
        return self._tools.clock.now()

    def revoke(self, asking: Asking, /) -> None:
        """Takes the grant back whose handle is shown, RFC 7009; one that is not known is none of anybody's business."""
        handle = _form(asking.form).get("token", "")
        row = self._grants.held(digest(handle))
        if row is None:
            return
        holder = self._tools.digester.digest("principal", row.principal, tenant=row.tenant)
        told = GrantRevoked(row.grant, holder, 1, "holder")
        self._grants.revoke([row.grant], told, self._tools.clock.now(), tenant=row.tenant)

    def _token(self, asking: Asking) -> Issued:
        form, tools = _form(asking.form), self._tools
        bound = self._key(asking)
        if form.get("resource", self._config.gateway) != self._config.gateway or "audience" in form:
            raise Refused("invalid_target", "expected the gateway as the resource, or none")
        actor = self._actor(form, asking)
        if form.get("grant_type") == _EXCHANGE:
            subject, scope = self._right(form, "subject_token", asking.peer, bound=bound), form.get("scope", "")
        elif form.get("grant_type") == _ASSERTION:
            subject, scope = self._asserted(form, actor, asking.peer)
        else:
            raise Refused("unsupported_grant_type", f"expected {_EXCHANGE} or {_ASSERTION}")
        grant = narrowed(subject, actor, self._wish(scope, form, bound), id=tools.ids.new())
        counted = grant.members or any(one.unit == "members" for one in grant.budgets)
        if counted and not self._roster:
            raise Refused("invalid_authorization_details", "expected no members: there is no roster to tell them by")
        now = tools.clock.now()
        if grant.expires <= now:
            raise Refused("invalid_grant", "expected a subject and an actor whose time is not up")
        handle = PREFIX + urlsafe_b64encode(tools.randomness.bytes(_HANDLE)).rstrip(b"=").decode()
        row = seal(grant, handle, tools.keys, tools.randomness, issued=now)
        if not self._grants.add(row, self._told(grant)):
            raise Refused("invalid_grant", "expected a grant that was not taken back")
        return Issued(grant, handle)

    def _wish(self, scope: str, form: Mapping[str, str], bound: str) -> Wish:
        scopes = tuple(scope.split(" ")) if scope else ()
        if len(scopes) > _SCOPES or not all(map(is_scope, scopes)):
            raise Refused("invalid_scope", "expected actions such as model.invoke or tool.call:claims.*")
        said = _details(form.get("authorization_details", ""))
        minutes = min(said.minutes, self._config.minutes)
        if self._config.bound and not bound:
            raise Refused(
                "invalid_dpop_proof", "expected a proof of possession (RFC 9449), or a certificate (RFC 8705)"
            )
        until = self._tools.clock.now() + minutes * _MINUTE
        return Wish(scopes, said.members, said.purpose, until, bound, said.budget.said(), said.plan, said.may_act)

    def _key(self, asking: Asking) -> str:
        """Returns the thumbprint of the key or certificate that the grant is to be bound to, an empty text for none."""
        if not asking.proof:
            shown = certificate_thumbprint(asking.peer.certificate)
            return CERTIFICATE + shown if shown else ""
        tools, address = self._tools, f"{self._config.issuer}/oauth/token"
        now = tools.clock.now() // 1000
        key = thumbprint(asking.proof, method="POST", address=address, token="", now=now, seen=tools.seen)
        if not key:
            raise Refused("invalid_dpop_proof", "expected a proof of possession (RFC 9449) for this request, unused")
        return key

    def _right(self, form: Mapping[str, str], name: str, peer: Peer, /, *, bound: str = "") -> Right:
        """Returns the right behind a token of the form; raises Refused."""
        if form.get(f"{name}_type") not in _TYPES:
            raise Refused("invalid_request", f"expected {_ACCESS} as the {name}_type")
        token = form.get(name, "")
        if token.startswith(PREFIX):
            return self._held(token, bound)
        known = self._identifier().holder(token, peer=peer)
        if known is None:
            raise Refused("invalid_grant", f"expected the {name} of one who is known, and whose time is not up")
        return Right(known.principal, known.until)

    def _held(self, handle: str, bound: str) -> Right:
        row = self._grants.held(digest(handle))
        if row is None:
            raise Refused("invalid_grant", "expected a grant that holds")
        if row.revoked or row.expires <= self._tools.clock.now():
            what = "was not taken back" if row.revoked else "has time left"
            raise Refused("invalid_grant", f"expected a grant that {what}")
        try:
            grant = unseal(row, self._tools.keys)
        except NotTrusted as error:
            raise Refused("invalid_grant", "expected a grant that holds") from error
        if grant.bound and not bound:
            raise Refused("invalid_dpop_proof", "expected a proof of possession (RFC 9449)")
        return Right(grant.principal, grant.expires, grant)

    def _actor(self, form: Mapping[str, str], asking: Asking) -> Right | None:
        """Returns who acts, None where nobody else than the subject does; raises Refused."""
        if asking.authorization and "actor_token" in form:
            raise Refused("invalid_request", "expected one way of saying who acts")
        if asking.authorization:
            return self._client(asking)
        if "actor_token" not in form:
            return self._workload(asking.peer)
        if form["actor_token"].startswith(PREFIX):
            raise Refused("invalid_request", "expected a key or a provider's token as the actor_token")
        return self._right(form, "actor_token", asking.peer)

    def _workload(self, peer: Peer) -> Right | None:
        """Returns the workload that the connection's certificate names, None where none was shown; raises Refused."""
        if not self._identifier().shows(peer):
            return None
        known = self._identifier().workload(peer)
        if known is None:
            raise Refused("invalid_client", "expected a certificate of a workload that is known")
        return Right(known.principal, known.until)

    def _client(self, asking: Asking) -> Right:
        """Returns who shows a key of ours by HTTP Basic, with the principal's name as the client's (RFC 6749 2.3.1)."""
        scheme, _, said = asking.authorization.partition(" ")
        try:
            name, _, key = b64decode(said, validate=True).decode().partition(":")
        except ValueError as error:
            raise Refused("invalid_client", "expected HTTP Basic with a name and a key") from error
        key = unquote_plus(key)
        known = self._identifier().holder(key, peer=asking.peer) if scheme.lower() == "basic" else None
        if known is None or known.principal.id != unquote_plus(name):
            raise Refused("invalid_client", "expected HTTP Basic with a principal's name and its key")
        return Right(known.principal, known.until)

    def _asserted(self, form: Mapping[str, str], actor: Right | None, peer: Peer) -> tuple[Right, str]:
        """Returns whom an identity assertion is about, and the scope that the provider admits; raises Refused."""
        if actor is None:
            raise Refused("invalid_client", "expected the client that the assertion was made for")
        said = self._identifier().assertion(form.get("assertion", ""), audience=self._config.issuer)
        if said is None or said.client != actor.principal.id or said.principal.on_behalf_of is not None:
            raise Refused("invalid_grant", "expected an assertion for this server and this client that holds")
        if said.bound and said.bound != certificate_thumbprint(peer.certificate):
            raise Refused("invalid_grant", "expected the certificate that the assertion is bound to")
        if not self._tools.seen.first(f"jag {said.client} {said.id}".encode(), seconds=_left(said.until, self._tools)):
            raise Refused("invalid_grant", "expected an assertion that was not used before")
        if not set(form.get("scope", "").split()) <= set(said.scope.split()):
            raise Refused("invalid_scope", "expected no more than the assertion's own scope")
        return Right(said.principal), form.get("scope") or said.scope

    def _told(self, grant: Grant) -> GrantIssued:
        tenant = grant.principal.tenant
        keyed = lambda who: self._tools.digester.digest("principal", who.id, tenant=tenant)  # noqa: E731 it binds the tenant
        chain = tuple(map(keyed, _all(grant.principal)))
        purpose = purpose_of(grant.principal)
        many, bound = len(grant.members), bool(grant.bound)
        scope = tuple(self._kept(one, tenant) for one in grant.scope)
        plan = self._tools.digester.digest("plan", grant.plan.digest, tenant=tenant) if grant.plan is not None else ""
        return GrantIssued(grant.id, grant.parent, chain, purpose, scope, many, bound, grant.expires, plan)

    def _kept(self, scope: str, tenant: str) -> str:
        """Returns a scope as the ledger keeps it: the name may be anybody's words."""
        action, colon, name = scope.partition(":")
        return action + (colon and f":{self._tools.digester.digest('scope', name, tenant=tenant)}")


def _all(who: Principal) -> list[Principal]:
    found = [who]
    while (above := found[-1].on_behalf_of) is not None:
        found.append(above)
    return found


def _left(until: int, tools: Tools) -> int:
    return max(1, until - tools.clock.now() // 1000)


def _details(text: str) -> _Session:
    if not text:
        return _Session("asepsis_session")
    try:
        (one,) = msgspec.json.decode(text, type=tuple[_Session, ...])
    except (msgspec.DecodeError, UnicodeEncodeError, ValueError) as error:
        raise Refused("invalid_authorization_details", "expected one object of type asepsis_session") from error
    return one


def _form(data: bytes) -> dict[str, str]:
    """Reads a form; raises Refused for one that has too many fields, or one of them twice (RFC 6749 3.2)."""
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except ValueError as error:
        raise Refused("invalid_request", f"expected a form of at most {_FIELDS} fields") from error
    form = {name: value for name, value in pairs if value}
    if len(form) != len([pair for pair in pairs if pair[1]]):
        raise Refused("invalid_request", "expected each field once")
    return form
