"""The power goes at any moment, and what was not synced is there, gone or torn: nothing acknowledged is ever lost.

A few dozen trials here, a thousand and more by `make soak`. Each trial has several power cuts, some of them during the
recovery from the one before. The simulated disk keeps what a sync has made sure of; of what came after, each write is
whole, missing or torn at any 512 bytes, new names may be gone and removed ones back. What the ledger can make again is
damaged at will.
"""

import contextlib
import itertools
import os
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from asepsis.core.events import ProcessStopped, build, read
from asepsis.ledger.config import LedgerConfig
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.publish import published
from asepsis.ledger.reader import LogReader
from asepsis.ledger.store import Store
from asepsis.ledger.verify import verify
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.keys import NamedKeys
from asepsis.testing.power import CutDisk, PowerCutError

CUTS = 4
USUAL = settings.get_profile("house").max_examples
TRIALS = 30 if settings.default.max_examples == USUAL else settings.default.max_examples


def spoil(folder, luck):
    """Damages what can be made again: a crash may leave any of it torn or gone."""
    derived = [path for path in folder.rglob("*") if path.is_file() and "tile" in path.parts]
    derived += [folder / "checkpoint", folder / "open-calls.json"]
    for path in derived:
        fate = luck.random()
        if fate < 0.1 and path.exists():
            path.unlink()
        elif fate < 0.2 and path.exists():
            path.write_bytes(path.read_bytes()[: luck.randrange(100)])


class Trial:
    """One ledger through several power cuts."""

    def __init__(self, folder, seed):
        self.root, self.luck = folder / "led", random.Random(seed)
        self.folder = self.root / "acme"
        self.sent, self.acknowledged, self.numbers = [], set(), itertools.count()
        self.clock, self.ids = ManualClock(), SequentialIds()

    def open(self, disk):
        config = LedgerConfig(segment_bytes=4096)
        return Store(self.root, clock=self.clock, ids=self.ids, keys=NamedKeys(), disk=disk, config=config)

    def run(self, operations):
        """Appends until the power goes."""
        disk, store = CutDisk(operations), None
        try:
            store = self.open(disk)
            store.recover()
            self.check()
            while True:
                names = [f"n{next(self.numbers)}" for _ in range(self.luck.choice([1, 1, 2, 7, 40]))]
                events = [
                    build(ProcessStopped("x" * self.luck.randrange(200)), id=one, time=1, tenant="acme")
                    for one in names
                ]
                self.sent.append(names)
                store.append("acme", [event.encode() for event in events])
                self.acknowledged.update(names)
                if self.luck.random() < 0.3:
                    store.publish()
        except PowerCutError:
            pass
        finally:
            if store is not None:
                os.close(store._lock)
        disk.cut(self.luck)
        spoil(self.folder, self.luck)

    def stored(self):
        found = [read(entry.data) for entry in LogReader(self.root, "acme").entries(0)]
        return [event.id for event in found if event.kind == "process.stopped"]

    def check(self):
        """All that was acknowledged is there, in the order it was sent; a batch that was not is there whole or not."""
        stored = self.stored() if self.folder.exists() else []
        assert self.acknowledged <= set(stored)
        rest = iter(stored)
        for names in self.sent:
            here = [one for one in names if one in set(stored)]
            assert here in ([], names)
            assert here == [next(rest) for _ in here]
        assert next(rest, None) is None
        self.sent = [[one] for one in stored]

    def finish(self):
        store = self.open(OsDisk())
        store.recover()
        self.check()
        store.append("acme", [build(ProcessStopped("x"), id="last", time=1, tenant="acme").encode()])
        store.close()
        assert self.stored()[-1] == "last"
        size = published(self.folder)
        with contextlib.suppress(FileNotFoundError):
            # Tiles that no start looks at are for `verify` to tell of, and made again once they are removed.
            shutil.rmtree(self.folder / "tile")
        store = self.open(OsDisk())
        store.recover()
        while store.publish() == 0.0:
            pass
        store.close()
        assert verify(self.folder).checkpoint.size == published(self.folder) >= size


@pytest.mark.slow
@settings(max_examples=TRIALS)
@given(st.integers(0, 2**32))
@example(768535080)  # the head lost twice: made again beside a segment that was there, and its name not synced
def test_power_cuts_lose_nothing_that_was_acknowledged(tmp_path_factory, seed):
    folder = Path(tmp_path_factory.mktemp("power"))
    trial = Trial(folder, seed)
    for _ in range(CUTS):
        trial.run(trial.luck.choice([3, 10, 40, 120]) + trial.luck.randrange(20))
    trial.finish()
    shutil.rmtree(folder)
