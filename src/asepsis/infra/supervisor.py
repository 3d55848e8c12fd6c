"""Keeps a set of child processes running and ends them in order.

Children are started all at once, those that are `late` once the others are ready, and waited for in the order given.
One that ends unasked is started again, after a pause that doubles up to `PAUSE_LIMIT` seconds; at the end they are told
to stop in the reverse order. Children are forks, which share what is imported. One whose supervisor dies, however it
dies, finds its standard input closed and stops (`leave_with_parent`).
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from asepsis.core.errors import Unavailable
from asepsis.infra.ending import SIGNALS, Ending
from asepsis.infra.forks import Fork

__all__ = ["PAUSE_LIMIT", "Child", "Supervisor", "leave_with_parent", "until_signal"]

if TYPE_CHECKING:
    import asyncio

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.1
_POLL_SECONDS: Final = 0.005
_STEADY_SECONDS: Final = 30.0
PAUSE_LIMIT: Final = 10.0


class Child(msgspec.Struct, frozen=True):
    """A process: its name, what it runs, how to see that it is ready, and how long it may take to stop.

    One that is `late` leaves the processors to the others until they are ready.
    """

    name: str
    run: Callable[[], None]
    ready: Callable[[], bool]
    start_seconds: float = 20.0
    stop_seconds: float = 15.0
    late: bool = False


class Supervisor:
    """Runs children until `stop` is called or a signal comes."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = tuple(children)
        self._running: dict[str, Fork] = {}
        self._born: dict[str, float] = {}
        self._pause: dict[str, float] = {}
        self._ending = Ending()

    def stop(self) -> None:
        """Asks for the end; `watch` returns soon after."""
        self._ending.ask()

    def catch_signals(self) -> None:
        """Takes SIGINT and SIGTERM as a wish to end."""
        self._ending.catch_signals()

    def start(self) -> None:
        """Starts all children; raises Unavailable for one that does not become ready, after stopping the others."""
        for late in (False, True):
            if not self._ending.asked:
                self._start([child for child in self._children if child.late is late])

    def _start(self, children: Sequence[Child]) -> None:
        for child in children:
            self._launch(child)
        for child in children:
            if not self._wait_ready(child):
                self.shut_down()
                raise Unavailable(f"the process `{child.name}` did not become ready", place=child.name)

    def watch(self) -> None:
        """Restarts what ends, until the end is asked for."""
        while not self._ending.wait(_LOOK_SECONDS):
            for child in self._children:
                if self._running[child.name].poll() is not None:
                    self._again(child)

    def shut_down(self) -> None:
        """Stops the children in the reverse order; one that does not stop in time is killed."""
        for child in reversed(self._children):
            process = self._running.pop(child.name, None)
            if process is not None:
                _end(process, child)

    def pid(self, name: str, /) -> int:
        """Returns a child's process id."""
        return self._running[name].pid

    def _launch(self, child: Child) -> None:
        self._running[child.name] = Fork(child.name, child.run, tuple(self._running.values()))
        self._born[child.name] = time.monotonic()

    def _wait_ready(self, child: Child) -> bool:
        deadline = time.monotonic() + child.start_seconds
        while time.monotonic() < deadline and not self._ending.asked:
            if self._running[child.name].poll() is not None:
                return False
            if child.ready():
                return True
            time.sleep(_POLL_SECONDS)
        return self._ending.asked

    def _again(self, child: Child) -> None:
        now = time.monotonic()
        pause = self._pause.get(child.name, 0.0)
        if now - self._born[child.name] > _STEADY_SECONDS:
            pause = 0.0
        if now - self._born[child.name] < pause:
            return
        gone = self._running.pop(child.name)
        level = logging.ERROR if gone.code else logging.INFO
        _LOG.log(level, "the process %s ended with code %s and is started again", child.name, gone.code)
        _end(gone, child)
        self._pause[child.name] = min(PAUSE_LIMIT, max(0.5, pause * 2))
        self._launch(child)


def _end(process: Fork, child: Child) -> None:
    """Ends a process, in order if it lets itself."""
    if not process.end(child.stop_seconds):
        _LOG.warning("the process %s did not stop in time and was killed", child.name)


def until_signal(main: "Callable[[asyncio.Event], Awaitable[None]]") -> None:
    """Runs `main` in an event loop, with an event that SIGINT and SIGTERM set."""
    import asyncio  # noqa: PLC0415 the supervisor itself has no event loop

    import uvloop  # noqa: PLC0415 as above

    async def run() -> None:
        """Sets the signals up inside the loop."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, stop.set)
        await main(stop)

    uvloop.run(run())


def leave_with_parent() -> None:
    """Ends this process in order once its standard input closes, as it does when the supervisor is gone."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="leave-with-parent", daemon=True).start()
