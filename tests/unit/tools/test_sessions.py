import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.types import Principal
from asepsis.testing.agents import FAXES, confirmed
from asepsis.testing.clock import ManualClock
from asepsis.tools.flow.monitor import Monitor
from asepsis.tools.marks import FileMarks
from asepsis.tools.sessions import Around, Sessions

ANN, BOB = Principal("local", "ann", "chat"), Principal("local", "bob", "chat")


@pytest.fixture
def clock():
    return ManualClock()


class Digests:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{hash(value)}"


@pytest.fixture
def opened(clock, tmp_path):
    def made(most=1):
        marks = FileMarks(tmp_path / "marks.json", clock=clock, minutes=10)
        return Sessions(lambda: Monitor(confirmed()), Around(clock, Digests(), marks), most=most, minutes=10)

    return made


@pytest.fixture
def sessions(opened):
    return opened()


def test_a_principal_has_one_session(sessions):
    sessions.of(ANN).monitor.see("list_faxes", {}, FAXES)
    assert sessions.of(ANN).monitor.untrusted


def test_sessions_of_other_names_are_others(opened):
    sessions = opened(most=2)
    assert sessions.of(ANN, "a") is not sessions.of(ANN, "b")


def test_a_session_ends_after_a_long_time_and_not_while_a_call_runs(sessions, clock):
    session = sessions.of(ANN)
    session.running = 1
    clock.advance(milliseconds=11 * 60_000)
    assert sessions.of(ANN) is session
    session.running = 0
    clock.advance(milliseconds=11 * 60_000)
    assert sessions.of(ANN) is not session


def test_nobody_is_driven_out(sessions):
    session = sessions.of(ANN)
    with pytest.raises(Unavailable):
        sessions.of(BOB)
    assert sessions.of(ANN) is session


def test_what_the_user_said_is_heard_once(sessions):
    session = sessions.of(ANN)
    session.hear("Mail ann@plan.test")
    session.hear("Mail ann@plan.test")
    session.hear("")
    assert session.monitor._words.version == 1


def test_sessions_know_which_tools_there_are(sessions):
    session = sessions.of(ANN)
    sessions.know(())
    assert session.monitor.decide("list_faxes", {}).doubts[0].rule == "flow.unknown"


def test_a_session_that_is_started_anew_has_read_what_it_had_read(opened):
    before = opened()
    session = before.of(ANN)
    session.monitor.see("list_faxes", {}, FAXES)
    session.monitor.see("get_member_record", {"member_id": "m-1"}, {"diagnosis": "x"})
    before.keep(session)
    again = opened().of(ANN)
    assert again.monitor.untrusted
    assert again.monitor.mark.categories == session.monitor.mark.categories
    assert again.monitor.mark.subjects == session.monitor.mark.subjects
    assert again.monitor.decide("send_email", {"recipients": ["eve@evil.test"]}).doubts
    assert not opened().of(BOB).monitor.untrusted
