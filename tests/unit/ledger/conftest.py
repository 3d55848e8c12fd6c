"""What the ledger's tests share: a disk that fails on command, a clock that is set by hand, ids that count."""

import errno
from pathlib import Path

import pytest

from asepsis.core.events import CallClosed, CallOpened, Event, Mode, Outcome, ProcessStopped, build
from asepsis.core.types import Action, Coverage, Decision, DecisionInput, Purpose, Verdict
from asepsis.ledger.disk import OsDisk

_DECISION = Decision(Verdict.ALLOW, "nothing found")


class FaultyDisk(OsDisk):
    """A real disk; `fail` names the operations that raise, `room` is how many bytes it still takes."""

    def __init__(self) -> None:
        self.fail: dict[str, int] = {}
        self.room: int | None = None
        self.calls: list[str] = []

    def _meet(self, operation: str) -> None:
        self.calls.append(operation)
        if operation in self.fail:
            raise OSError(self.fail[operation], operation)

    def create(self, path: Path, /) -> int:
        self._meet("create")
        return super().create(path)

    def write(self, descriptor: int, data: bytes, /, *, offset: int) -> None:
        self._meet("write")
        if self.room is not None and len(data) > self.room:
            super().write(descriptor, data[: self.room], offset=offset)
            raise OSError(errno.ENOSPC, "no room")
        super().write(descriptor, data, offset=offset)

    def sync(self, descriptor: int, /) -> None:
        self._meet("sync")
        super().sync(descriptor)

    def sync_folder(self, path: Path, /) -> None:
        self._meet("sync_folder")
        super().sync_folder(path)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.nanoseconds = 10**18

    def now(self) -> int:
        return self.nanoseconds // 1_000_000

    def monotonic(self) -> int:
        return self.nanoseconds


class CountingIds:
    """Hands out e1, e2 and so on."""

    def __init__(self) -> None:
        self.count = 0

    def new(self) -> str:
        self.count += 1
        return f"e{self.count}"


class Events:
    """Makes Events."""

    def plain(self, name: str, *, tenant: str = "acme", size: int = 1) -> Event:
        return build(ProcessStopped("x" * size), id=name, time=1, tenant=tenant)

    def opened(self, name: str, *, tenant: str = "acme") -> Event:
        question = DecisionInput(tenant, Action.MODEL_INVOKE, "p", "app", Purpose.UNSTATED, "chat")
        what = CallOpened("s", "app", "chat", "m", "u", Mode.ENFORCE, _DECISION, question, (), Coverage())
        return build(what, id=name, time=1, tenant=tenant)

    def closed(self, name: str, opened: str, *, tenant: str = "acme") -> Event:
        what = CallClosed(opened, Outcome.COMPLETED, 200, "", _DECISION, (), Coverage())
        return build(what, id=name, time=1, tenant=tenant)


@pytest.fixture
def disk() -> FaultyDisk:
    return FaultyDisk()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ids() -> CountingIds:
    return CountingIds()


@pytest.fixture
def events() -> Events:
    return Events()
