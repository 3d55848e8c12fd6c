"""Has a log's published checkpoints cosigned by the witnesses of a policy (C2SP tlog-witness, tlog-policy).

1. Each witness is asked with the size it is known to hold, 0 at first; 409 tells the size it does hold.
2. The proof from there is made from the log's own tiles, and it is asked again.
3. Once the cosignatures make the quorum, the checkpoint is *anchored*: kept with them in the log's folder.
4. A witness that holds more than the log has, another root at its size, or does not take the proof, has seen another
   history: that is disputed, told once, and the checkpoint stays merely signed. Somebody rolled the log back or showed
   two histories.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from asepsis.core.errors import ConfigError, Error, NotTrusted, Unavailable
from asepsis.core.events import Conflict, LedgerDisputed
from asepsis.core.ports import Clock, Request, Transport
from asepsis.infra import durable
from asepsis.ledger.publish import ANCHORED, CHECKPOINT, read_row
from asepsis.ledger.reader import tenants
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.tlog import notes, offline, policies
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.encoding import from_decimal
from asepsis.ledger.tlog.keys import VerifierKey, verified
from asepsis.ledger.tlog.notes import Signature
from asepsis.ledger.tlog.policies import Member, Policy
from asepsis.ledger.tlog.proofs import prove_consistency
from asepsis.ledger.tlog.tiles import node_reader
from asepsis.ledger.tlog.witnessing import AddCheckpoint, Ruling

__all__ = ["Anchoring", "Dispute", "read_policy"]

_LOGGER: Final = logging.getLogger(__name__)
_SECONDS: Final = 10.0
_MOST_ANSWER: Final = 1 << 16
_TRIES: Final = 3
_SCHEMES: Final = ("https://", "http://")
_QUIET_MS: Final = 60_000
"""How old the cosignatures of a log without new entries may grow."""

Dispute = Callable[[str, LedgerDisputed], None]
"""Takes a tenant and what a witness disputes."""


class _Published(NamedTuple):
    """A log's published checkpoint: as it stands in the file, and what it says."""

    folder: Path
    keys: tuple[VerifierKey, ...]
    note: bytes
    checkpoint: Checkpoint


