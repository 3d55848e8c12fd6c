"""Session grants: what of a right is handed on, and how it lies in a row.

A grant is made of the right of whoever it is for (the subject), of who acts with it (the actor), and of what was asked:

1. the actor acts on behalf of the subject, and the subject on behalf of whomever it already did (RFC 8693 4.1);
2. the purpose is that of the two; where they differ there is no grant, and nobody gets one that neither has;
3. scope, members and time are within the subject's, if that is a grant, and within what was asked; what calls take
   counts against its own budgets and against those of all that it was narrowed from; a plan stays, or loses steps;
4. what is bound to a key stays bound: to the same one, or to that of an actor whom the grant names (`may_act`, RFC 8693
   4.4); whoever has but the handle and a credential of their own gets nothing, and the names are never more.

INVARIANT: a grant's row says nothing that was not sealed by a process that has the tenant's key: whoever can write to
the database can neither make a grant nor widen one.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from asepsis.core import canonical
from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.plans import Plan
from asepsis.core.ports import KeyProvider, Randomness
from asepsis.core.types import Grant, Limit, Principal, Purpose
from asepsis.identity.errors import Refused
from asepsis.identity.scopes import GRANT, PLAN, ROOT, SCOPE, covers
from asepsis.infra.records import GrantRow

__all__ = ["CERTIFICATE", "PREFIX", "Right", "Wish", "acting", "digest", "narrowed", "purpose_of", "seal", "unseal"]

PREFIX: Final = "asg_"
"""What a handle begins with, so that one is known at sight, also to those who look for leaked secrets."""

CERTIFICATE: Final = "x5t#S256:"
"""What `bound` begins with where it is the thumbprint of a certificate (RFC 8705 3.1), not of a key of a proof."""

_CHAIN: Final = 8
_KEY: Final = "grant"
_NONCE: Final = 12
_NEVER: Final = 2**53


class Right(NamedTuple):
    """What somebody may: as whom, until when, and how far where it is a grant already (`None`: as policy says)."""

    principal: Principal
    until: int = _NEVER
    grant: Grant | None = None


class Wish(NamedTuple):
    """What was asked for; an empty scope asks for the subject's, no members for the subject's, 0 for no end of ours."""

    scope: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    purpose: Purpose = Purpose.UNSTATED
    until: int = 0
    bound: str = ""
    budget: tuple[tuple[str, int], ...] = ()
    plan: Plan | None = None
    may_act: tuple[str, ...] = ()


def narrowed(subject: Right, actor: Right | None, wish: Wish, /, *, id: str) -> Grant:  # noqa: A002 the field's name
    """Returns the grant; raises Refused for one that would be wider than what it comes from."""
    parent = subject.grant
    scope = wish.scope or (parent.scope if parent is not None else ())
    if not scope:
        raise Refused("invalid_scope", "expected a scope, such as model.invoke")
    if parent is not None and not covers(parent.scope, scope):
        raise Refused("invalid_scope", "expected no more than the subject's own scope")
    members = wish.members or (parent.members if parent is not None else ())
    if parent is not None and parent.members and not set(members) <= set(parent.members):
        raise Refused("invalid_authorization_details", "expected no members beyond the subject's")
    may_act = _may_act(subject, actor, wish)
    ends = [subject.until, wish.until or _NEVER, actor.until if actor is not None else _NEVER]
    plan = wish.plan or (parent.plan if parent is not None else None)
    if parent is not None and parent.plan is not None and (plan is None or not plan.within(parent.plan)):
        raise Refused("invalid_authorization_details", "expected no step beyond the subject's plan")
    who = _chain(subject, actor, wish.purpose)
    above = parent.id if parent is not None else ""
    limits = [*(parent.budgets if parent is not None else ()), *(Limit(id, *one, min(ends)) for one in wish.budget)]
    return Grant(
        id,
        who,
        tuple(sorted(set(scope))),
        min(ends),
        tuple(sorted(set(members))),
        wish.bound,
        above,
        tuple(limits),
        plan,
        (parent.root or parent.id) if parent is not None else "",
        may_act,
    )


def acting(grant: Grant, /) -> Principal:
    """Returns the principal that acts by a grant, with its claims."""
    claims = [
        (GRANT, grant.id),
        (ROOT, grant.root or grant.id),
        *((SCOPE, one) for one in grant.scope),
        *(("member", one) for one in grant.members),
    ]
    claims += [("budget", f"{one.grant} {one.unit} {one.most} {one.expires}") for one in grant.budgets]
    claims += [(PLAN, canonical.encode(grant.plan).decode())] if grant.plan is not None else []
    return msgspec.structs.replace(grant.principal, claims=(*grant.principal.claims, *claims))


def purpose_of(who: Principal, /) -> Purpose:
    """Returns the purpose of use that a principal states."""
    return Purpose(dict(who.claims).get("purpose", Purpose.UNSTATED))


def digest(handle: str, /) -> str:
    """Returns what a handle is looked up by."""
    return hashlib.sha256(handle.encode()).hexdigest()


def seal(grant: Grant, handle: str, keys: KeyProvider, randomness: Randomness, /, *, issued: int) -> GrantRow:
    """Returns a grant's row: sealed with AES-256-GCM and bound to its tenant, its id and its handle."""
    who = grant.principal
    nonce = randomness.bytes(_NONCE)
    box = AESGCM(keys.key(_KEY, tenant=who.tenant))
    sealed = nonce + box.encrypt(nonce, canonical.encode(grant), _bound_to(who.tenant, grant.id, digest(handle)))
    return GrantRow(who.tenant, grant.id, digest(handle), grant.parent, who.id, sealed, issued, grant.expires)


