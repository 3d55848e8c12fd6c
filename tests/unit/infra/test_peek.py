"""What can be seen of the control database without SQLAlchemy is what SQLAlchemy sees."""

import subprocess
import sys

import pytest
from alembic import config, script

from asepsis.core.errors import ConfigError
from asepsis.infra import database, peek
from asepsis.infra.desk import open_desk
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds


def test_its_head_is_that_of_the_migrations():
    scripts = config.Config()
    scripts.set_main_option("script_location", database._SCRIPTS)
    scripts.set_main_option("path_separator", "os")
    assert script.ScriptDirectory.from_config(scripts).get_heads() == [peek.HEAD]


def test_what_is_switched_off_is_seen(tmp_path):
    url = f"sqlite:///{tmp_path}/control.db"
    database.upgrade(url)
    for tenant, name in (("b", "x"), ("a", "y")):
        desk = open_desk(url, tenant, clock=ManualClock(), ids=SequentialIds())
        desk.throw("model", name, reason="r")
        assert desk.switches.thrown() == peek.thrown(tmp_path / "control.db")
        desk.switches._engine.dispose()
    assert peek.thrown(tmp_path / "control.db") == (("a", "model", "y"), ("b", "model", "x"))


def test_without_a_database_nothing_is_switched_off_and_none_is_made(tmp_path):
    assert peek.thrown(tmp_path / "none.db") == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "config_schema"), (b"this is no database" * 60, "config_database")]
)
def test_another_database_is_refused(tmp_path, content, code):
    (tmp_path / "control.db").write_bytes(content)
    with pytest.raises(ConfigError) as error:
        peek.thrown(tmp_path / "control.db")
    assert error.value.code == code


def test_an_older_schema_is_refused_with_what_to_do(tmp_path):
    url = f"sqlite:///{tmp_path}/control.db"
    database.upgrade(url)
    engine = database.connect(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    engine.dispose()
    with pytest.raises(ConfigError, match="got `0001`; run `asepsis db upgrade`"):
        peek.thrown(tmp_path / "control.db")


def test_looking_loads_no_sqlalchemy():
    code = "import sys, asepsis.infra.peek; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
