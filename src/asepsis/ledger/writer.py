"""The writer: the one process that writes a ledger, reached over a Unix socket by everyone else."""

import asyncio
import contextlib
import logging
import socket as sockets
from pathlib import Path
from typing import Final, cast

from asepsis.core.errors import ConfigError, Error, InputError, Unavailable
from asepsis.core.ports import Clock, Ids, KeyProvider
from asepsis.infra.keys import HmacDigester
from asepsis.ledger.commit import Committer
from asepsis.ledger.config import LedgerConfig
from asepsis.ledger.emergency import Emergency
from asepsis.ledger.epochs import BEAT_SECONDS
from asepsis.ledger.frames import Answer, Failure, Splitter, Submission, pack, unpack_submission
from asepsis.ledger.journal import JournaledStore
from asepsis.ledger.store import Store, Takeover

__all__ = ["listen", "run", "unlink"]

_LOGGER: Final = logging.getLogger(__name__)

_DEFAULTS: Final = LedgerConfig()


async def run(  # noqa: PLR0913 what a process is made of
    root: Path,
    socket: Path,
    *,
    clock: Clock,
    ids: Ids,
    stop: asyncio.Event,
    keys: KeyProvider | None = None,
    config: LedgerConfig = _DEFAULTS,
    taken: Takeover | None = None,
    emergency: Emergency | None = None,
) -> None:
    """Serves the ledger under `root` until `stop` is set, then commits what is queued and closes.

    It is signed with `keys`, those of its own folder where none are given. With `taken` it takes over from a writer
    that is deposed by that. While an `emergency` is open for it, what the logs do not take goes into journals; that
    needs `keys`. Raises ConfigError when another writer has the root, the keys are not those that its logs were made
    with or the socket's path is not usable, NotTrusted when durable entries do not hold, Unavailable when the disk
    fails, or another writer took over.
    """
    loop = asyncio.get_running_loop()
    logs = Store(root, clock=clock, ids=ids, keys=keys, config=config, taken=taken)
    store: Store | JournaledStore = logs
    if emergency is not None and keys is not None:
        digester = HmacDigester(keys)
        store = JournaledStore(logs, emergency, root=root, keys=keys, digester=digester, clock=clock, ids=ids)
    try:
        unlink(socket)  # the lock is held: what stands there was left by a writer that died
        incidents = await asyncio.to_thread(store.recover)
        _LOGGER.log(logging.WARNING if incidents else logging.INFO, "ledger: %d unclosed calls found", incidents)
        committer = Committer(store, max_queued=config.max_queued_bytes)
        connections: set[_Connection] = set()
        server = await loop.create_unix_server(lambda: _Connection(committer, connections), sock=listen(socket))
        try:
            await _beating(store, stop)
        finally:
            server.close()
            committer.close()
            for connection in tuple(connections):
                connection.close()
            if not store.deposed:
                unlink(socket)
        if store.deposed:
            raise Unavailable("another writer took over", place="ledger", code="ledger_deposed")
    finally:
        store.close()


async def _beating(store: Store | JournaledStore, stop: asyncio.Event, /) -> None:
    """Says once a second that this writer is there, until it is to stop, or another took over."""
    while not stop.is_set() and not store.deposed:
        store.beat()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT_SECONDS):
                await stop.wait()


def listen(path: Path, /, *, mode: int = 0o600) -> sockets.socket:
    """Listens on a socket; raises ConfigError. It gets its name last, so whoever sees the name is answered."""
    server = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
    fresh = path.with_name(f"{path.name}.new")
    try:
        unlink(fresh)
        server.bind(str(fresh))
        fresh.chmod(mode)
        server.listen(1024)
        fresh.replace(path)
    except OSError as error:
        server.close()
        raise ConfigError(f"cannot listen: {error.strerror or 'the path is too long'}", place=str(path)) from error
    return server


def unlink(path: Path, /) -> None:
    """Takes a name away, if it is there."""
    with contextlib.suppress(OSError):
        path.unlink()


class _Connection(asyncio.Protocol):
    """One client: reads submissions, answers once per batch."""

    def __init__(self, committer: Committer, connections: set["_Connection"], /) -> None:
        self._committer = committer
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        self._splitter = Splitter()
        self._transport: asyncio.Transport | None = None
        self._done: list[int] = []
        self._failed: list[Failure] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes the connection."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by their class
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 why it ended changes nothing
        """Lets go; what the client submitted is committed all the same."""
        self._transport = None
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Queues each submission that is complete; closes a connection that sends anything else."""
        try:
            for body in self._splitter.feed(data):
                self._submit(unpack_submission(body))
        except InputError as error:
            _LOGGER.warning("ledger: closed a connection: %s", error.message)
            self.close()

    def close(self) -> None:
        """Sends what is due and closes."""
        self._flush()
        if self._transport:
            self._transport.close()

    def _submit(self, submission: Submission, /) -> None:
        def done(error: Error | None) -> None:
            self._finish(submission.seq, error)

        try:
            self._committer.submit(submission.tenant, submission.entries, done=done, patient=submission.patient)
        except Unavailable as error:
            self._finish(submission.seq, error)

    def _finish(self, seq: int, error: Error | None, /) -> None:
        if not self._done and not self._failed:
            self._loop.call_soon(self._flush)
        if error is None:
            self._done.append(seq)
        else:
            self._failed.append(Failure(seq, error.code, error.message))

    def _flush(self) -> None:
        if not self._done and not self._failed:
            return
        answer = Answer(self._done, self._failed)
        self._done, self._failed = [], []
        if self._transport:
            self._transport.write(pack(answer))
