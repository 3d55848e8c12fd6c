"""A server over stdio: a process of its own that reads and writes a message per line.

It gets the environment that it is given and nothing else, its standard error goes nowhere unless it is said where, and
a line that is too long ends the connection, and so does much that answers nothing, for others wait meanwhile. Whatever
breaks, the process is ended, and to ask for its tools starts it anew: what begins anew may be another program, so that
no call does.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Final

from asepsis.core.errors import InputError, Unavailable
from asepsis.tools.mcp.back import Back, whole
from asepsis.tools.mcp.messages import Answer, Id
from asepsis.tools.mcp.offering import Offering
from asepsis.tools.ports import Heard
from asepsis.tools.types import Json, Tool

__all__ = ["NO_MESSAGE", "StdioServer"]

NO_MESSAGE: Final = "the server wrote what is no message, and was ended"

_TOO_MUCH: Final = "the server wrote too much that answers nothing, and was ended"
_LINE: Final = 8_000_000
_UNASKED: Final = 16_000_000
"""The most bytes between two answers, where each line counts for some more than it has: to read it takes time."""
_EACH: Final = 200
_END_SECONDS: Final = 2.0
_DISCOVER_SECONDS: Final = 15.0


class StdioServer:
    """Implements `ToolServer`; calls run at the same time, each within `seconds`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        seconds: float,
        errors: int | None = asyncio.subprocess.DEVNULL,
    ) -> None:
        """`errors` is where its standard error goes, None for where this process's own does."""
        self._command = tuple(command)
        self._errors = errors
        self._environment = dict(environment)
        self._seconds = seconds
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Future[None] | None = None
        self._back = Back()
        self._waiting: dict[Id, asyncio.Future[Answer]] = {}
        self._heard: dict[Id, Heard] = {}
        self._starting = asyncio.Lock()
        self._ended = "the server is gone"
        self._offering = Offering(self._page)

    @property
    def listed(self) -> bool:
        """Whether this process has listed its tools, and told of no change since."""
        return self._offering.holds

    async def tools(self) -> tuple[Tool, ...]:
        """Returns all that it lists; raises Unavailable or InputError."""
        await self._ready()
        return await self._offering.tools()

    async def call(self, tool: str, arguments: dict[str, Json], /, *, token: str, heard: Heard) -> dict[str, Json]:
        """Makes a call and returns its result; raises Unavailable or InputError. `heard` is told its progress."""
        self._offering.check()
        params: dict[str, Json] = {"name": tool, "arguments": arguments, "_meta": {"asepsis.call": token}}
        asked, data = self._back.request("tools/call", params)
        self._heard[asked] = heard
        try:
            return whole(await self._ask(asked, data))
        finally:
            del self._heard[asked]

    async def close(self) -> None:
        """Ends the process."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(_END_SECONDS):
                    await process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._reader is not None:
            await asyncio.wait([self._reader])
        self._gone()

    def _gone(self) -> None:
        self._process = None
        self._offering.changed()

    async def _page(self, params: dict[str, Json]) -> dict[str, Json]:
        return whole(await self._ask(*self._back.request("tools/list", params)))

    async def _ready(self) -> None:
        async with self._starting:
            if self._process is not None:
                return
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=self._errors,
                    env=self._environment,
                    limit=_LINE,
                )
            except OSError as error:
                raise Unavailable("the server can't be started", code="tools.start") from error
            self._back = Back()
            self._offering.changed()
            self._reader = asyncio.ensure_future(self._read(self._process))
            try:
                if not await self._discovered():
                    self._write(self._back.opened(await self._ask(*self._back.opening())))
            except BaseException:
                # A process that was not greeted to the end is none to send calls to.
                await self.close()
                raise

    async def _discovered(self) -> bool:
        """Whether the server speaks without a handshake; one that does not know the question may not answer at all."""
        try:
            return self._back.discovered(await self._ask(*self._back.discovering(), seconds=_DISCOVER_SECONDS))
        except Unavailable as error:
            if error.code != "tools.timeout":
                raise
            return False

    async def _ask(self, id: Id, data: bytes, *, seconds: float = 600.0) -> Answer:  # noqa: A002 the field's name
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[id] = answer
        try:
            async with asyncio.timeout(min(self._seconds, seconds)):
                self._write(data)
                return await answer
        except TimeoutError as error:
            raise Unavailable("the server did not answer in time", code="tools.timeout") from error
        finally:
            self._waiting.pop(id, None)

    def _write(self, data: bytes) -> None:
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            raise Unavailable(self._ended, code="tools.gone")
        process.stdin.write(data + b"\n")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Takes lines until the process ends, or writes what is no message, or too much."""
        stdout, said, unasked = process.stdout, "", 0
        try:
            while stdout is not None and not said and (line := await stdout.readline()):
                answers = bool(line.strip()) and self._take(line)
                unasked = 0 if answers else unasked + _EACH + len(line)
                said = _TOO_MUCH if unasked > _UNASKED else ""
                await asyncio.sleep(0)  # what is in the buffer already is read at once
        except (InputError, ValueError, Unavailable):
            said = NO_MESSAGE
        if said:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        if self._process is process:
            self._gone()
        lost = tuple(self._waiting.values())  # those of the next process are not among them
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_SECONDS):
                await process.wait()
        self._ended = said or _how(process.returncode)
        for waiting in lost:
            if not waiting.done():
                waiting.set_exception(Unavailable(self._ended, code="tools.gone"))
        if stdout is not None:
            await _emptied(stdout)
        await process.wait()

    def _take(self, line: bytes) -> bool:
        """Takes a message; returns whether it is an answer that somebody waits for."""
        taken = self._back.take(line)
        if taken.send:
            self._write(taken.send)
        if taken.changed:
            self._offering.changed()
        if taken.step is not None and (heard := self._heard.get(taken.step.id)) is not None:
            heard(taken.step.done, taken.step.total)
        if taken.answer is None or (waiting := self._waiting.get(taken.answer.id)) is None or waiting.done():
            return False
        waiting.set_result(taken.answer)
        return True


async def _emptied(output: asyncio.StreamReader) -> None:
    """Reads what is left of a process's output, or some of it, for it is not closed before."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_END_SECONDS):
            while not output.at_eof():
                await output.read(_LINE)
                await asyncio.sleep(0)  # so that the time can be over


def _how(status: int | None) -> str:
    """How a process ended, by its exit status or by the signal that ended it."""
    if status is None:
        return "the server closed its output"
    return f"the server's process ended, {f'exit status {status}' if status >= 0 else f'by signal {-status}'}"