class Anchoring:
    """Anchors all tenants' logs under `root`; belongs to one event loop.

    `dispute` is called once for each witness that disputes a log, and again after it has cosigned in between.
    """

    def __init__(self, root: Path, policy: Policy, /, *, transport: Transport, clock: Clock, dispute: Dispute) -> None:
        self._root = root
        self._policy = policy
        self._transport = transport
        self._clock = clock
        self._dispute = dispute
        self._held: dict[tuple[str, str], int] = {}
        self._disputed: set[tuple[str, str]] = set()
        self.anchored: dict[str, tuple[int, int]] = {}
        """For each tenant how many entries are anchored, -1 for never, and when that was, in milliseconds."""

    async def look(self) -> tuple[str, ...]:
        """Has each log's checkpoint cosigned that is new, or whose cosignatures have grown old.

        Returns the tenants whose checkpoint is not anchored now.
        """
        missing: list[str] = []
        for tenant in tenants(self._root):
            try:
                published = _published(self._root / tenant)
            except (OSError, NotTrusted):
                missing.append(tenant)  # not published yet, or damaged: that is for `verify` to say
                continue
            if tenant not in self.anchored:
                self.anchored[tenant] = self._restored(published)
            size, at = self.anchored[tenant]
            fresh = published.checkpoint.size == size and 0 <= self._clock.now() - at < _QUIET_MS
            if not fresh and not await self._anchor(tenant, published):
                missing.append(tenant)
        return tuple(missing)

    def ages(self) -> dict[str, float]:
        """Returns for each tenant how many seconds ago its log was anchored last, or seen first."""
        now = self._clock.now()
        return {tenant: max(0, now - at) / 1000 for tenant, (_, at) in self.anchored.items()}

    def _restored(self, published: _Published, /) -> tuple[int, int]:
        """Returns what an earlier process anchored."""
        try:
            note = notes.parse((published.folder / ANCHORED).read_bytes())
            size = offline.open_checkpoint((published.folder / ANCHORED).read_bytes(), keys=published.keys).size
            times = verified(note, (one.key for one in self._policy.witnesses.values()))
        except (OSError, NotTrusted):
            return -1, self._clock.now()
        if not times or not self._policy.met(times):
            return -1, self._clock.now()
        return size, 1000 * min(times.values())

    async def _anchor(self, tenant: str, published: _Published, /) -> bool:
        """Asks all witnesses and keeps the checkpoint if they make the quorum; returns whether they did."""
        witnesses = self._policy.witnesses.items()
        async with asyncio.TaskGroup() as group:
            asked = [(one.key, group.create_task(self._ask(tenant, name, one, published))) for name, one in witnesses]
        found = {key: task.result() for key, task in asked if task.result()}
        if not self._policy.met(found):
            return False
        own = {(key.name, key.key_id) for key in published.keys}
        note = notes.parse(published.note)
        signatures = [one for one in note.unverified if (one.name, one.key_id) in own]
        signatures += [one for some in found.values() for one in some]
        with durable.replacing(published.folder / ANCHORED) as file:
            file.write(notes.render(note.text, signatures))
        self.anchored[tenant] = (published.checkpoint.size, self._clock.now())
        return True

    async def _ask(self, tenant: str, name: str, witness: Member, published: _Published, /) -> list[Signature]:
        """Returns the witness's cosignatures, none where it did not give any."""
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._exchange(tenant, name, witness, published)
        except (Error, OSError, TimeoutError) as error:
            _LOGGER.warning("ledger: witness %s: %s", name, error if isinstance(error, Error) else type(error).__name__)
            return []

    async def _exchange(self, tenant: str, name: str, witness: Member, published: _Published, /) -> list[Signature]:
        size = published.checkpoint.size
        for _ in range(_TRIES):
            old = min(self._held.get((tenant, name), 0), size)
            status, body = await self._post(witness.url, _request(old, published))
            if status == Ruling.COSIGNED:
                cosigned = _cosigned(body, witness.key, published)
                self._held[tenant, name] = size
                self._disputed.discard((tenant, name))
                return cosigned
            if status == Ruling.UNPROVEN:
                self._tell(tenant, LedgerDisputed(name, Conflict.SPLIT, old, size))
                return []
            if status != Ruling.OTHER_SIZE:
                raise Unavailable(f"answered {status}", code="ledger_witness")
            held = from_decimal(body.decode("ascii", "replace").removesuffix("\n"))
            if held > size:
                if _published(published.folder).checkpoint.size < held:  # it may have grown since it was read
                    self._tell(tenant, LedgerDisputed(name, Conflict.ROLLBACK, held, size))
                return []
            if held == old == size:
                self._tell(tenant, LedgerDisputed(name, Conflict.SPLIT, held, size))
                return []
            self._held[tenant, name] = held
        raise Unavailable("told another size each time", code="ledger_witness")

    async def _post(self, url: str, body: bytes, /) -> tuple[int, bytes]:
        headers = (("content-type", "text/plain; charset=utf-8"),)
        answer = await self._transport.send(Request("POST", f"{url.rstrip('/')}/add-checkpoint", headers, body))
        data = bytearray()
        try:
            async for chunk in answer.chunks():
                data += chunk
                if len(data) > _MOST_ANSWER:
                    raise Unavailable("answered too much", code="ledger_witness")
        finally:
            answer.close()
        return answer.status, bytes(data)

    def _tell(self, tenant: str, disputed: LedgerDisputed, /) -> None:
        if (tenant, disputed.witness) not in self._disputed:
            self._disputed.add((tenant, disputed.witness))
            _LOGGER.error("ledger: witness %s disputes %s: %s", disputed.witness, tenant, disputed.reason)
            self._dispute(tenant, disputed)


def read_policy(path: Path, /) -> Policy:
    """Reads a policy whose witnesses can be asked; raises ConfigError."""
    try:
        policy = policies.parse(path.read_bytes())
    except (OSError, NotTrusted) as error:
        what = error.message if isinstance(error, NotTrusted) else "expected a readable file"
        raise ConfigError(f"{what}, for a trust policy", place=str(path)) from error
    if not policy.witnesses or not all(one.url.startswith(_SCHEMES) for one in policy.witnesses.values()):
        raise ConfigError("expected witnesses, each with its URL", place=str(path))
    return policy


def _published(folder: Path, /) -> _Published:
    """Returns what a log published; raises OSError and NotTrusted."""
    note, keys = (folder / CHECKPOINT).read_bytes(), read_vkeys(folder / VKEYS)
    return _Published(folder, keys, note, offline.open_checkpoint(note, keys=keys))


def _request(old: int, published: _Published, /) -> bytes:
    """Returns the body that asks for a cosignature; raises OSError and NotTrusted for tiles that do not hold."""
    size, proof = published.checkpoint.size, list[bytes]()
    if 0 < old < size:
        proof = prove_consistency(
            old, size2=size, node=node_reader(size, lambda tile: read_row(published.folder, tile))
        )
    return AddCheckpoint(old, tuple(proof), published.note).render()


def _cosigned(body: bytes, key: VerifierKey, published: _Published, /) -> list[Signature]:
    """Returns the signatures of an answer that are the witness's; raises NotTrusted where there is none that holds."""
    text = published.checkpoint.render()
    mine = [one for one in notes.signature_lines(body) if (one.name, one.key_id) == (key.name, key.key_id)]
    if not mine:
        raise NotTrusted("expected the witness's cosignature", place="ledger", code="ledger_unproven")
    for one in mine:
        key.check(text, one.value)
    return mine
