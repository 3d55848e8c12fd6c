"""The desk of the command line."""

import os

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
    assert opened.rows() == [("tool", "pay", "audit", f"command line, uid {os.getuid()}", ManualClock().now())]
    assert not opened.clear("tool", "other", reason="")
    assert opened.clear("tool", "pay", reason="done")
    assert opened.rows() == []
    opened.switches._engine.dispose()


def test_a_database_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="db upgrade"):
        desk(tmp_path)


@pytest.mark.parametrize(
    ("target", "name", "known"),
    [
        ("model", "GPT-4o", True),
        ("model", "gtp-4o", False),
        ("model", "*", True),
        ("application", "x", False),
        ("tool", "pay", True),
    ],
)
def test_what_the_settings_have_is_known(tmp_path, target, name, known):
    url = f"sqlite:///{tmp_path}/control.db"
    database.upgrade(url)
    names = {"model": ("gpt-*",), "application": ()}
    opened = open_desk(url, "t", clock=ManualClock(), ids=SequentialIds(), names=names)
    assert opened.known(target, name) is known
    opened.switches._engine.dispose()
