"""Who opens an emergency of the ledger: two approvers of its group, each by a signature over the same statement.

It goes by signed files alone, for what has failed may be the database that approvals live in. A person with two keys is
one person.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core.errors import NotTrusted
from asepsis.ledger.emergency import Opening
from asepsis.policy import dsse
from asepsis.policy.config import Approver

__all__ = ["Scope", "Statement", "admitted", "bundle", "read", "sign"]

_TYPE: Final = "application/vnd.asepsis.emergency+json"
_NEEDED: Final = 2
_EARLY_MS: Final = 60_000
"""How far clocks may be apart."""

Scope = Literal["ledger", "sealing"]


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed: an id, for what, from when and for how long (milliseconds), and why, in a line."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z-]{1,64}\Z")]
    scopes: tuple[Scope, ...]
    start: int
    until: int
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class _Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: str
    statement: Statement


def sign(statement: Statement, key: Ed25519PrivateKey, /, *, by: str) -> bytes:
    """Returns somebody's signature over a statement."""
    return dsse.sealed(_Signed(by, statement), key, type=_TYPE)


def read(data: bytes, /) -> Statement:
    """Returns what somebody signed, unchecked, so that another one can sign the same; raises NotTrusted."""
    return _unverified(data).statement


def bundle(signed: Sequence[bytes], /) -> bytes:
    """Returns the file that opens an emergency."""
    return b"".join(one.rstrip(b"\n") + b"\n" for one in signed)


def admitted(data: bytes, /, *, approvers: Sequence[Approver], most_ms: int, now: int) -> Opening:
    """Returns what a file opens; raises NotTrusted unless two approvers signed it, for no longer than is allowed.

    One that begins in the future opens nothing, so the clock that it is held against can't be far off.
    """
    found = [(line, _unverified(line)) for line in data.splitlines() if line]
    statement = found[0][1].statement if found else None
    signed = {one.by for line, one in found if one.statement == statement and _holds(line, one.by, approvers)}
    people = {one.principal for one in approvers if one.name in signed}
    if statement is None or len(people) < _NEEDED:
        raise _refused("expected a statement that two approvers signed")
    if not statement.scopes or not 0 < statement.until - statement.start <= most_ms:
        raise _refused("expected an emergency no longer than is allowed")
    if statement.start > now + _EARLY_MS:
        raise _refused("expected an emergency that has begun")
    return Opening(statement.id, statement.scopes, statement.until, statement.reason, tuple(sorted(signed)))


def _holds(line: bytes, by: str, approvers: Sequence[Approver]) -> bool:
    one = next((one for one in approvers if one.name == by), None)
    return one is not None and dsse.holds(line, one.key, type=_TYPE)


def _unverified(data: bytes) -> _Signed:
    try:
        return msgspec.json.decode(dsse.unverified(data, type=_TYPE) or b"", type=_Signed)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _refused("expected a signed statement") from error


def _refused(what: str) -> NotTrusted:
    return NotTrusted(what, place="emergency", code="ledger_emergency")
