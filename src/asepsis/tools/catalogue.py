"""Which of the tools that servers offer an agent may see: those that people confirmed, as they are.

| a tool is kept back | when |
| --- | --- |
| unconfirmed | no manifest names it |
| drifted | its definition is not the one that was pinned |
| hidden | its name or description holds characters that nobody sees |
| header | it marks arguments for headers that can't be some |
| confusable | its name only looks unlike that of a confirmed tool, of any server |

A tool's name in front of agents is `server__tool`, so that no server can stand in for another's.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from asepsis.core.errors import ConfigError
from asepsis.infra import fetch
from asepsis.tools import poison
from asepsis.tools.config import ServerConfig, ToolsConfig
from asepsis.tools.fitting import misfit
from asepsis.tools.manifests import Confirmed, read
from asepsis.tools.mcp import headers
from asepsis.tools.pins import digest_of
from asepsis.tools.planning import OWN
from asepsis.tools.standing import Kept
from asepsis.tools.types import Json, Manifest, Tool

__all__ = ["Catalogue", "check_name", "check_server", "named", "public_name", "read_confirmed", "server_of"]

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SERVER: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_BETWEEN: Final = "__"


def server_of(name: str, /) -> str:
    """Returns the server that a name that agents see speaks of."""
    return name.partition(_BETWEEN)[0]


def public_name(server: str, tool: str, /) -> str:
    """Returns the name that agents see."""
    return f"{server}{_BETWEEN}{tool}"


def read_confirmed(settings: ToolsConfig, /) -> tuple[Confirmed, ...]:
    """Returns what people confirmed of all servers; raises ConfigError for what can't be read, or told apart."""
    confirmed = []
    for number, server in enumerate(settings.servers):
        check_server(server, f"tools.servers[{number}]")
        place = f"tools.servers[{number}].manifests"
        try:
            text = Path(server.manifests).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            said = f"`asepsis tools list {server.name}` and `asepsis tools draft` make one"
            raise ConfigError(
                f"expected a readable file of manifests, got none at `{server.manifests}`: {said}", place=place
            ) from error
        one = read(text, place=server.manifests)
        if one.server != server.name:
            raise ConfigError(f"expected the manifests of `{server.name}`, got those of `{one.server}`", place=place)
        confirmed.append(one)
    Catalogue(confirmed)
    return tuple(confirmed)


def check_server(server: ServerConfig, /, place: str) -> None:
    """Raises ConfigError, with its place, for a server that can't be reached, or that agents can't name, as it is."""
    check_name(server.name, f"{place}.name")
    if server.name == OWN:
        raise ConfigError("expected another name: this one is the firewall's own", place=f"{place}.name")
    if bool(server.url) == bool(server.command):
        raise ConfigError("expected either an address or a command", place=f"{place}.url")
    if server.url:
        fetch.check_address(server.url, place=f"{place}.url")
        if not server.url.startswith("http"):
            raise ConfigError("expected an address of a server", place=f"{place}.url")
    elif server.credential and server.auth == "bearer":
        raise ConfigError("expected the name of an environment variable", place=f"{place}.auth")


def check_name(name: str, /, place: str) -> None:
    """Raises ConfigError for a name that no server can have in front of agents."""
    if not _SERVER.fullmatch(name):
        said = "expected at most 32 small letters, digits and `-`, a letter first"
        raise ConfigError(f"{said}, got `{ascii(name)[1:-1][:64]}`", place=place)


def named(confirmed: Sequence[Confirmed], /) -> tuple[Manifest, ...]:
    """Returns all manifests by the names that agents see."""
    return tuple(
        msgspec.structs.replace(tool, name=public_name(one.server, tool.name))
        for one in confirmed
        for tool in one.tools
    )


