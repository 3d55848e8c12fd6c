"""The rows of sessions in the console."""

import msgspec
import pytest

from asepsis.core.events import ConsoleLeft, ConsoleSignedIn
from asepsis.infra import database
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import ConsoleSession
from asepsis.infra.sessions import SessionRows
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.starts import recorded

ROW = ConsoleSession("t", "a", "corp:ann", "corp", "ann", "s1", b"{}", 0, 0, 1000)
IN, OUT = ConsoleSignedIn("x"), ConsoleLeft("x", "left")


@pytest.fixture
def outbox(engine):
    return Outbox(engine, clock=ManualClock(), ids=SequentialIds())


@pytest.fixture
def engine(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    made = database.connect(url)
    yield made
    made.dispose()


@pytest.fixture
def rows(engine, outbox):
    return SessionRows(engine, outbox)


def test_a_session_begins_is_seen_and_ends_with_its_events(rows, outbox):
    rows.begin(ROW, IN)
    rows.see("a", 5, tenant="t")
    assert rows.get("a", tenant="t") == msgspec.structs.replace(ROW, seen=5)
    assert rows.get("a", tenant="other") is None
    assert rows.end("a", OUT, tenant="t")
    assert not rows.end("a", OUT, tenant="t")
    assert recorded(outbox) == [IN, OUT]


def test_a_new_one_takes_the_place_of_the_browsers_last(rows):
    rows.begin(ROW, IN)
    rows.begin(msgspec.structs.replace(ROW, session="b"), IN, instead="a")
    assert rows.get("a", tenant="t") is None
    assert rows.get("b", tenant="t") is not None


@pytest.mark.parametrize(
    ("whose", "found"),
    [
        ({"subject": "ann"}, {"a", "b"}),
        ({"sid": "s1"}, {"a"}),
        ({"subject": "ann", "sid": "s2"}, {"b"}),
        ({"subject": "bob", "sid": "s1"}, set()),
    ],
)
def test_a_provider_means_sessions_by_either_name(rows, whose, found):
    rows.begin(ROW, IN)
    rows.begin(msgspec.structs.replace(ROW, session="b", sid="s2"), IN)
    rows.begin(msgspec.structs.replace(ROW, session="c", issuer="other"), IN)
    assert {row.session for row in rows.named("corp", tenant="t", **whose)} == found


def test_time_runs_out_by_hours_and_without_use(rows):
    rows.begin(ROW, IN)
    rows.begin(msgspec.structs.replace(ROW, session="b", seen=900, expires=5000), IN)
    assert [row.session for row in rows.over(999, 1000, tenant="t")] == []
    assert {row.session for row in rows.over(1000, 1000, tenant="t")} == {"a"}
    assert {row.session for row in rows.over(1900, 1000, tenant="t")} == {"a", "b"}
