"""Servers of tools as their workers tell of them: who answers, what agents see of each, and what is kept from them.

A server that the settings name and that no worker told of is one of which nothing is known, which is said too.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from asepsis.console.rows import clock, moment
from asepsis.tools.standing import Standing, Told, read, together

__all__ = ["KeptRow", "ServerRow", "ToolServers"]

_WHY: Final = {
    "unconfirmed": "nobody has confirmed it",
    "drifted": "the server changed it after it was confirmed",
    "hidden": "its name or description holds characters that nobody sees",
    "header": "it marks arguments for headers that can't be some",
    "confusable": "its name looks like that of a confirmed tool",
    "twice": "the server lists more than one by that name",
    "gone": "it was confirmed, and the server does not offer it",
}


class KeptRow(msgspec.Struct, frozen=True):
    """Tools of one server that are kept from agents for one reason, in a word and in a sentence."""

    reason: str
    why: str
    tools: tuple[str, ...]


class ServerRow(msgspec.Struct, frozen=True):
    """A server as a line: `state` is `answers`, `fails` or `unknown`; `fault` says why it does not answer.

    `asked` is when the servers were asked last, by the worker for which that is longest ago.
    """

    name: str
    manifests: str
    state: str
    fault: str = ""
    since: str = ""
    asked: str = ""
    admitted: int = 0
    kept: tuple[KeptRow, ...] = ()


class ToolServers:
    """The servers that the settings name, with their files of manifests; `notices` gives what workers told last."""

    def __init__(
        self, servers: Sequence[tuple[str, str]] = (), notices: Callable[[], Iterable[bytes]] = lambda: ()
    ) -> None:
        self._servers = tuple(servers)
        self._notices = notices

    def rows(self) -> tuple[ServerRow, ...]:
        """Returns the lines, in the order of the settings; reads files."""
        told = together(one for data in self._notices() if (one := read(data)) is not None)
        return tuple(_row(name, manifests, told) for name, manifests in self._servers)


def _row(name: str, manifests: str, told: Told | None) -> ServerRow:
    one = next((one for one in told.servers if one.server == name), None) if told is not None else None
    if told is None or one is None:
        return ServerRow(name, manifests, "unknown")
    return ServerRow(
        name,
        manifests,
        "fails" if one.fault else "answers",
        one.fault,
        moment(one.since),
        clock(told.asked),
        one.admitted,
        _kept(one),
    )


def _kept(one: Standing) -> tuple[KeptRow, ...]:
    """What is kept back, by reason; reasons in the order of the table."""
    tools = [(kept.reason, kept.tool) for kept in one.kept] + [("gone", tool) for tool in one.gone]
    return tuple(
        KeptRow(reason, why, named)
        for reason, why in _WHY.items()
        if (named := tuple(tool for said, tool in tools if said == reason))
    )
