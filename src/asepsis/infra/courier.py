"""Work that has to wait for a disk or another machine, done beside an event loop: all that came meanwhile goes at once.

`asyncio.to_thread` hands each piece of work over by itself, through two queues and three futures, which costs more than
a short statement and its sync. Here one thread takes whatever waits as one batch, so that many share a sync, and wakes
the loop once for all of it. The thread begins with the first piece and ends when none came for a while.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

__all__ = ["Courier"]

_MOST: Final = 64
_IDLE_SECONDS: Final = 10.0

Job = TypeVar("Job")
Answer = TypeVar("Answer")
_Told: TypeAlias = tuple["asyncio.Future[Answer]", Answer | BaseException]


class _Sent(NamedTuple, Generic[Job, Answer]):
    job: Job
    answer: "asyncio.Future[Answer]"
    loop: asyncio.AbstractEventLoop


class Courier(Generic[Job, Answer]):
    """Has `work` do what is sent, batch by batch in its order; it returns an answer for each, or raises for all."""

    def __init__(self, work: Callable[[Sequence[Job]], Sequence[Answer]], name: str) -> None:
        self._work = work
        self._name = name
        self._waiting: queue.SimpleQueue[_Sent[Job, Answer]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._running = False

    async def send(self, job: Job, /) -> Answer:
        """Returns the answer to a piece of work, or raises what the work raised; who no longer waits is not told."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.put(_Sent(job, answer, loop))
        with self._lock:
            if not self._running:
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
                self._running = True
        return await answer

    def _run(self) -> None:
        while batch := self._next():
            try:
                answers: Sequence[Answer | BaseException] = self._work([one.job for one in batch])
            except Exception as error:  # noqa: BLE001 it is raised where the work was sent from
                answers = [error] * len(batch)
            told: dict[asyncio.AbstractEventLoop, list[_Told[Answer]]] = {}
            for one, answer in zip(batch, answers, strict=True):
                told.setdefault(one.loop, []).append((one.answer, answer))
            for loop, some in told.items():
                with contextlib.suppress(RuntimeError):  # a loop that is closed, and nobody waits there
                    loop.call_soon_threadsafe(_tell, some)

    def _next(self) -> list[_Sent[Job, Answer]]:
        """Waits for work and returns all there is, up to a bound; none where the thread is to end."""
        try:
            batch = [self._waiting.get(timeout=_IDLE_SECONDS)]
        except queue.Empty:
            with self._lock:  # who sends asks under this lock whether the thread runs, and after its work is there
                self._running = not self._waiting.empty()
                return [self._waiting.get()] if self._running else []
        while len(batch) < _MOST and not self._waiting.empty():
            batch.append(self._waiting.get())
        return batch


def _tell(told: Sequence[_Told[Answer]]) -> None:
    for future, answer in told:
        if future.done():
            continue
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
