"""The one way past the monitor for calls within a process: asked before a call, told after it.

1. Arguments are copied before anything is decided; what was decided on is what is called with. What the tool's schema
   does not allow is refused, whoever decides.
2. The monitor decides, then whoever else may: a port can hold up what the monitor allows, and can let through what a
   person may decide (`ASK`), never what is denied.
3. A result is seen in its plain form, and only that form goes on. What can't be read is kept back.
4. What a failing tool says, and what it was caused by, may be anybody's words, so the monitor hears it.
5. A tool gets arguments of its own: what it changes of them was not decided on, and is not what is remembered.

No input or output happens here, and a refusal is a value.
"""

import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

import msgspec

from asepsis.core.errors import Error
from asepsis.core.types import Verdict
from asepsis.tools.fitting import RULE, misfit
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.flow.provenance import Resting
from asepsis.tools.flow.types import Flow, Rule
from asepsis.tools.refusals import refused
from asepsis.tools.types import Json, Manifest

__all__ = ["Asked", "Deciding", "Made", "Refusal", "Watch"]


class Refusal(msgspec.Struct, frozen=True):
    """Why a call was not made, or its result not shown: the tool, the rule, and the reason by place, never by text."""

    tool: str
    rule: str
    reason: str

    def __str__(self) -> str:
        """What an agent's loop may show to its model."""
        return refused(self.reason, self.rule)


class Asked(msgspec.Struct, frozen=True):
    """A call that is to be decided on; an approval has to hold for just these arguments."""

    tool: str
    arguments: dict[str, Json]
    flow: Flow


class Made(msgspec.Struct, frozen=True):
    """A call that may be made, with the arguments that were decided on."""

    tool: str
    arguments: dict[str, Json]

    def given(self) -> dict[str, Json]:
        """Returns the arguments for the tool itself."""
        return _copied(self.arguments)


class Deciding(Protocol):
    """Policy and approvals, wherever they are."""

    def decide(self, asked: Asked, /) -> Verdict:
        """Returns what holds for a call; anything but ALLOW holds it up; raises Unavailable."""


class Watch:
    """One session of one agent, for several threads at once."""

    def __init__(
        self,
        manifests: Iterable[Manifest],
        *,
        deciding: Deciding | None = None,
        schemas: Mapping[str, dict[str, Json]] = MappingProxyType({}),
    ) -> None:
        """`schemas` are those of the arguments, by the tools that have one."""
        self.monitor = Monitor(manifests)
        self._deciding = deciding
        self._schemas = schemas
        self._lock = threading.Lock()

    def hear(self, text: str, /) -> None:
        """Takes what the user said, where the caller vouches that it was the user."""
        with self._lock:
            self.monitor.hear(text)

    def sources(self, text: str, /) -> tuple[Resting, ...]:
        """Returns which sentences of an answer rest on what anybody may have written, to be shown to its reader."""
        with self._lock:
            return self.monitor.sources(text)

    def ask(self, tool: str, arguments: Mapping[str, Json], /) -> Made | Refusal:
        """Returns the call as it may be made, or why not."""
        copied = _plain(dict(arguments))
        if not isinstance(copied, dict):
            return Refusal(tool, Rule.UNREADABLE.value, "the call can't be read")
        if wrong := misfit(self._schemas.get(tool, {}), copied):
            return Refusal(tool, RULE, wrong)
        with self._lock:
            flow = self.monitor.decide(tool, copied)
        refusal = _refused(tool, flow) if flow.verdict is Verdict.DENY else self._decided(Asked(tool, copied, flow))
        return refusal or self._begin(tool, copied, flow)

    def answer(self, made: Made, result: object, /) -> Json | Refusal:
        """Takes the result of a call; returns it as it may be shown, or why it is kept back."""
        plain = _plain(result)
        with self._lock:
            try:
                self.monitor.see(made.tool, made.arguments, None if isinstance(plain, _Unread) else plain)
            except Error:
                plain = _Unread()
        if isinstance(plain, _Unread):
            return Refusal(made.tool, "tools.result", "the result can't be read and is kept back")
        return plain

    def failed(self, made: Made, error: BaseException, /) -> None:
        """Takes what a tool said as it failed, all that a traceback would show of it but the lines of code."""
        with self._lock:
            self.monitor.see(made.tool, made.arguments, None)
            self.monitor.overhear("".join(_said(error)))

    def _decided(self, asked: Asked) -> Refusal | None:
        """Why the port, or without one the monitor, holds a call up."""
        if self._deciding is None:
            return None if asked.flow.verdict is Verdict.ALLOW else _refused(asked.tool, asked.flow)
        # What is decided on is a copy, so that whoever decides can't change the call either.
        copied = msgspec.structs.replace(asked, arguments=_copied(asked.arguments))
        try:
            verdict = self._deciding.decide(copied)
        except Error as error:
            return Refusal(asked.tool, error.code, "whoever decides on this call does not answer")
        if verdict is Verdict.ALLOW:
            return None
        held = asked.flow.verdict is not Verdict.ALLOW
        return _refused(asked.tool, asked.flow) if held else Refusal(asked.tool, "tools.policy", "policy holds it up")

    def _begin(self, tool: str, arguments: dict[str, Json], flow: Flow) -> Made | Refusal:
        """Counts a call before it is made: those that run at the same time can't share one place of a budget."""
        with self._lock:
            known = any(doubt.rule is Rule.AGAIN for doubt in flow.doubts)
            call = "" if known else self.monitor.once(tool, arguments)
            if not self.monitor.unmade(call):
                return Refusal(tool, Rule.AGAIN.value, "the same call is being made, and is asked for once")
            if not self.monitor.begin(tool, call):
                return Refusal(tool, Rule.BUDGET.value, "the call is beyond the tool's budget")
        return Made(tool, arguments)


class _Unread:
    """In the place of what has no plain form."""


def _plain(value: object) -> Json | _Unread:
    """A value of its own in the types of JSON: what is read of it later is what was read first."""
    try:
        decoded: Json = msgspec.json.decode(msgspec.json.encode(value))
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        return _Unread()
    return decoded


def _said(error: BaseException) -> Iterator[str]:
    """Yields what an error says, with its notes, and what those say that are in it, that caused it, or came before."""
    left, known = [error], {id(error)}
    while left:
        one = left.pop()
        yield from traceback.format_exception_only(one)
        inside = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        more = [other for other in (*inside, one.__cause__, one.__context__) if other and id(other) not in known]
        known.update(map(id, more))
        left += more


def _copied(arguments: dict[str, Json]) -> dict[str, Json]:
    return msgspec.json.decode(msgspec.json.encode(arguments), type=dict[str, Json])


def _refused(tool: str, flow: Flow) -> Refusal:
    return Refusal(tool, flow.doubts[0].rule.value, flow.reason)
