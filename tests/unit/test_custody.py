"""What commands on sealed bodies work on, and the process that opens them."""

import os
import signal
import stat
import threading
import time

import pytest

from asepsis import custody
from asepsis.core.errors import ConfigError
from asepsis.infra import wrapping
from asepsis.infra.records import OwnerKey
from asepsis.policy import dsse

APPROVER = '\n[[policy.approvers]]\nname = "{0}"\nkey = "{1}"\nprincipal = "corp:{0}"\ngroups = ["{2}"]\n'


@pytest.fixture
def people(start):
    def add(**groups):
        for name, group in groups.items():
            key = dsse.public_text(dsse.private_key(dsse.new_key()))
            start.file.write_text(start.file.read_text() + APPROVER.format(name, key, group))

    return add


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "opener.pem"
    path.write_bytes(wrapping.new_key())
    path.chmod(stat.S_IRUSR)
    return str(path)


def test_a_desk_works_on_the_keys_of_the_configuration(start, people):
    people(bob="custody", cat="custody")
    desk = custody.custody_desk(start.file, start.overrides)
    assert desk.custodian().hold("subject:a", "a case", by="ann").case
    desk.stock.add([OwnerKey("local", b"k" * 16, "subject:a", "content", 1, b"w", b"v")], [])
    assert desk.stock.due("content", 2, tenant="local") == (1, 0)
    assert desk.custodian().erase("subject:a", "asked", by="ann") == (1, 0)
    assert desk.check() == (0, 0)


def test_an_erasure_needs_no_custodians_and_a_hold_does(start, people):
    people(bob="custody")
    custodian = custody.custody_desk(start.file, start.overrides).custodian()
    assert custodian.erase("subject:a", "asked", by="ann") == (0, 0)
    with pytest.raises(ConfigError, match="two people in the group `custody`"):
        custodian.hold("subject:a", "a case", by="ann")


def test_without_a_database_there_is_none(start, tmp_path):
    with pytest.raises(ConfigError, match="control database"):
        custody.custody_desk(start.file, (f"state={tmp_path}/elsewhere",))


def test_an_opener_without_readers_does_not_start(start, key):
    with pytest.raises(ConfigError, match="somebody in the group `records`"):
        custody.run_opener(start.file, start.overrides, (key,), b"", None)


def test_it_runs_until_it_is_told_to_stop(start, people, key, tmp_path):
    people(eve="records")
    socket = tmp_path / "o.sock"

    def end():
        while not socket.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end).start()
    custody.run_opener(start.file, start.overrides, (key,), b"", socket)
    assert not socket.exists()
