"""Processes that are forks of this one, so that what is imported by all is imported once.

A fork runs a function, in a session of its own: a terminal's Ctrl-C doesn't reach it before its turn. It has the name
`asepsis-…` and a pipe as its standard input, that closes when its parent is gone, however that ends.

INVARIANT: who forks has one thread; another's locks would stay locked in the fork.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from asepsis.core.errors import Error
from asepsis.infra.ending import SIGNALS

__all__ = ["Fork"]

_POLL_SECONDS: Final = 0.005
_STDIN: Final = 0


class Fork:
    """A process that runs `run` until it returns; `others` are the forks that are there already.

    `code` is how it ended, as `os.waitstatus_to_exitcode` says it, `pipe` the other end of its standard input.
    """

    def __init__(self, name: str, run: Callable[[], None], others: "Iterable[Fork]" = ()) -> None:
        self.code: int | None = None
        theirs, self.pipe = os.pipe()
        # A fork that held another's pipe open would keep that one alive when their parent is gone.
        pipes = [self.pipe, *(one.pipe for one in others if one.pipe >= 0)]
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that came before the fork has handlers of its own would be taken for its parent's, and be lost.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self.pid = os.fork()
        if self.pid == 0:
            _live(name, partial(_begun, run, before), theirs, pipes)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(theirs)

    def poll(self) -> int | None:
        """Returns how it ended; None while it runs."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def end(self, seconds: float, /) -> bool:
        """Asks it to end and waits; returns False where it had to be killed."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while self.poll() is None and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        by_itself = self.poll() is not None
        if not by_itself:
            os.kill(self.pid, signal.SIGKILL)
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if self.pipe >= 0:
            os.close(self.pipe)
            self.pipe = -1
        return by_itself


def _begun(run: Callable[[], None], mask: Iterable[int]) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    run()


def _live(name: str, run: Callable[[], None], own: int, pipes: Iterable[int]) -> NoReturn:
    """Runs in the fork, and ends it: nothing of what its parent was about to do is done here."""
    code = 1
    try:
        os.setsid()
        for pipe in pipes:
            os.close(pipe)
        os.dup2(own, _STDIN)
        os.close(own)
        with suppress(OSError):
            Path("/proc/self/comm").write_text(f"asepsis-{name}"[:15])
        run()
        code = 0
    except Error as error:
        sys.stderr.write(f"Error: {error}\n")
    except BaseException:  # noqa: BLE001 the parent's own code must not go on in the fork
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
