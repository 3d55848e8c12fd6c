"""The rows of delegations."""

import pytest

from asepsis.core.events import ApprovalDelegated
from asepsis.infra import database
from asepsis.infra.delegations import DelegationRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import DelegationRow
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.starts import recorded

ROW = DelegationRow("t", "d1", 9, b"signed")
MADE = ApprovalDelegated("d1", "a", "b", ("g",), 9, "active", "a")
ENDED = ApprovalDelegated("d1", "a", "b", ("g",), 9, "ended", "b")


@pytest.fixture
def outbox(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    engine = database.connect(url)
    yield Outbox(engine, clock=ManualClock(), ids=SequentialIds())
    engine.dispose()


def test_a_row_lives_until_its_time_is_up_or_it_is_ended_with_its_events(outbox):
    rows = DelegationRows(outbox._engine, outbox)
    rows.add(ROW, MADE)
    assert rows.living(8, tenant="t") == (ROW,)
    assert rows.living(9, tenant="t") == rows.living(8, tenant="u") == ()
    assert rows.end(ROW, ENDED)
    assert not rows.end(ROW, ENDED)
    assert rows.living(8, tenant="t") == ()
    assert recorded(outbox) == [MADE, ENDED]


def test_what_is_over_is_forgotten(outbox):
    rows = DelegationRows(outbox._engine, outbox)
    rows.add(ROW, MADE)
    rows.sweep(9, tenant="u")
    rows.sweep(8, tenant="t")
    assert rows.living(0, tenant="t") == (ROW,)
    rows.sweep(9, tenant="t")
    assert rows.living(0, tenant="t") == ()
