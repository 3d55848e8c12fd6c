"""The settings of the room `console`."""

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["ConsoleConfig"]


class ConsoleConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the console listens (loopback only) and how much it keeps in memory.

    `calls` is how many of the latest calls can be looked at, `page` how many stand on one page, `viewers` how many
    browsers may follow live at a time.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8081
    calls: Annotated[int, Meta(ge=1, le=100_000)] = 500
    page: Annotated[int, Meta(ge=1, le=1_000)] = 50
    viewers: Annotated[int, Meta(ge=1, le=1_000)] = 32
