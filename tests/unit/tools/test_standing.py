"""How servers stand, told by several workers."""

import msgspec
import pytest

from asepsis.tools.standing import Kept, Standing, Told, read, together

WELL = Standing("plan", 5, "", 3)


def test_what_is_told_is_read_again():
    told = Told(7, (Standing("plan", 5, "", 2, (Kept("plan", "send", "drifted"),), ("old",)),))
    assert read(msgspec.json.encode(told)) == told


@pytest.mark.parametrize("data", [b"", b"[]", b'{"asked": 1}', b"\xff"])
def test_what_is_nothing_of_the_sort_is_none(data):
    assert read(data) is None


def test_of_several_workers_the_worst_counts():
    gone, kept = Standing("plan", 6, "the server is gone"), Standing("plan", 9, "", 2, (Kept("plan", "a", "hidden"),))
    other = Standing("claims", 1, "", 1)
    assert together([Told(8, (WELL, other)), Told(7, (kept,))]) == Told(7, (kept, other))
    assert together([Told(8, (gone,)), Told(9, (kept,))]) == Told(8, (gone,))


def test_where_nobody_told_anything_nothing_is_known():
    assert together([]) is None
