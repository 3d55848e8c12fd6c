"""Events that wait: in order, per tenant, with the change that they tell of or not at all."""

import pytest

from asepsis.core.events import ConfigActivated, KillSet
from asepsis.infra import database
from asepsis.infra.outbox import Outbox
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds


@pytest.fixture
def engine(tmp_path):
    url = f"sqlite:///{tmp_path}/control.db"
    database.upgrade(url)
    engine = database.connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def outbox(engine):
    return Outbox(engine, clock=ManualClock(now=5), ids=SequentialIds())


def test_what_is_put_waits_in_order_with_its_id_and_time(outbox):
    outbox.put("t", ConfigActivated("one"))
    outbox.put("t", ConfigActivated("two"))
    (first,) = outbox.first()
    assert (first.tenant, first.at, first.payload) == ("t", 5, ConfigActivated("one"))
    assert outbox.first() == (first,)
    outbox.done(first)
    assert [one.payload.config for one in outbox.first()] == ["two"]
    outbox.done(outbox.first()[0])
    assert outbox.first() == ()


def test_each_tenant_has_an_order_of_its_own(outbox):
    for tenant in ("b", "a", "b"):
        outbox.put(tenant, KillSet("model", tenant, "r"))
    assert [(one.tenant, one.number) for one in outbox.first()] == [("a", 1), ("b", 1)]


def test_an_event_goes_with_its_change(engine, outbox):
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:  # noqa: PT012 the fault comes after the change
        outbox.put_with(connection, "t", ConfigActivated("one"))
        raise ZeroDivisionError
    assert outbox.first() == ()


def test_what_waits_outlives_its_process(engine, outbox):
    outbox.put("t", ConfigActivated("one"))
    other = Outbox(engine, clock=ManualClock(), ids=SequentialIds())
    assert other.first() == outbox.first()
