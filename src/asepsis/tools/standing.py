"""How servers of tools stand: who answers, and which tools are kept from agents, as one process tells another.

Each worker that asks the servers tells what it found; `together` makes one account of them, in which the worst counts:
a server that one of several workers can't reach is not there for the agents of that one.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

__all__ = ["Kept", "Standing", "Told", "read", "together"]


class Kept(NamedTuple):
    """A tool that is kept back, and why."""

    server: str
    tool: str
    reason: str


class Standing(msgspec.Struct, frozen=True):
    """One server: why it does not answer, empty where it does; how many tools agents see of it, and what is kept back.

    `gone` are tools that people confirmed and that it does not offer, `since` is when it began to stand like that.
    """

    server: str
    since: int
    fault: str = ""
    admitted: int = 0
    kept: tuple[Kept, ...] = ()
    gone: tuple[str, ...] = ()


class Told(msgspec.Struct, frozen=True):
    """What one worker found when it asked all servers, and when that was."""

    asked: int
    servers: tuple[Standing, ...]


def read(data: bytes, /) -> Told | None:
    """Returns what a worker told, None for what is nothing of the sort."""
    try:
        return msgspec.json.decode(data, type=Told)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def together(told: Iterable[Told], /) -> Told | None:
    """Returns one account of what several workers told, None where none did; `asked` is that of the one longest ago."""
    found: dict[str, Standing] = {}
    asked: list[int] = []
    for one in told:
        asked.append(one.asked)
        for server in one.servers:
            known = found.get(server.server)
            found[server.server] = server if known is None else max(known, server, key=_badness)
    return Told(min(asked), tuple(found.values())) if asked else None


def _badness(one: Standing) -> tuple[bool, int, int]:
    return bool(one.fault), len(one.kept) + len(one.gone), -one.since
