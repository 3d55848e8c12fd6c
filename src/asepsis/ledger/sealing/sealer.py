"""Seals content beside the gateway's work: what an Event says of it at once, the bytes and their keys behind it.

1. `seal` finds the owners' keys, seals the parts and takes a place in the files; that is all the caller waits for.
2. A thread takes what came in meanwhile as one batch: the keys that are new go to the key store in one transaction,
   then the bodies into their files with one sync. INVARIANT: a body counts only once the keys that open it are stored.
3. A batch that fails takes along everything that was sealed with the keys it lost, and new keys are made.

The thread also begins the windows of the keyring, so that nobody waits for a key service.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from typing import Final, Protocol

import msgspec

from asepsis.core.errors import Unavailable
from asepsis.core.ports import Content, Randomness, Sealed
from asepsis.core.types import SealedRef
from asepsis.infra.randomness import PooledRandomness
from asepsis.infra.records import OwnerKey
from asepsis.ledger.sealing.bodies import MOST_PARTS, DataKey, seal
from asepsis.ledger.sealing.commitments import commitments_of
from asepsis.ledger.sealing.files import BodyFiles, Spot
from asepsis.ledger.sealing.keyring import Fresh, Keyring

__all__ = ["MOST_QUEUED", "BodySealer", "KeyStore", "LateKeys", "owner_of_session", "owner_of_subject"]

MOST_QUEUED: Final = 64 << 20
"""How many bytes may wait for the disk; what comes on top is refused."""

_ENCODE: Final = msgspec.json.Encoder(order="deterministic").encode
_sha256: Final = hashlib.sha256
_LOOK_SECONDS: Final = 5.0
_LOG: Final = logging.getLogger(__name__)


class KeyStore(Protocol):
    """Where the owners' keys are kept."""

    def add(self, keys: Sequence[OwnerKey], groups: Sequence[tuple[str, tuple[bytes, ...]]], /) -> None:
        """Stores keys and the groups of those that wrap together, durably; raises Unavailable."""

    def lacks(self, keys: Mapping[str, Collection[bytes]], /) -> bool:
        """Whether one of some keys is not there, by the tenants that have them; raises Unavailable."""


class LateKeys:
    """A key store that is opened when it is first needed, by one thread."""

    def __init__(self, make: Callable[[], KeyStore]) -> None:
        self._make = make
        self._made: KeyStore | None = None

    def add(self, keys: Sequence[OwnerKey], groups: Sequence[tuple[str, tuple[bytes, ...]]], /) -> None:
        """Does what the store does, and fails as it does."""
        if self._made is None:
            self._made = self._make()
        self._made.add(keys, groups)

    def lacks(self, keys: Mapping[str, Collection[bytes]], /) -> bool:
        """Says what the store says, and fails as it does."""
        if self._made is None:
            self._made = self._make()
        return self._made.lacks(keys)


class _Batch:
    """What is sealed while the batch before is written, with the one end that all of it waits for."""

    __slots__ = ("bodies", "done", "fresh", "size", "used")

    def __init__(self) -> None:
        self.bodies: list[tuple[Spot, bytes]] = []
        self.fresh: list[Fresh] = []
        self.used: dict[bytes, tuple[str, tuple[bytes, ...]]] = {}
        self.size = 0
        self.done: Future[None] = Future()


def owner_of_subject(digest: str, /) -> str:
    """Returns the owner that a person is, by keyed digest."""
    return f"subject:{digest}"


def owner_of_session(session: str, /) -> str:
    """Returns the owner that a session is."""
    return f"session:{session}"


