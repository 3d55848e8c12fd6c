"""The rows of access for a time."""

import msgspec
import pytest

from asepsis.core.events import AccessAsked, AccessEnded
from asepsis.infra import database
from asepsis.infra.elevations import ElevationRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import ElevationRow
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.starts import recorded

ROW = ElevationRow("t", "l1", "corp:ann", "cover", "grant", 1, 9, "asked")
ASKED, ENDED = AccessAsked("l1", "d", "cover", 9), AccessEnded("l1", "time")


@pytest.fixture
def outbox(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    engine = database.connect(url)
    yield Outbox(engine, clock=ManualClock(), ids=SequentialIds())
    engine.dispose()


def test_a_row_is_added_found_and_changed_with_its_events(outbox):
    rows = ElevationRows(outbox._engine, outbox)
    rows.add(ROW, ASKED)
    after = msgspec.structs.replace(ROW, state="ended", answers=b'["x"]')
    assert rows.get("l1", tenant="t") == ROW
    assert rows.get("l1", tenant="u") is None
    assert rows.listed(("asked", "active"), tenant="t") == (ROW,)
    assert rows.change(ROW, after, ENDED)
    assert not rows.change(ROW, after, ENDED)
    assert rows.listed(("asked", "active"), tenant="t") == ()
    assert rows.get("l1", tenant="t") == after
    assert recorded(outbox) == [ASKED, ENDED]
