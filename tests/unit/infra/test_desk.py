"""The desk of the command line."""

import pytest

from asepsis.core.errors import ConfigError
from asepsis.infra import database
from asepsis.infra.desk import open_desk
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds


def desk(path):
    return open_desk(f"sqlite:///{path}/control.db", "t", clock=ManualClock(), ids=SequentialIds())


def test_a_switch_is_thrown_listed_and_cleared(tmp_path):
    database.upgrade(f"sqlite:///{tmp_path}/control.db")
    opened = desk(tmp_path)
    opened.throw("tool", "pay", reason="audit")
    assert opened.rows() == [("tool", "pay", "audit", "command line")]
    assert not opened.clear("tool", "other", reason="")
    assert opened.clear("tool", "pay", reason="done")
    assert opened.rows() == []
    opened.switches._engine.dispose()


def test_a_database_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="db upgrade"):
        desk(tmp_path)
