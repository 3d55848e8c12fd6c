"""Servers of tools as the settings name them: checked, reached by a program or an address, asked what they offer."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from asepsis.core.errors import ConfigError, Error, Unavailable
from asepsis.core.ports import Transport
from asepsis.infra import config
from asepsis.infra.http import HttpTransport
from asepsis.settings import Settings
from asepsis.tools.catalogue import check_server
from asepsis.tools.config import ServerConfig, ToolsConfig
from asepsis.tools.mcp.streams import NO_MESSAGE, StdioServer
from asepsis.tools.mcp.web import HttpServer
from asepsis.tools.ports import ToolServer
from asepsis.tools.types import Tool

__all__ = ["CONNECT_SECONDS", "offered", "server"]

CONNECT_SECONDS: Final = 5.0
"""How long a connection to a server may take to begin."""

_TELL_SECONDS: Final = 3.0
_PYTHON: Final = "python"
"""Stands for the interpreter that runs this, with what is installed for it."""
_WANTS: Final = "; does it want a `credential`, or another `auth`?"
_HINTS: Final = {
    ("tools.status", "expected status 200, got 401"): _WANTS,
    ("tools.status", "expected status 200, got 403"): _WANTS,
    ("tools.status", "expected status 200, got 404"): "; is this the address of MCP, as `…/mcp`?",
    ("tools.timeout", "the server did not answer in time"): "; `--timeout` gives it longer",
    ("upstream.connect", "the server can't be reached"): "; does it run, and can it be reached from here?",
    ("tools.start", "the server can't be started"): "; is the program there, by its full path?",
    (
        "tools.gone",
        NO_MESSAGE,
    ): "; its standard output is for messages alone, what else it says belongs on standard error",
}
"""What to look at first, by what went wrong."""
_ENDED: Final = {"tools.gone": "; what it said of that stands above"}


def server(
    settings: ServerConfig, transport: Transport, *, errors: int | None = asyncio.subprocess.DEVNULL
) -> ToolServer:
    """Returns a server; its process says its errors to `errors`, None for where this one says its own."""
    credential = config.secret(settings.credential) if settings.credential else ""
    if settings.command:
        environment = {settings.auth: credential} if credential else {}
        first, *rest = settings.command
        command = (sys.executable if first == _PYTHON else first, *rest)
        return StdioServer(command, environment=environment, seconds=settings.seconds, errors=errors)
    shown = f"Bearer {credential}" if settings.auth == "bearer" else credential
    name = "authorization" if settings.auth == "bearer" else settings.auth
    credentials = ((name, shown),) if credential else ()
    return HttpServer(settings.url, transport, credentials=credentials, seconds=settings.seconds)


def offered(
    file: Path | None, overrides: tuple[str, ...], name: str, seconds: float, waiting: Callable[[float], None]
) -> tuple[Tool, ...]:
    """Asks one server of a configuration, as the firewall does, what it offers; what its process says is shown.

    `waiting` is told again and again for how many seconds it has not answered. Raises ConfigError for a server that the
    settings don't name, Unavailable for one that lists nothing within `seconds`.
    """
    settings = config.load(Settings, file=file, overrides=overrides).value.tools
    return asyncio.run(_offered(settings, name, seconds, waiting))


async def _offered(
    settings: ToolsConfig, name: str, seconds: float, waiting: Callable[[float], None]
) -> tuple[Tool, ...]:
    known = [one.name for one in settings.servers]
    if not known:
        raise ConfigError("expected a server in the configuration that `--config` names", place="tools.servers")
    if name not in known:
        shown = ", ".join(f"`{one}`" for one in known)
        raise ConfigError(f"expected a server of the configuration ({shown}), got `{name}`", place="tools.servers")
    number = known.index(name)
    check_server(one := settings.servers[number], f"tools.servers[{number}]")
    transport = HttpTransport(connect=CONNECT_SECONDS, idle=one.seconds)
    asked = server(one, transport, errors=None)
    try:
        return await _waited(asked, seconds, waiting)
    except Error as error:
        how = f"at `{one.url}`" if one.url else f"by `{' '.join(one.command)}`"
        said = _HINTS.get((error.code, error.message)) or _ENDED.get(error.code, "")
        raise Unavailable(f"server `{name}` {how} gives no tools: {error.message}{said}", code=error.code) from error
    finally:
        with contextlib.suppress(Error):
            await asked.close()
        await transport.close()


async def _waited(server: ToolServer, seconds: float, waiting: Callable[[float], None]) -> tuple[Tool, ...]:
    """Returns what a server lists within `seconds`; raises Unavailable where it does not."""
    asked, begun = asyncio.ensure_future(server.tools()), time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        done, _ = await asyncio.wait([asked], timeout=min(_TELL_SECONDS, seconds - passed))
        if done:
            return asked.result()
        waiting(time.monotonic() - begun)
    asked.cancel()
    await asyncio.wait([asked])
    raise Unavailable("the server did not answer in time", code="tools.timeout")