def unseal(row: GrantRow, keys: KeyProvider, /) -> Grant:
    """Returns what a row says; raises NotTrusted for one that was not sealed so."""
    box = AESGCM(keys.key(_KEY, tenant=row.tenant))
    try:
        plain = box.decrypt(row.sealed[:_NONCE], row.sealed[_NONCE:], _bound_to(row.tenant, row.grant, row.handle))
        return canonical.decode(plain, Grant)
    except (InvalidTag, InputError, ValueError) as error:
        raise NotTrusted("a grant's row is not as it was sealed") from error


def _bound_to(*parts: str) -> bytes:
    return canonical.encode(parts)


def _may_act(subject: Right, actor: Right | None, wish: Wish) -> tuple[str, ...]:
    """Returns who may act by the grant next; raises Refused where this actor may not, and for a key that is not it."""
    parent = subject.grant
    if parent is None:
        return wish.may_act
    other = actor.principal.id if actor is not None and not _is(actor.principal, subject.principal) else ""
    if other and parent.may_act and other not in parent.may_act:
        raise Refused("invalid_target", "expected an actor whom the subject's grant names in may_act")
    if parent.bound and wish.bound != parent.bound and not (wish.bound and other in parent.may_act):
        raise Refused(
            "invalid_dpop_proof",
            "expected the key or certificate that the subject's grant is bound to, or an actor named in its may_act",
        )
    if parent.may_act and not set(wish.may_act) <= set(parent.may_act):
        raise Refused("invalid_authorization_details", "expected nobody in may_act beyond the subject's")
    return wish.may_act or parent.may_act


def _chain(subject: Right, actor: Right | None, asked: Purpose) -> Principal:
    who = subject.principal
    stated = {purpose_of(who), asked, purpose_of(actor.principal) if actor is not None else Purpose.UNSTATED}
    stated.discard(Purpose.UNSTATED)
    held = {purpose_of(who), purpose_of(actor.principal) if actor is not None else Purpose.UNSTATED}
    if len(stated) > 1 or not stated <= held:
        raise Refused("invalid_target", "expected one purpose of use, that of the subject and of the actor")
    said = [("purpose", one.value) for one in stated]
    if actor is None or _is(actor.principal, who):
        return _with(who, said)
    if actor.principal.tenant != who.tenant or actor.principal.on_behalf_of is not None or _length(who) >= _CHAIN:
        raise Refused("invalid_request", "expected an actor of the same tenant that acts for nobody yet")
    if any(one.id == actor.principal.id for one in _all(who)):
        raise Refused("invalid_request", "expected an actor that is not in the chain already")
    return msgspec.structs.replace(_with(actor.principal, said), on_behalf_of=_with(who, said))


def _is(one: Principal, other: Principal) -> bool:
    return (one.tenant, one.id) == (other.tenant, other.id)


def _with(who: Principal, said: Sequence[tuple[str, str]]) -> Principal:
    """Returns a principal with its roles and that purpose, for what else it claimed is of the grant it came by."""
    roles = [one for one in who.claims if one[0] == "role"]
    return msgspec.structs.replace(who, claims=(*said, *roles))


def _length(who: Principal) -> int:
    return len(_all(who))


def _all(who: Principal | None) -> list[Principal]:
    found: list[Principal] = []
    while who is not None:
        found.append(who)
        who = who.on_behalf_of
    return found
