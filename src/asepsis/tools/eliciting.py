"""Asks that the person at the client answers: whether just this call is what they want.

1. Only what is theirs to say: that they want it, whom it is for, what it is about and how much. What would let data
   out, or stay for later sessions, is an approver's to say, and so is whatever policy asks.
2. Only where the application is trusted to show the question to its user and to let nobody else answer.
3. A yes is for exactly this call. Where the session has read more meanwhile, what came of that is asked anew.
4. What is asked is shown whole, but for the middle of a text; a call that is too long for that is an approver's to see.

A client of a version with a handshake is asked while its call waits (2025-11-25, elicitation); one of the version
without gets the question as its answer, and makes the call again with what was said (2026-07-28, multi-round requests).
What it brings back is bound by a keyed digest to who asks, the tool, the arguments and what spoke against them, and is
good once.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple, TypeAlias

import msgspec

from asepsis.core import canonical
from asepsis.core.errors import Unavailable
from asepsis.core.ports import Clock, Digester, Ids
from asepsis.core.types import Verdict
from asepsis.tools.asked import Asked, denied
from asepsis.tools.flow.types import Rule
from asepsis.tools.passes.tokens import arguments_digest
from asepsis.tools.poison import legible
from asepsis.tools.types import Argument, ArgumentRole, Json

__all__ = ["Ask", "Asking", "Elicitor", "is_theirs"]

Ask: TypeAlias = Callable[[dict[str, Json]], Awaitable[dict[str, Json] | None]]
"""Puts a question to the person at the client, and returns what came back; None for nothing in time."""

_THEIRS: Final = frozenset({Rule.INTENT, Rule.DESTINATION, Rule.OBJECT, Rule.VALUE, Rule.AGAIN, Rule.PLAN})
_SECONDS: Final = 300
_SHOWN: Final = 2_000
_TEXT: Final = 300
_NAME: Final = "approve"
_ALLOW: Final[Json] = {"type": "boolean", "title": "Allow this call", "default": False}
_SCHEMA: Final[Json] = {"type": "object", "properties": {"allow": _ALLOW}, "required": ["allow"]}


class Asking(NamedTuple):
    """How the person at a client can be asked: at once (`ask`), or by another round, with what the last one brought."""

    ask: Ask | None = None
    rounds: bool = False
    state: str = ""
    said: Json = None


class Elicitor:
    """Puts questions, and takes the answers."""

    def __init__(self, clock: Clock, ids: Ids, digester: Digester) -> None:
        self._clock = clock
        self._ids = ids
        self._digester = digester

    async def asked(self, asked: Asked, asking: Asking, /) -> Asked:
        """Returns a call with what the person at the client says of it, or with the question to put to them."""
        try:
            return await self._asked(asked, asking) if is_theirs(asked) else asked
        except Unavailable as error:
            return denied(asked, error.code, error.message)

    async def _asked(self, asked: Asked, asking: Asking) -> Asked:
        question = _question(asked)
        if question is None:
            return asked
        if asking.ask is not None:
            said = await asking.ask(question)
            return asked if said is None else await _taken(asked, said)
        if not asking.rounds:
            return asked
        if asking.state:
            if not await self._holds(asked, asking.state):
                return denied(asked, "tools.state", "what the client brought back is of no question of this call")
            said = asking.said if isinstance(asking.said, dict) else {}
            return await _taken(asked, said.get(_NAME))
        return asked._replace(question_back=self._round(asked, question))

    def _round(self, asked: Asked, question: dict[str, Json]) -> dict[str, Json]:
        request: Json = {"method": "elicitation/create", "params": question}
        state = self._state(asked, self._ids.new(), self._clock.now() // 1000 + _SECONDS)
        return {"resultType": "input_required", "inputRequests": {_NAME: request}, "requestState": state}

    def _state(self, asked: Asked, nonce: str, until: int) -> str:
        who, call = asked.who, asked.call
        doubts = tuple(sorted({str(doubt) for doubt in asked.flow.doubts}))
        what = (call.tool, arguments_digest(call.arguments), doubts)
        bound = (asked.session.name, who.id, who.application, what, nonce, until)
        return f"{until}.{nonce}.{self._digester.digest('round', canonical.digest(bound), tenant=who.tenant)}"

    async def _holds(self, asked: Asked, state: str) -> bool:
        until, _, rest = state.partition(".")
        nonce = rest.partition(".")[0]
        if not until.isdecimal() or state != self._state(asked, nonce, int(until)):
            return False
        return self._clock.now() // 1000 < int(until) and await asked.session.once(nonce, int(until))


def is_theirs(asked: Asked, /) -> bool:
    """Whether a call that is held up is the user's to let through, and policy has nothing against it."""
    rules = {doubt.rule for doubt in asked.flow.doubts}
    if asked.decision.verdict is not Verdict.ASK or not rules or not rules <= _THEIRS:
        return False
    return asked.live.policy.decide(asked.question).verdict is Verdict.ALLOW


def _question(asked: Asked) -> dict[str, Json] | None:
    """What is shown: the call with its arguments, on lines of their own, and why; None for what is too long to show."""
    parts, given = asked.manifest.parts, asked.call.arguments
    texts = [name for name, value in given.items() if isinstance(value, str) and _is_text(parts.get(name))]
    said = given | {name: _shortened(str(given[name])) for name in texts}
    arguments = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if len(arguments) > _SHOWN:
        return None
    message = f"Allow the call of {asked.call.tool}?\n{legible(arguments)}\n{asked.session.monitor.told(asked.flow)}"
    return {"mode": "form", "message": message, "requestedSchema": _SCHEMA}


def _is_text(part: Argument | None) -> bool:
    return part is not None and part.role is ArgumentRole.TEXT


def _shortened(text: str) -> str:
    left = len(text) - 2 * _TEXT
    return text if left <= 0 else f"{text[:_TEXT]} [… {left} characters …] {text[-_TEXT:]}"


async def _taken(asked: Asked, said: Json) -> Asked:
    """Takes an answer: only a plain yes is one, to a session that has read nothing since that speaks against it."""
    answer = said if isinstance(said, dict) else {}
    content = answer.get("content")
    if answer.get("action") != "accept" or not isinstance(content, dict) or content.get("allow") is not True:
        reason = f"{asked.decision.reason}; the user did not say yes"
        return asked._replace(decision=msgspec.structs.replace(asked.decision, reason=reason, verdict=Verdict.DENY))
    await asked.session.fresh()
    again = asked.session.monitor.decide(asked.call.tool, asked.call.arguments)
    known = {doubt.rule for doubt in asked.flow.doubts}
    if again.verdict is Verdict.DENY or not {doubt.rule for doubt in again.doubts} <= known:
        return asked
    decision = msgspec.structs.replace(
        asked.decision,
        verdict=Verdict.ALLOW,
        reason="the user said yes to this call",
        policies=("tools.elicited",),
        approvable=False,
    )
    return asked._replace(decision=decision)
