"""The rows of approvals."""

import msgspec
import pytest

from asepsis.core.events import ApprovalAsked, ApprovalDecided, ApprovalReturned, ApprovalUsed
from asepsis.infra import database
from asepsis.infra.approvals import ApprovalRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import ApprovalCase
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds

ONE = ApprovalCase("t", "c1", "a1", "ann", b"{}", b"{}", 10, 100)
ASKED = ApprovalAsked("c1", "a1", "why", ("p",), 100)


@pytest.fixture
def outbox(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    engine = database.connect(url)
    yield Outbox(engine, clock=ManualClock(), ids=SequentialIds())
    engine.dispose()


@pytest.fixture
def rows(outbox):
    made = ApprovalRows(outbox._engine, outbox)
    made.ask(ONE, ASKED)
    return made


def told(outbox):
    found = []
    while waiting := outbox.first():
        found += [one.payload for one in waiting]
        for one in waiting:
            outbox.done(one)
    return found


def decided(one, state):
    return msgspec.structs.replace(one, state=state, answers=b'["x"]')


DECIDED = ApprovalDecided("c1", "a1", "d", approved=True, settled="approved")


def test_a_case_is_found_by_its_action_and_id_until_its_time_is_up(rows, outbox):
    assert rows.live("a1", 99, tenant="t") == (rows.get("c1", tenant="t"),) == (ONE,)
    assert rows.waiting(99, tenant="t") == rows.waiting(99, tenant="t", principal="ann") == (ONE,)
    assert rows.live("a1", 100, tenant="t") == ()
    assert rows.waiting(100, tenant="t") == rows.waiting(99, tenant="t", principal="bob") == ()
    assert rows.live("a1", 99, tenant="u") == rows.live("a2", 99, tenant="t") == ()
    assert rows.get("c1", tenant="u") is None
    assert told(outbox) == [ASKED]


def test_an_answer_is_put_to_the_case_as_it_was_and_told(rows, outbox):
    after = decided(ONE, "approved")
    assert rows.answer(ONE, after, DECIDED)
    assert not rows.answer(ONE, decided(ONE, "denied"), DECIDED)
    assert rows.get("c1", tenant="t") == after
    assert told(outbox) == [ASKED, DECIDED]


def test_a_case_is_used_once(rows, outbox):
    after = decided(ONE, "approved")
    rows.answer(ONE, after, DECIDED)
    assert not rows.use(after, 100)
    assert rows.use(after, 99)
    assert not rows.use(after, 99)
    assert rows.live("a1", 99, tenant="t") == ()
    assert told(outbox)[-1] == ApprovalUsed("c1", "a1")


def test_of_several_cases_the_approved_come_first_then_the_denied(rows):
    for case, state in (("c2", "denied"), ("c3", "approved"), ("c4", "used")):
        rows.ask(msgspec.structs.replace(ONE, case=case, action="other"), ASKED)
        with rows._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE approval SET action = 'a1', state = ? WHERE \"case\" = ?", (state, case))
    assert [one.case for one in rows.live("a1", 50, tenant="t")] == ["c3", "c2", "c1"]


def test_an_action_that_waits_is_not_asked_for_again(rows):
    assert rows.ask(msgspec.structs.replace(ONE, case="c2"), ASKED) == "c1"
    assert rows.get("c2", tenant="t") is None
    assert rows.ask(msgspec.structs.replace(ONE, case="c3", asked=100, expires=200), ASKED) == "c3"


def test_a_use_is_given_back_once_and_in_time(rows, outbox):
    rows.answer(ONE, decided(ONE, "approved"), DECIDED)
    assert not rows.give_back("c1", 50, tenant="t")
    rows.use(decided(ONE, "approved"), 50)
    assert not rows.give_back("c1", 100, tenant="t")
    assert not rows.give_back("c1", 50, tenant="u")
    assert [rows.give_back("c1", 50, tenant="t") for _ in range(2)] == [True, False]
    assert told(outbox)[-1] == ApprovalReturned("c1", "a1")
    assert rows.live("a1", 50, tenant="t")[0].state == "approved"
