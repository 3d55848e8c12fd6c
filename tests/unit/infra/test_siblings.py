"""What workers tell one another."""

import asyncio
import os
import socket

import pytest

from asepsis.core.errors import ConfigError
from asepsis.infra.siblings import MOST, Siblings


@pytest.fixture
async def family(tmp_path, monkeypatch):
    """Returns what makes one of several, and what each has heard."""
    made, heard = [], []

    def make():
        number = len(made)
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: 1000 + number)
            made.append(Siblings(tmp_path / "w"))
        heard.append([])
        made[-1].open(heard[-1].append)
        return made[-1]

    yield make, heard
    for one in made:
        one.close()


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)


async def test_what_one_tells_all_others_hear_in_its_order(family):
    make, heard = family
    one, two, _ = make(), make(), make()
    one.tell(b"a")
    one.tell(b"b")
    two.tell(b"c")
    await settled()
    assert heard[0] == [b"c"]
    assert heard[1] == [b"a", b"b"]
    assert sorted(heard[2]) == [b"a", b"b", b"c"]


async def test_one_that_was_killed_is_forgotten(family, tmp_path):
    make, heard = family
    one, _ = make(), make()
    dead = tmp_path / "w" / "1.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as killed:
        killed.bind(str(dead))
    one.tell(b"a")
    await settled()
    assert not dead.exists()
    assert heard[1] == [b"a"]


async def test_too_much_is_told_to_nobody(family, caplog):
    make, heard = family
    one, _ = make(), make()
    one.tell(bytes(MOST + 1))
    one.tell(bytes(MOST))
    await settled()
    assert heard[1] == [bytes(MOST)]
    assert "64001 bytes" in caplog.text


async def test_a_path_that_no_socket_can_have_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot listen"):
        Siblings(tmp_path / ("x" * 200)).open(lambda _: None)


async def test_others_of_the_system_can_not_reach_it(family, tmp_path):
    make, _ = family
    make()
    (name,) = (tmp_path / "w").iterdir()
    assert (name.stat().st_mode & 0o077, name.parent.stat().st_mode & 0o077) == (0, 0)