class Catalogue:
    """The tools in front of agents. `offer` takes what a server lists; what is not confirmed stays out."""

    def __init__(self, confirmed: Sequence[Confirmed]) -> None:
        """Raises ConfigError for servers and tools that can't be told apart."""
        self._listed: dict[str, Sequence[Tool]] = {}
        self._offered: dict[str, dict[str, Tool]] = {}
        self.kept: dict[str, tuple[Kept, ...]] = {}
        self.confirm(confirmed)

    def confirm(self, confirmed: Sequence[Confirmed], /) -> None:
        """Takes what people confirmed, in the place of what they had before; raises ConfigError as when it is made."""
        pinned: dict[str, dict[str, Manifest]] = {}
        looks: dict[str, str] = {}
        for one in confirmed:
            check_name(one.server, "tools")
            if one.server in pinned:
                raise ConfigError("expected each server once", place=f"tools.{one.server}")
            pinned[one.server] = {}
            for manifest in one.tools:
                name = public_name(one.server, manifest.name)
                if not _NAME.fullmatch(manifest.name) or looks.setdefault(poison.skeleton(name), name) != name:
                    raise ConfigError("expected names that can be told apart", place=f"tools.{name}")
                pinned[one.server][manifest.name] = manifest
        self._pinned = pinned
        self._looks = {poison.skeleton(name.partition(_BETWEEN)[2]) for name in looks.values()}
        for server, tools in list(self._listed.items()):
            self.offer(server, tools)

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The manifests of all that may be called, by the names that agents see."""
        return tuple(
            msgspec.structs.replace(self._pinned[server][name], name=public_name(server, name))
            for server, tools in self._offered.items()
            for name in tools
        )

    def offer(self, server: str, tools: Sequence[Tool], /) -> tuple[Kept, ...]:
        """Takes all that a server lists now, in the place of what it listed before; returns what is kept back."""
        pinned = self._pinned.get(server, {})
        hidden = {one.tool for one in poison.scan(tools) if one.rule == "hidden"}
        admitted: dict[str, Tool] = {}
        kept: list[Kept] = []
        for tool in tools:
            reason = self._reason(pinned.get(tool.name), tool, hidden)
            if reason or tool.name in admitted:
                kept.append(Kept(server, tool.name, reason or "twice"))
                admitted.pop(tool.name, None)
            else:
                admitted[tool.name] = tool
        self._listed[server] = tools
        self._offered[server] = admitted
        self.kept[server] = tuple(kept)
        return self.kept[server]

    def gone(self, server: str, tools: Sequence[Tool], /) -> tuple[str, ...]:
        """Returns the confirmed tools of a server that are not among those that it lists."""
        return tuple(sorted(set(self._pinned.get(server, {})) - {tool.name for tool in tools}))

    def forget(self, server: str, /) -> None:
        """Takes a server's tools out, because it is gone."""
        self._listed.pop(server, None)
        self._offered.pop(server, None)

    def find(self, name: str, /) -> tuple[str, Manifest] | None:
        """Returns the server and the manifest behind a name that agents see, None for what may not be called."""
        server, _, tool = name.partition(_BETWEEN)
        if tool not in self._offered.get(server, {}):
            return None
        return server, self._pinned[server][tool]

    def unseen(self, name: str, /) -> Kept:
        """Returns why agents do not see a name: `unknown`, `down`, `gone`, or why it is kept back.

        The server and the tool are named where people confirmed them: other names are their servers' or an agent's.
        """
        server, _, tool = name.partition(_BETWEEN)
        if server not in self._pinned:
            return Kept("", "", "unknown")
        confirmed = tool if tool in self._pinned[server] else ""
        if server not in self._offered:
            return Kept(server, confirmed, "down")
        kept = [one.reason for one in self.kept.get(server, ()) if one.tool == tool]
        return Kept(server, confirmed, kept[0] if kept else "gone" if confirmed else "unknown")

    def misfit(self, server: str, tool: str, arguments: Json, /) -> str:
        """Returns what about arguments the schema of a tool does not allow, empty for nothing."""
        offered = self._offered.get(server, {}).get(tool)
        return misfit(offered.input_schema, arguments) if offered is not None else "the tool is gone"

    def listed(self) -> Mapping[str, Tool]:
        """Returns the tools by the names that agents see."""
        return {
            public_name(server, name): tool for server, tools in self._offered.items() for name, tool in tools.items()
        }

    def _reason(self, manifest: Manifest | None, tool: Tool, hidden: set[str]) -> str:
        if tool.name in hidden:
            return "hidden"
        if not headers.valid(tool.input_schema):
            return "header"
        if manifest is None:
            return "confusable" if poison.skeleton(tool.name) in self._looks else "unconfirmed"
        if not manifest.digest:
            return "unconfirmed"  # drafted, and pinned by nobody
        return "" if manifest.digest == digest_of(tool) else "drifted"
