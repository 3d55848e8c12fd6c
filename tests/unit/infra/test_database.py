"""The control database: schema, durability settings, and the stores, across connections and processes."""

import multiprocessing

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from asepsis.core.errors import ConfigError, Unavailable
from asepsis.core.events import KillCleared, KillSet
from asepsis.infra import database
from asepsis.infra.database import Cursors, KillSwitches
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import KillSwitch
from asepsis.infra.tables import EPOCH, METADATA
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path}/control.db"
    database.upgrade(url)
    return url


@pytest.fixture
def engine(url):
    engine = database.connect(url)
    yield engine
    engine.dispose()


FIRST = ("cursor", "epoch", "kill_switch")
PRAGMAS = ("journal_mode", "synchronous")


def switches_of(engine, clock):
    return KillSwitches(engine, clock=clock, outbox=Outbox(engine, clock=clock, ids=SequentialIds()))


def switch(name, *, tenant="t", reason="r"):
    return KillSwitch(tenant=tenant, target="application", name=name, reason=reason, set_by="a")


def test_an_upgrade_makes_the_schema_and_may_run_again(tmp_path):
    url = f"sqlite:///{tmp_path}/control.db"
    assert database.current(url) == ""
    with pytest.raises(ConfigError, match="run `asepsis db upgrade`"):
        database.check(url)
    assert database.upgrade(url) == database.upgrade(url) == database.current(url)
    database.check(url)


def test_an_unknown_schema_is_refused(url, engine):
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="got `9999`"):
        database.check(url)


def test_the_migrations_make_what_the_code_expects(engine):
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_every_key_begins_with_the_tenant():
    for table in METADATA.tables.values():
        assert next(iter(table.primary_key.columns)).name == "tenant"


def test_commits_are_durable_and_readers_are_not_held_up(engine):
    with engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        }
        assert pragma == {"journal_mode": "wal", "synchronous": 2}
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/db"])
def test_other_databases_are_refused(url):
    with pytest.raises(ConfigError):
        database.connect(url)


@pytest.mark.parametrize("content", [None, b"this is no database, not at all"])
def test_a_file_that_is_no_database_is_refused(tmp_path, content):
    path = tmp_path / "folder" if content is None else tmp_path / "file"
    path.mkdir() if content is None else path.write_bytes(content * 100)
    with pytest.raises(ConfigError, match="opened and changed") as error:
        database.upgrade(f"sqlite:///{path}")
    assert error.value.code == "config_database"


def test_one_that_does_not_answer_is_unavailable_whoever_asks(tmp_path, engine):
    with pytest.raises(Unavailable) as told, engine.begin() as connection:
        connection.exec_driver_sql("select * from nowhere")
    assert (told.value.code, "nowhere" in str(told.value)) == ("database", False)
    gone = database.connect(f"sqlite:///{tmp_path}/no/such/folder/control.db")
    with pytest.raises(Unavailable):
        gone.connect()


def test_what_a_row_may_not_be_stays_an_error_of_its_own(engine):
    row = sa.insert(EPOCH).values(tenant="t", value=1)
    with engine.begin() as connection:
        connection.execute(row)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(row)


def test_kill_switches_are_set_renewed_and_cleared(engine):
    clock = ManualClock(now=7)
    switches = switches_of(engine, clock)
    assert switches.set(switch("b")) == 1
    assert switches.set(switch("a")) == 2
    clock.advance(milliseconds=1)
    assert switches.set(switch("b", reason="new")) == 3
    assert [(one.name, one.reason, one.set_at) for one in switches.list("t")] == [("a", "r", 7), ("b", "new", 8)]
    assert switches.clear("application", "b", tenant="t")
    assert not switches.clear("application", "b", tenant="t")
    assert [one.name for one in switches.list("t")] == ["a"]
    assert switches.epoch("t") == 4


def test_tenants_do_not_touch_each_other(engine):
    switches = switches_of(engine, ManualClock())
    switches.set(switch("a", tenant="one"))
    switches.set(switch("a", tenant="two"))
    assert switches.clear("application", "a", tenant="one")
    assert (switches.list("one"), len(switches.list("two"))) == ((), 1)
    assert (switches.epoch("one"), switches.epoch("two"), switches.epoch("three")) == (2, 1, 0)
    assert switches.tenants() == ("one", "two")
    assert switches.thrown() == (("two", "application", "a"),)


def test_each_change_of_a_switch_is_recorded_with_its_reason_and_nothing_else_is(engine):
    switches = switches_of(engine, ManualClock())
    outbox = switches._outbox
    switches.set(switch("a"))
    assert [one.payload for one in outbox.first()] == [KillSet("application", "a", "r")]
    outbox.done(outbox.first()[0])
    assert not switches.clear("application", "b", tenant="t")
    assert outbox.first() == ()
    assert switches.clear("application", "a", tenant="t", reason="over")
    assert [one.payload for one in outbox.first()] == [KillCleared("application", "a", "over")]


def test_a_database_is_made_when_there_is_none_and_another_one_is_refused(tmp_path):
    path = tmp_path / "control.db"
    url = f"sqlite:///{path}"
    database.make_ready(path, url).dispose()
    assert database.holds(url)
    other = tmp_path / "other.db"
    other.touch()
    with pytest.raises(ConfigError, match="db upgrade"):
        database.make_ready(other, f"sqlite:///{other}")
    assert not database.holds(f"sqlite:///{other}")


def test_a_database_of_the_first_revision_is_brought_up_to_date_with_what_it_holds(tmp_path, url, engine):
    switches_of(engine, ManualClock()).set(switch("a"))
    with engine.begin() as connection:
        for table in sorted(set(METADATA.tables).difference(FIRST), reverse=True):
            connection.execute(sa.text(f"DROP TABLE {table}"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    assert not database.holds(url)
    database.upgrade(url)
    assert [one.name for one in switches_of(engine, ManualClock()).list("t")] == ["a"]
    assert database.holds(url)


def test_an_epoch_moves_only_with_its_change(engine):
    switches = switches_of(engine, ManualClock())
    switches.set(switch("a"))
    with pytest.raises(sa.exc.IntegrityError):
        switches.set(KillSwitch(tenant="t", target="model", name="x", reason=None, set_by="a"))  # type: ignore[arg-type]  # the fault
    assert (switches.epoch("t"), len(switches.list("t"))) == (1, 1)


def test_cursors_go_forward_only(engine):
    cursors = Cursors(engine)
    assert cursors.get("siem", tenant="t") == 0
    for index in (5, 3, 9, 9):
        cursors.advance("siem", index, tenant="t")
    cursors.advance("siem", 2, tenant="u")
    assert (cursors.get("siem", tenant="t"), cursors.get("siem", tenant="u"), cursors.get("x", tenant="t")) == (9, 2, 0)


def set_many(argument):
    url, name = argument
    engine = database.connect(url)
    switches = switches_of(engine, ManualClock())
    for number in range(20):
        switches.set(switch(f"{name}{number}"))
    engine.dispose()


def test_two_processes_write_side_by_side(url, engine):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(set_many, [(url, "a"), (url, "b")])
    switches = switches_of(engine, ManualClock())
    assert (switches.epoch("t"), len(switches.list("t"))) == (40, 40)
