"""Sessions of people in the console."""

import pytest

from asepsis.console.config import SignIn
from asepsis.console.oidc import Ended, SignedIn
from asepsis.console.sessions import Sessions, Tools
from asepsis.core.events import ConsoleLeft, ConsoleSignedIn
from asepsis.identity.config import Issuer
from asepsis.infra import database
from asepsis.infra.outbox import Outbox
from asepsis.infra.sessions import SessionRows
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.randomness import SeededRandomness
from asepsis.testing.starts import recorded

ISSUER = Issuer("corp", "https://i", "asepsis", "f", "demo")
ANN = SignedIn("ann", "s1", ("auditor",), "gold", ("mfa",), 1_700_000_000)
MINUTE = 60_000


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{value}-{tenant}"


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def engine(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    made = database.connect(url)
    yield made
    made.dispose()


@pytest.fixture
def outbox(engine, clock):
    return Outbox(engine, clock=clock, ids=SequentialIds())


@pytest.fixture
def sessions(engine, outbox, clock):
    tools = Tools(clock, SeededRandomness(seed=1), PlainDigester())
    return Sessions(SessionRows(engine, outbox), tools, SignIn("corp", "c", hours=1, idle_minutes=10), tenant="t")


def test_a_secret_names_a_session_and_the_database_does_not_have_it(sessions, engine):
    secret = sessions.begin(ANN, ISSUER)
    person = sessions.person(secret, used=True)
    assert (person.principal, person.roles, person.acr, person.amr) == ("corp:ann", ("auditor",), "gold", ("mfa",))
    assert person.at == 1_700_000_000_000
    assert len(secret) == 43
    with engine.connect() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM console_session").all()
    assert secret not in str(row)
    assert person.secret not in str(row)
    assert sessions.person(person.session, used=True) is None
    assert sessions.person("", used=True) is None


def test_it_ends_when_it_is_not_used_and_a_page_that_looks_by_itself_is_no_use(sessions, clock):
    secret = sessions.begin(ANN, ISSUER)
    clock.advance(milliseconds=9 * MINUTE)
    assert sessions.person(secret, used=True)
    clock.advance(milliseconds=9 * MINUTE)
    assert (digest := sessions.person(secret, used=False).session)
    assert sessions.lasts(digest)
    clock.advance(milliseconds=1 * MINUTE)
    assert sessions.person(secret, used=True) is None
    assert not sessions.lasts(digest)


def test_it_ends_after_its_hours_however_much_it_is_used(sessions, clock):
    secret = sessions.begin(ANN, ISSUER)
    for _ in range(11):
        clock.advance(milliseconds=5 * MINUTE)
        assert sessions.person(secret, used=True)
    clock.advance(milliseconds=5 * MINUTE)
    assert sessions.person(secret, used=True) is None


def test_who_leaves_and_whom_the_provider_ends_are_told_of(sessions, outbox):
    first, second, third = (sessions.begin(ANN, ISSUER) for _ in range(3))
    sessions.leave(sessions.person(first, used=True))
    assert sessions.person(first, used=True) is None
    assert sessions.end(ISSUER, Ended("bob", "")) == 0
    assert sessions.end(ISSUER, Ended("ann", "s1")) == 2
    assert (sessions.person(second, used=True), sessions.person(third, used=True)) == (None, None)
    ann = "principal-corp:ann-t"
    told = recorded(outbox)
    assert told[:3] == [ConsoleSignedIn(ann, person="corp:ann")] * 3
    assert told[3:] == [ConsoleLeft(ann, why, "corp:ann") for why in ("left", "provider", "provider")]


def test_what_is_over_is_swept(sessions, clock, outbox):
    sessions.begin(ANN, ISSUER)
    assert sessions.sweep() == 0
    clock.advance(milliseconds=10 * MINUTE)
    assert sessions.sweep() == 1
    assert recorded(outbox)[-1] == ConsoleLeft("principal-corp:ann-t", "time", "corp:ann")


def test_showing_anew_who_one_is_gives_another_secret(sessions, outbox):
    first = sessions.begin(ANN, ISSUER)
    before = sessions.person(first, used=True)
    second = sessions.begin(ANN, ISSUER, before=before.session)
    assert sessions.person(first, used=True) is None
    after = sessions.person(second, used=True)
    assert after.secret != before.secret
    assert recorded(outbox)[-1].again