class BodySealer:
    """Implements the port `Sealer`. Parts beyond `most_bytes` of text are counted and not kept."""

    def __init__(
        self, keyring: Keyring, files: BodyFiles, store: KeyStore, /, *, randomness: Randomness, most_bytes: int
    ) -> None:
        self._keyring = keyring
        self._files = files
        self._store = store
        self._randomness = PooledRandomness(randomness)
        self._most = most_bytes
        self._sealing: dict[tuple[str, str | tuple[str, ...], str], DataKey] = {}
        self._window = -1
        self._lock = threading.Lock()
        self._work = threading.Event()
        self._batch = _Batch()
        self._waiting = 0
        self._losses = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins the first window and the thread; a key service that is away is asked again while calls are refused."""
        self._renew()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Makes durable what waits, and ends the thread."""
        self._closed = True
        self._work.set()
        if self._thread is not None:
            self._thread.join()
        self._files.close()

    def seal(self, content: Content, /) -> Sealed:
        """Seals content and queues it; raises Unavailable without a key, or when too much waits for the disk."""
        lock = self._lock
        lock.acquire()  # twice for each body, where `with` costs as much again
        try:
            if self._waiting > MOST_QUEUED:
                raise Unavailable("too much waits to be sealed", place="ledger", code="sealing_disk")
            if not self._keyring.holds():
                raise Unavailable("expected the key-encrypting key to answer", code="sealing_keys")
            losses = self._losses
            parts, omitted = self._owned(content)
        finally:
            lock.release()
        # What takes long for a large body holds nobody up.
        tenant = content.tenant
        data, commitments = seal(tenant, content.event, parts, randomness=self._randomness)
        size = len(data)
        lock.acquire()
        try:
            if losses != self._losses:
                raise Unavailable("the keys of a body were lost", place="ledger", code="sealing_keys")
            spot, batch = self._files.take(tenant, size), self._batch
            begun = not batch.bodies
            batch.bodies.append((spot, data))
            used = batch.used
            for _, (keys, wrapped, _) in parts:
                if wrapped not in used:
                    used[wrapped] = (tenant, keys)
            batch.size += size
            self._waiting += size
        finally:
            lock.release()
        if begun:
            self._work.set()
        said, digest = commitments_of(commitments), _sha256(data).hexdigest()
        ref = SealedRef(spot.segment, spot.offset, size, digest, len(commitments), said.first, said.root, omitted)
        return Sealed(ref, batch.done)

    def _owned(self, content: Content) -> tuple[list[tuple[bytes, DataKey]], int]:
        window = self._keyring.window
        if self._window != window:
            self._sealing, self._window = {}, window
        tenant, _, session, said, record = content
        most, known = self._most, self._sealing
        parts: list[tuple[bytes, DataKey]] = []
        length = omitted = 0
        for one in said:
            place, role, text, subjects = one
            length += len(text)
            if length > most or len(parts) >= MOST_PARTS:
                if parts:
                    omitted += 1
                    continue
                text = text[:most]
            whose = (tenant, subjects or session, record)
            try:
                part = _ENCODE((place, role, text))  # the bytes of a `Plain`
            except UnicodeEncodeError:  # half of a surrogate pair has no form in UTF-8
                part = _ENCODE((place, role, text.encode("utf-8", "replace").decode()))
            parts.append((part, known.get(whose) or self._data_key(*whose)))
        return parts, omitted

    def _data_key(self, tenant: str, whose: str | tuple[str, ...], record: str, /) -> DataKey:
        """Returns what seals for subjects, or for a session, and keeps it ready for this window."""
        owners = (owner_of_session(whose),) if isinstance(whose, str) else tuple(map(owner_of_subject, whose))
        made = self._sealing[tenant, whose, record] = self._keyring.data_key(tenant, owners, record)
        if self._keyring.has_fresh:
            self._batch.fresh.append(self._keyring.fresh())
        return made

    # The thread

    def _run(self) -> None:
        while not self._closed or self._batch.bodies:
            self._work.wait(_LOOK_SECONDS)
            self._work.clear()
            self.settle()
            self._renew()

    def settle(self) -> None:
        """Makes the batch durable that was begun last, or says that it can't be."""
        with self._lock:
            batch, self._batch = self._batch, _Batch()
        if not batch.bodies and not batch.fresh:
            return
        try:
            self._keep(batch)
        except Exception as error:  # noqa: BLE001 whatever fails, those who wait have to be told, and the thread goes on
            failed = error if isinstance(error, Unavailable) else Unavailable("can't keep bodies", code="sealing_keys")
            _LOG.error("sealed bodies are not durable: %s", failed.code if failed is error else type(error).__name__)
            batch.done.set_exception(failed)
            self._lose(failed)
        else:
            batch.done.set_result(None)
        with self._lock:
            self._waiting -= batch.size

    def _keep(self, batch: _Batch) -> None:
        keys = tuple(key for fresh in batch.fresh for key in fresh.keys)
        groups = tuple(group for fresh in batch.fresh for group in fresh.groups)
        if keys or groups:
            self._store.add(keys, groups)
        # INVARIANT: what is sealed opens with what is kept. A key that was destroyed within its minute seals no more:
        # what is about somebody else, too, who may be held, would be lost with it from the start.
        used: dict[str, set[bytes]] = {}
        for tenant, ids in batch.used.values():
            used.setdefault(tenant, set()).update(ids)
        if used and self._store.lacks(used):
            raise Unavailable("a key was destroyed in the minute it sealed in", place="ledger", code="sealing_keys")
        if batch.bodies:
            self._files.write(batch.bodies)

    def _lose(self, error: Unavailable) -> None:
        """Fails what was sealed meanwhile, perhaps with keys that were lost, and has new keys made."""
        with self._lock:
            meanwhile, self._batch = self._batch, _Batch()
            self._keyring.forget()
            self._sealing = {}
            self._losses += 1
            self._waiting -= meanwhile.size
        if meanwhile.bodies:
            meanwhile.done.set_exception(error)

    def _renew(self) -> None:
        try:
            self._keyring.renew()
        except Exception as error:  # noqa: BLE001 as above; calls are refused once the last key is too old
            _LOG.error("no key to seal with: %s", type(error).__name__)
