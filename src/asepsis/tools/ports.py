"""What the firewall needs of the servers behind it."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from asepsis.tools.types import Json, Tool

__all__ = ["Heard", "ToolServer"]

Heard: TypeAlias = Callable[[float, float | None], None]
"""Takes how far a call has come, and of how much where that is known."""


class ToolServer(Protocol):
    """One MCP server, however it is reached."""

    async def tools(self) -> tuple[Tool, ...]:
        """Returns all that it lists; raises Unavailable or InputError."""

    async def call(self, tool: str, arguments: dict[str, Json], /, *, token: str, heard: Heard) -> dict[str, Json]:
        """Makes a call and returns its result; raises Unavailable or InputError. `heard` is told its progress."""

    async def close(self) -> None:
        """Ends the connection."""
