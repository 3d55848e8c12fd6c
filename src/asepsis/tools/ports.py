"""What the firewall needs of the servers behind it, and of whoever takes out of results what policy wants out."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from asepsis.core.types import Count, Decision
from asepsis.tools.types import Json, Tool

__all__ = ["Answers", "Heard", "ToolServer"]

Heard: TypeAlias = Callable[[float, float | None], None]
"""Takes how far a call has come, and of how much where that is known."""


class ToolServer(Protocol):
    """One MCP server, however it is reached."""

    @property
    def listed(self) -> bool:
        """Whether it has listed its tools since it began, and told of no change since; else it makes no call."""

    async def tools(self) -> tuple[Tool, ...]:
        """Returns all that it lists; raises Unavailable or InputError."""

    async def call(self, tool: str, arguments: dict[str, Json], /, *, token: str, heard: Heard) -> dict[str, Json]:
        """Makes a call and returns its result; raises Unavailable or InputError. `heard` is told its progress.

        One that is not `listed` may have other tools by the same names by now, and raises Unavailable.
        """

    async def close(self) -> None:
        """Ends the connection."""


class Answers(Protocol):
    """Carries out on results what a decision says of answers."""

    def cut(
        self, shown: dict[str, Json], decision: Decision, /, *, enforced: bool
    ) -> tuple[dict[str, Json], tuple[Count, ...]]:
        """Returns a result as it may go out, and what was found in it; raises Error for one that may not.

        What is not `enforced` is only counted.
        """
