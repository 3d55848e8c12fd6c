"""The settings of the room `tools`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from asepsis.identity.config import ListenTls

__all__ = ["ServerConfig", "ToolsConfig"]


class ServerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One MCP server: its name in front of agents, the file of manifests that people confirmed, and how to reach it.

    Either `url` or `command`. `credential` is the URI of a secret: over HTTP it goes where `auth` says, to a process it
    goes as the environment variable that `auth` names.
    """

    name: str
    manifests: str
    url: str = ""
    command: tuple[str, ...] = ()
    auth: str = "bearer"
    credential: str = ""
    seconds: Annotated[float, Meta(gt=0, le=600)] = 30.0


class ToolsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where agents find their tools, which servers those are of, and whose word about the user is taken.

    `address` is the one that clients know, where a proxy stands in front; empty for the own. `speaking` are
    applications that pass on what their user said, in the header `x-asepsis-task` (and in which turn, in
    `x-asepsis-turn`); of all others the firewall knows no word of the user's, so that after anything untrusted all
    that does something is asked about. With `mode` `observe` everything is decided and recorded, and nothing is held
    up but tools that nobody confirmed. `watched` are the applications, as globs, whose tool calls in models' answers
    go past the flow monitor at the gateway; `asking` are those that put a question to their user and let nobody else
    answer it. `planning` are those whose
    agents may commit to a plan (`asepsis__plan`) before they have read anything: where users type what they mean,
    and paste nothing.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8082
    tls: ListenTls = ListenTls()
    address: str = ""
    mode: Literal["enforce", "observe"] = "enforce"
    servers: tuple[ServerConfig, ...] = ()
    speaking: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    planning: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    sessions: Annotated[int, Meta(ge=1, le=100_000)] = 1_000
    session_minutes: Annotated[int, Meta(ge=1, le=10_080)] = 480
    session_memory_days: Annotated[int, Meta(ge=0, le=3_650)] = 90
    refresh_seconds: Annotated[float, Meta(gt=0, le=86_400)] = 60.0
    running: Annotated[int, Meta(ge=1, le=1_000)] = 16
    workers: Annotated[int, Meta(ge=1, le=64)] = 1

    @property
    def at(self) -> str:
        """Where it is, as its clients write it, where its port is a fixed one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "https" if self.tls.certificate else "http"
        return self.address.rstrip("/") or f"{scheme}://{host}:{self.port}"
