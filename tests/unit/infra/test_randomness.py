"""The operating system's random numbers."""

import mmap
import os

import pytest

from asepsis.infra.randomness import PooledRandomness, SystemRandomness


def test_bytes_come_in_the_wanted_number_and_differ():
    randomness = SystemRandomness()
    assert len(randomness.bytes(0)) == 0
    assert len({randomness.bytes(16) for _ in range(100)}) == 100


def test_pieces_come_from_few_draws_and_none_comes_twice():
    class Counting:
        drawn = 0

        def bytes(self, count, /):
            self.drawn += 1
            return os.urandom(count)

    source = Counting()
    pooled = PooledRandomness(source)
    found = [pooled.bytes(size) for _ in range(600) for size in (16, 76)]
    assert [len(one) for one in found[:4]] == [16, 76, 16, 76]
    assert len(set(found)) == 1200
    assert source.drawn == 6
    assert pooled.bytes(0) == b""


class Unknowing(mmap.mmap):
    """Pages of a kernel that wipes none in a child."""

    def madvise(self, *_):
        raise OSError


@pytest.mark.parametrize("pages", [mmap.mmap, Unknowing])
def test_a_child_gives_out_nothing_that_its_parent_does(monkeypatch, pages):
    monkeypatch.setattr(mmap, "mmap", pages)
    pooled = PooledRandomness(SystemRandomness())
    pooled.bytes(16)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, b"".join(pooled.bytes(16) for _ in range(60)))
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 960)
    os.close(reading)
    os.close(writing)
    mine = {pooled.bytes(16) for _ in range(60)}
    assert mine.isdisjoint(theirs[start : start + 16] for start in range(0, 960, 16))
