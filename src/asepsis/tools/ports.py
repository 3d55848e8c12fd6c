"""What the firewall needs of the servers behind it."""

from typing import Protocol

from asepsis.tools.types import Json, Tool

__all__ = ["ToolServer"]


class ToolServer(Protocol):
    """One MCP server, however it is reached."""

    async def tools(self) -> tuple[Tool, ...]:
        """Returns all that it lists; raises Unavailable or InputError."""

    async def call(self, tool: str, arguments: dict[str, Json], /, *, token: str) -> dict[str, Json]:
        """Makes a call and returns its result; raises Unavailable or InputError."""

    async def close(self) -> None:
        """Ends the connection."""
