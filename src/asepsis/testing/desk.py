"""Plays an ordinary day of the lab through the firewall itself: real sessions, monitor and catalogue, the lab's tools.

Policy allows all, so that what is asked about is what the monitor asks. Approvers say yes to each honest call, and make
a standing approval of it, for no more than the policy room would let one hold (`Scope`), good for as many calls.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from asepsis.core.events import Event, Mode
from asepsis.core.ports import UNSEEN, Approval, Peer
from asepsis.core.types import Decision, DecisionInput, Outline, Principal, Verdict
from asepsis.infra.clock import SystemClock
from asepsis.infra.ids import SystemIds
from asepsis.lab.day import Answered, Call, Task, faxes, tasks
from asepsis.lab.plan import health_plan
from asepsis.lab.tools import TOOLS, LabTools
from asepsis.policy.standing import MOST, Scope, scope_of
from asepsis.testing.histories import histories
from asepsis.tools import manifests
from asepsis.tools.catalogue import Catalogue
from asepsis.tools.firewall import Around, Firewall, Spoken, subjects
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.live import Live
from asepsis.tools.manifests import Confirmed
from asepsis.tools.mcp import front, messages
from asepsis.tools.mcp.messages import Answer
from asepsis.tools.members import Members
from asepsis.tools.ports import Heard
from asepsis.tools.sessions import Around as SessionsAround
from asepsis.tools.sessions import Sessions
from asepsis.tools.types import Json, Tool

__all__ = ["Day", "play"]

_STAFF: Final = 12
_MEMBERS: Final = 400
_TRAY: Final = 25


class Day(NamedTuple):
    """How a day went: calls that agents made, those that somebody was asked about, those denied; why, by rule."""

    calls: int
    asks: int
    denied: int
    rules: dict[str, int]


class _Desk:
    """The lab's tools as a server, a ledger that forgets, a policy that allows, and keyed digests without a key."""

    def __init__(self, lab: LabTools) -> None:
        self._lab = lab

    @property
    def listed(self) -> bool:
        """Always."""
        return True

    async def tools(self) -> tuple[Tool, ...]:
        """Returns the lab's tools."""
        return TOOLS

    async def call(self, tool: str, arguments: dict[str, Json], /, *, token: str, heard: Heard) -> dict[str, Json]:
        """Makes a call."""
        assert token
        heard(1.0, 1.0)
        answer = self._lab.answer(messages.request(1, "tools/call", {"name": tool, "arguments": arguments}))
        read = messages.read(answer, most=1 << 24)
        assert isinstance(read, Answer)
        return read.result

    async def close(self) -> None:
        """Has nothing to close."""

    async def submit(self, events: Sequence[Event], /) -> None:
        """Forgets Events."""

    async def note(self, events: Sequence[Event], /) -> None:
        """Forgets Events."""

    def hasten(self) -> None:
        """Nothing waits here."""

    def identify(self, headers: Sequence[tuple[str, str]], /, *, peer: Peer = UNSEEN) -> Principal | None:
        """Knows nobody: who calls is given with each call."""

    def later(
        self, headers: Sequence[tuple[str, str]], /, *, method: str, path: str, peer: Peer = UNSEEN
    ) -> Callable[[], Principal | None] | None:
        """Looks nobody up."""

    def decide(self, question: DecisionInput, /) -> Decision:
        """Allows all."""
        return Decision(Verdict.ALLOW, "it may", ("desk",), input=question.digest)

    def digest(self, kind: str, value: str, /, *, tenant: str) -> str:
        """Returns a digest."""
        return hashlib.sha256(f"{tenant}\0{kind}\0{value}".encode()).hexdigest()


class _People:
    """Approvers, and what they gave standing approval to."""

    def __init__(self) -> None:
        self.asks = 0
        self.rules: Counter[str] = Counter()
        self._standing: dict[Scope, int] = {}

    def approval(self, question: DecisionInput, decision: Decision, action: str, outline: Outline, /) -> Approval:
        """Says yes, and counts that somebody was asked, unless a standing approval holds."""
        assert (action, outline.pieces) != ("", ())
        for scope, left in self._standing.items():
            if left and scope.fits(question, decision):
                self._standing[scope] = left - 1
                return Approval("standing", approved=True)
        self.asks += 1
        self.rules.update(decision.policies)
        self._standing[scope_of(question, decision)] = MOST
        return Approval("case", approved=True)

    def give_back(self, case: str, /, *, tenant: str) -> None:
        """Knows of no use."""


def play(seed: int, calls: int, *, confirmed: Path) -> Day:
    """Plays a day of about so many calls, with the manifests in a file."""
    return asyncio.run(_play(seed, calls, manifests.read(confirmed.read_text())))


async def _play(seed: int, calls: int, confirmed: Confirmed) -> Day:
    plan, tray = health_plan(seed, _MEMBERS), faxes(seed, _TRAY)
    desk, people, clock = _Desk(LabTools(plan, tray)), _People(), SystemClock()
    catalogue = Catalogue([confirmed])
    live = Live(desk, desk, people, lambda _tenant, _names: "", Members(desk))
    around = Around(clock, SystemIds(clock), desk, desk, Ed25519PrivateKey.generate(), "local", lambda: live)
    key = subjects(desk, "local", live.members.key)
    needs = SessionsAround(clock, desk, histories(clock))
    sessions = Sessions(lambda: Monitor(catalogue.manifests, subject=key), needs, most=100_000, minutes=10)
    firewall = Firewall(catalogue, {"plan": desk}, around, sessions=sessions, mode=Mode.ENFORCE)
    await firewall.refresh()
    made = denied = 0
    for number, (one, task) in enumerate(tasks(seed, plan, tray, staff=_STAFF)):
        who = Principal("local", f"staff-{one}", "desk", (("purpose", "HPAYMT"),))
        done, refused = await _do(firewall, who, task, f"session-{number}")
        made, denied = made + done, denied + refused
        if made >= calls:
            break
    return Day(made, people.asks, denied, dict(people.rules.most_common()))


async def _do(firewall: Firewall, who: Principal, task: Task, session: str) -> tuple[int, int]:
    """Has an honest agent do a task; returns how many calls it made and how many were refused for good."""
    done: list[Answered] = []
    made = 0
    for step in task.steps:
        call = step(done)
        if call is None:
            break
        made += 1
        result = await _called(firewall, who, call, Spoken(task.words, session))
        if result.get("isError"):
            return made, 1
        found = result.get("structuredContent")
        rows = found.get("result", []) if isinstance(found, dict) else []
        done.append(msgspec.convert(rows, Answered))
    return made, 0


async def _called(firewall: Firewall, who: Principal, call: Call, spoken: Spoken) -> dict[str, Json]:
    asked = front.Call(1, f"plan__{call[0]}", call[1], modern=False)
    return await firewall.call(who, asked, spoken, lambda _done, _total: None)
