"""What a server offers, page after page, and whether what was seen of it still holds.

A server that began anew, or said that its tools changed, may be another program: no call is made to it before it was
asked again for all that it offers.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from asepsis.core.errors import InputError, Unavailable
from asepsis.tools.listing import MAX_TOOLS, converted
from asepsis.tools.types import Json, Tool

__all__ = ["Offering"]

_PAGES: Final = 50


class Offering:
    """What is known of one server's tools; `ask` has it answer `tools/list` with these parameters."""

    def __init__(self, ask: Callable[[dict[str, Json]], Awaitable[dict[str, Json]]]) -> None:
        self._ask = ask
        self._changes = 0
        self.holds = False

    def changed(self) -> None:
        """Takes that what was seen holds no longer."""
        self.holds = False
        self._changes += 1

    def check(self) -> None:
        """Raises Unavailable where no call may be made before the server was asked for its tools."""
        if not self.holds:
            raise Unavailable("the server began anew and has to list its tools first", code="tools.unlisted")

    async def tools(self) -> tuple[Tool, ...]:
        """Returns all that the server lists; raises Unavailable, and InputError for too much or what is no list."""
        changes = self._changes
        try:
            found = await self._pages()
        except BaseException:
            self.holds = False
            raise
        # Only now, since nobody has seen before what it lists; what changes while it lists is told meanwhile.
        self.holds = self._changes == changes
        return found

    async def _pages(self) -> tuple[Tool, ...]:
        found: tuple[Tool, ...] = ()
        params: dict[str, Json] = {}
        for _ in range(_PAGES):
            page = await self._ask(params)
            found = (*found, *converted(page.get("tools", [])))
            if len(found) > MAX_TOOLS:
                raise InputError(f"expected at most {MAX_TOOLS} tools")
            cursor = page.get("nextCursor")
            if not cursor or not isinstance(cursor, str):
                return found
            params = {"cursor": cursor}
        raise InputError(f"expected at most {_PAGES} pages of tools")
