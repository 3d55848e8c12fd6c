"""The stream of updates."""

import asyncio

import msgspec
import pytest

from asepsis.console.live import Update, Viewer
from asepsis.core.types import Verdict


async def updates(stream, count):
    """Returns the next updates as (id, update); comments are passed over."""
    found = []
    async for chunk in stream:
        lines = dict(line.split(": ", 1) for line in chunk.decode().strip().splitlines() if not line.startswith(":"))
        if "data" in lines:
            found.append((int(lines["id"]), msgspec.json.decode(lines["data"], type=Update)))
        if len(found) == count:
            return found
    return found


def viewer(desk, *, show="all", since=-1):
    return Viewer(desk.board, desk.pages, desk.readiness, show=show, since=since)


async def test_a_new_viewer_gets_all_a_returning_one_what_changed(desk):
    opened = [desk.calls.opened() for _ in range(3)]
    desk.write(*opened)
    ((number, first),) = await updates(viewer(desk).stream(desk.stop), 1)
    assert number == 2
    assert [name for name, _ in first.rows] == [one.id for one in reversed(opened)]
    assert first.summary
    assert first.health
    ((_, later),) = await updates(viewer(desk, since=1).stream(desk.stop), 1)
    assert [name for name, _ in later.rows] == [opened[2].id]


async def test_changes_come_as_they_happen(desk):
    opened = desk.calls.opened()
    stream = viewer(desk).stream(desk.stop)
    await updates(stream, 1)
    stream = viewer(desk, since=desk.board.revision).stream(desk.stop)
    waiting = asyncio.ensure_future(updates(stream, 2))
    await asyncio.sleep(0.05)
    desk.write(opened)
    (_, _), (number, update) = await asyncio.wait_for(waiting, 10)
    assert number == 0
    assert opened.id in update.rows[0][1]
    assert not update.health


async def test_a_call_that_leaves_the_selection_is_taken_out(desk):
    opened = desk.calls.opened(verdict=Verdict.TRANSFORM)
    desk.write(opened, desk.calls.closed(opened, verdict=Verdict.DENY))
    ((_, update),) = await updates(viewer(desk, show="masked").stream(desk.stop), 1)
    assert (update.rows, update.gone) == ((), (opened.id,))


async def test_a_viewer_from_the_future_starts_over(desk):
    desk.write(desk.calls.opened())
    ((number, update),) = await updates(viewer(desk, since=99).stream(desk.stop), 1)
    assert number == 0
    assert len(update.rows) == 1


async def test_no_update_holds_more_than_a_page(desk):
    desk.write(*[desk.calls.opened() for _ in range(15)])
    ((_, update),) = await updates(viewer(desk).stream(desk.stop), 1)
    assert len(update.rows) == desk.pages.size


async def test_readiness_that_changes_is_told_once(desk):
    desk.ready["gateway"] = False
    ((_, update),) = await updates(viewer(desk).stream(desk.stop), 1)
    assert "not ready" in update.health


@pytest.mark.parametrize("set_before", [True, False])
async def test_the_stream_ends_when_told_to_stop(desk, set_before):
    if set_before:
        desk.stop.set()
    asyncio.get_running_loop().call_later(0.05, desk.stop.set)
    await asyncio.wait_for(updates(viewer(desk).stream(desk.stop), 99), 5)
