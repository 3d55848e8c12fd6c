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
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple, Protocol

from asepsis.core.errors import Bug, Unavailable
from asepsis.core.ports import Content, Randomness, Said, Sealed
from asepsis.core.types import SealedRef
from asepsis.infra.records import OwnerKey
from asepsis.ledger.sealing.bodies import MOST_PARTS, Owned, Plain, render, seal
from asepsis.ledger.sealing.commitments import commitments_of
from asepsis.ledger.sealing.files import BodyFiles, Spot
from asepsis.ledger.sealing.keyring import Fresh, Keyring

__all__ = ["MOST_QUEUED", "BodySealer", "KeyStore", "LateKeys", "owner_of_session", "owner_of_subject"]

MOST_QUEUED: Final = 64 << 20
"""How many bytes may wait for the disk; what comes on top is refused."""

_LOOK_SECONDS: Final = 5.0
_LOG: Final = logging.getLogger(__name__)


class KeyStore(Protocol):
    """Where the owners' keys are kept."""

    def add(self, keys: Sequence[OwnerKey], groups: Sequence[tuple[str, tuple[bytes, ...]]], /) -> None:
        """Stores keys and the groups of those that wrap together, durably; raises Unavailable."""


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


class _Job(NamedTuple):
    window: int
    fresh: Fresh
    spot: Spot
    data: bytes
    done: "Future[None]"


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
        self._randomness = randomness
        self._most = most_bytes
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._waiting = 0
        self._lost = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins the first window and the thread; a key service that is away is asked again while calls are refused."""
        self._renew()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Makes durable what waits, and ends the thread."""
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()
        self._files.close()

    def seal(self, content: Content, /) -> Sealed:
        """Seals content and queues it; raises Unavailable without a key, or when too much waits for the disk."""
        with self._lock:
            if self._waiting > MOST_QUEUED:
                raise Unavailable("too much waits to be sealed", place="ledger", code="sealing_disk")
            parts, omitted = self._owned(content)
            body = seal(content.tenant, content.event, parts, randomness=self._randomness)
            data = render(body)
            spot = self._files.take(content.tenant, len(data))
            job = _Job(self._keyring.window, self._keyring.fresh(), spot, data, Future())
            self._waiting += len(data)
            self._jobs.put(job)
        first, root = commitments_of([one.commitment for one in body.parts])
        digest = hashlib.sha256(data).hexdigest()
        ref = SealedRef(spot.segment, spot.offset, len(data), digest, len(body.parts), first, root, omitted)
        return Sealed(ref, job.done)

    def _owned(self, content: Content) -> tuple[list[Owned], int]:
        session = (owner_of_session(content.session),)
        parts: list[Owned] = []
        size = omitted = 0
        for one in content.parts:
            size += len(one.text)
            if (size > self._most or len(parts) >= MOST_PARTS) and parts:
                omitted += 1
                continue
            owners = tuple(map(owner_of_subject, one.subjects)) or session
            parts.append(Owned(_bytes(one, self._most), self._keyring.wrapping(content.tenant, owners)))
        return parts, omitted

    # The thread

    def _run(self) -> None:
        while True:
            try:
                jobs = [self._jobs.get(timeout=_LOOK_SECONDS)]
            except Empty:
                jobs = []
            while not self._jobs.empty():
                jobs.append(self._jobs.get_nowait())
            work = [job for job in jobs if job is not None]
            if work:
                self._settle(work)
            if len(work) < len(jobs):
                return
            self._renew()

    def _settle(self, jobs: list[_Job]) -> None:
        good = [job for job in jobs if job.window > self._lost]
        failed: Unavailable | None = None
        try:
            self._keep(good)
        except Unavailable as error:
            failed = error
            _LOG.error("sealed bodies are not durable: %s", error.code)
            with self._lock:
                self._lost = self._keyring.window
                self._keyring.forget()
        with self._lock:
            self._waiting -= sum(len(job.data) for job in jobs)
        for job in jobs:
            if failed is None and job.window > self._lost:
                job.done.set_result(None)
            else:
                job.done.set_exception(failed or Unavailable("the keys of a body were lost", code="sealing_keys"))

    def _keep(self, jobs: list[_Job]) -> None:
        keys = tuple(key for job in jobs for key in job.fresh.keys)
        groups = tuple(group for job in jobs for group in job.fresh.groups)
        if keys or groups:
            self._store.add(keys, groups)
        if jobs:
            self._files.write([(job.spot, job.data) for job in jobs])

    def _renew(self) -> None:
        try:
            self._keyring.renew()
        except Unavailable as error:
            _LOG.error("no key to seal with: %s", error.code)


def _bytes(said: Said, most: int) -> bytes:
    plain = Plain(said.place, said.role, said.text[:most])
    try:
        return plain.render()
    except Bug:  # half of a surrogate pair has no form in UTF-8
        return Plain(said.place, said.role, plain.text.encode("utf-8", "replace").decode()).render()
