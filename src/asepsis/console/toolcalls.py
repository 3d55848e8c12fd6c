"""Calls of tools as the ledger tells them: who called what, what was decided and why, how it ended; never content."""

from collections import OrderedDict
from typing import Final

import msgspec

from asepsis.console.rows import clock, duration, moment, outcome_said, verdict_said
from asepsis.core.errors import InputError
from asepsis.core.events import Event, Mode, Outcome, ToolCallClosed, ToolCallOpened, ToolCallUnseen, read_payload
from asepsis.core.types import Verdict
from asepsis.tools.refusals import unseen

__all__ = ["KIND", "ToolCalls", "ToolRow"]

KIND: Final = "tool.call."
"""What kinds of Events about calls of tools begin with."""

_MOST: Final = 200


class ToolRow(msgspec.Struct, frozen=True):
    """A call of a tool as a line of the table; `doubts` say by place alone what speaks against it.

    `reason` is what decided it beside them, such as what its schema does not allow.
    """

    id: str
    time: str
    clock: str
    principal: str
    behalf: tuple[str, ...]
    application: str
    server: str
    tool: str
    verdict: str
    verdict_text: str
    observed: bool
    reason: str
    policies: tuple[str, ...]
    doubts: tuple[str, ...]
    untrusted: bool
    outcome: str = "open"
    outcome_text: str = "running"
    rule: str = ""
    latency: str = ""


class ToolCalls:
    """The latest calls of tools of one ledger."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, ToolRow] = OrderedDict()

    def take(self, event: Event, /) -> None:
        """Takes an Event about a call of a tool; one that can't be read, or of a call that is not known, is none."""
        try:
            said = read_payload(event)
        except InputError:
            return
        if isinstance(said, ToolCallOpened | ToolCallUnseen):
            self._rows[event.id] = _row(event, said) if isinstance(said, ToolCallOpened) else _unseen(event, said)
            if len(self._rows) > _MOST:
                self._rows.popitem(last=False)
        elif isinstance(said, ToolCallClosed) and (row := self._rows.get(said.opened)) is not None:
            name, text = outcome_said(said.outcome)
            ended = {"outcome": name, "outcome_text": text, "rule": said.rule, "latency": duration(said.total_us)}
            self._rows[said.opened] = msgspec.structs.replace(row, **ended)

    def latest(self) -> tuple[ToolRow, ...]:
        """Returns the calls, newest first."""
        return tuple(reversed(self._rows.values()))


def _row(event: Event, said: ToolCallOpened) -> ToolRow:
    verdict, observed = event.verdict, said.mode is Mode.OBSERVE
    name, text = verdict_said(verdict, observed=observed)
    return ToolRow(
        id=event.id,
        time=moment(event.time),
        clock=clock(event.time),
        principal=said.input.principal,
        behalf=tuple(one.id for one in said.input.on_behalf_of),
        application=said.application,
        server=said.server,
        tool=said.tool,
        verdict=name,
        verdict_text=text,
        observed=observed,
        reason=_beside(said) if verdict is not Verdict.ALLOW else "",
        policies=_unnamed(said) if verdict is not Verdict.ALLOW else (),
        doubts=said.doubts,
        untrusted=said.untrusted,
    )


def _unseen(event: Event, said: ToolCallUnseen) -> ToolRow:
    reason, rule = unseen(said.why)
    name, text = verdict_said(event.verdict, observed=False)
    outcome, ended = outcome_said(Outcome.DENIED)
    return ToolRow(
        id=event.id,
        time=moment(event.time),
        clock=clock(event.time),
        principal=event.principal,
        behalf=(),
        application=said.application,
        server=said.server or "no server",
        tool=said.tool or "(a name that nobody confirmed)",
        verdict=name,
        verdict_text=text,
        observed=False,
        reason=reason,
        policies=(),
        doubts=(),
        untrusted=False,
        outcome=outcome,
        outcome_text=ended,
        rule=rule,
    )


def _unnamed(said: ToolCallOpened) -> tuple[str, ...]:
    """The policies and rules that decided, without those that a doubt names itself."""
    return tuple(name for name in said.decision.policies if not any(f"({name})" in doubt for doubt in said.doubts))


def _beside(said: ToolCallOpened) -> str:
    """The reason of a decision without what stands among the doubts, which it repeats where they decide."""
    known = set(said.doubts)
    return "; ".join(part for part in said.decision.reason.split("; ") if part not in known)
