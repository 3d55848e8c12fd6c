"""The watch over a file: no change is missed, none is told twice, and what can't be used changes nothing."""

import asyncio
import logging
import os

import msgspec
import pytest

from asepsis.core.errors import ConfigError, Unavailable
from asepsis.infra import config
from asepsis.infra.watch import FileWatch, repeat


class Toy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    size: int = 1


class Desk:
    """A file, what is in force, and what was told."""

    def __init__(self, folder):
        self.file = folder / "toy.toml"
        self.write("size = 1\n")
        self.digest = self.load().digest
        self.told = []
        self.fault = None
        self.loads = 0
        self.watch = FileWatch(
            self.file,
            beside=lambda: [folder / "beside.toml"],
            load=self.load,
            in_force=lambda: self.digest,
            activate=self.activate,
            refuse=self.refuse,
        )

    def write(self, text):
        before = self.file.stat().st_mtime_ns if self.file.exists() else 0
        self.file.write_text(text)
        os.utime(self.file, ns=(before + 1_000_000, before + 1_000_000))

    def load(self):
        self.loads = getattr(self, "loads", 0) + 1
        return config.load(Toy, file=self.file, environ={})

    def activate(self, loaded):
        if self.fault:
            raise self.fault
        self.digest = loaded.digest
        self.told.append(loaded.value.size)

    def refuse(self, error):
        self.told.append(error.code)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


async def test_a_change_made_before_the_first_look_is_not_missed(desk):
    desk.write("size = 2\n")
    await desk.watch.look()
    assert desk.told == [2]


async def test_a_change_is_put_in_force_once_and_no_change_not_at_all(desk):
    await desk.watch.look()
    loads = desk.loads
    await desk.watch.look()
    assert (desk.told, desk.loads) == ([], loads)
    desk.write("size = 3\n")
    await desk.watch.look()
    await desk.watch.look()
    assert desk.told == [3]


async def test_a_file_beside_it_is_looked_at_as_well(desk):
    await desk.watch.look()
    loads = desk.loads
    (desk.file.parent / "beside.toml").write_text("x")
    await desk.watch.look()
    await desk.watch.look()
    (desk.file.parent / "beside.toml").unlink()
    await desk.watch.look()
    assert desk.loads == loads + 2


async def test_a_file_written_anew_with_the_same_settings_is_no_change(desk):
    await desk.watch.look()
    desk.write("# nothing new\nsize = 1\n")
    await desk.watch.look()
    assert desk.told == []


@pytest.mark.parametrize("text", ["size = ", "sizes = 1\n", 'size = "x"\n'])
async def test_a_file_that_can_not_be_used_is_refused_once(desk, text):
    await desk.watch.look()
    desk.write(text)
    await desk.watch.look()
    await desk.watch.look()
    assert desk.told == ["config"]
    assert not await desk.watch.holds()
    desk.write("size = 1\n")
    await desk.watch.look()
    assert await desk.watch.holds()
    assert desk.told == ["config"]


async def test_what_is_found_wrong_only_when_it_is_put_in_force_is_refused_too(desk):
    desk.write("size = 2\n")
    desk.fault = ConfigError("expected something else")
    await desk.watch.look()
    assert desk.told == ["config"]


async def test_what_failed_for_another_reason_is_tried_again(desk):
    desk.write("size = 2\n")
    desk.fault = Unavailable("the disk is full")
    with pytest.raises(Unavailable):
        await desk.watch.look()
    desk.fault = None
    await desk.watch.look()
    assert desk.told == [2]


async def test_a_file_replaced_by_a_rename_is_seen(desk, tmp_path):
    await desk.watch.look()
    status = desk.file.stat()
    other = tmp_path / "other.toml"
    other.write_text("size = 9\n")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(desk.file)
    await desk.watch.look()
    assert desk.told == [9]


async def test_a_vanished_file_is_refused_and_one_that_is_back_holds(desk):
    await desk.watch.look()
    desk.file.unlink()
    await desk.watch.look()
    assert desk.told == ["config"]
    desk.write("size = 1\n")
    await desk.watch.look()
    assert await desk.watch.holds()


async def test_looks_go_on_whatever_fails_until_told_to_stop(caplog):
    stop = asyncio.Event()
    taken = []

    async def bad():
        taken.append("bad")
        raise ZeroDivisionError

    async def good():
        taken.append("good")
        if len(taken) >= 6:
            stop.set()

    with caplog.at_level(logging.ERROR):
        await asyncio.wait_for(repeat([bad, good], stop, seconds=0.001), 5)
    assert taken == ["bad", "good"] * 3
    assert "ZeroDivisionError" in caplog.text
