import asyncio
import contextlib

import pytest

from asepsis.core.errors import InputError, Unavailable
from asepsis.core.events import read
from asepsis.ledger import writer
from asepsis.ledger.client import LocalLedger, SocketLedger
from asepsis.ledger.frames import Answer, Splitter, pack, unpack_submission
from asepsis.ledger.reader import LogReader


@pytest.fixture
def serve(tmp_path, clock, ids):
    @contextlib.asynccontextmanager
    async def serving():
        stop = asyncio.Event()
        socket = tmp_path / "w.sock"
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(writer.run(tmp_path / "ledger", socket, clock=clock, ids=ids, stop=stop))
            while not socket.exists():  # noqa: ASYNC110 a file has no event
                await asyncio.sleep(0.005)
            try:
                yield socket
            finally:
                stop.set()

    return serving


@pytest.fixture
def names(tmp_path):
    return lambda tenant="acme": [read(entry.data).id for entry in LogReader(tmp_path / "ledger", tenant).entries(0)]


@pytest.fixture
async def mute(tmp_path):
    """A writer that takes everything, and answers only what it is told to."""
    frames = asyncio.Queue()

    async def take(reader, answer):
        splitter = Splitter()
        while data := await reader.read(1 << 16):
            for body in splitter.feed(data):
                frames.put_nowait((unpack_submission(body), answer))
        answer.close()

    server = await asyncio.start_unix_server(take, tmp_path / "mute.sock")
    yield tmp_path / "mute.sock", frames
    server.close()


async def test_events_are_durable_when_the_future_ends_and_in_order(serve, names, events):
    async with serve() as socket:
        ledger = SocketLedger(socket)
        await ledger.submit([events.plain("a"), events.plain("b")])
        assert names() == ["a", "b"]
        await asyncio.gather(*(ledger.submit([events.plain(f"n{number}")]) for number in range(50)))
        assert names() == ["a", "b", *(f"n{number}" for number in range(50))]
        await ledger.close()


async def test_events_of_two_tenants_go_to_two_logs(serve, names, events):
    async with serve() as socket:
        ledger = SocketLedger(socket)
        await ledger.submit([events.plain("a"), events.plain("b", tenant="beta"), events.plain("c")])
        assert (names(), names("beta")) == (["a", "c"], ["b"])
        await ledger.close()


async def test_nothing_is_durable_at_once(serve):
    async with serve() as socket:
        ledger = SocketLedger(socket)
        await ledger.submit([])
        await ledger.close()


async def test_without_a_writer_every_submission_fails_at_once(tmp_path, events):
    ledger = SocketLedger(tmp_path / "nobody.sock", timeout=60)
    async with asyncio.timeout(1):
        for _ in range(3):
            with pytest.raises(Unavailable):
                await ledger.submit([events.plain("a")])
        assert not ledger.connected
        await ledger.close()


@pytest.mark.parametrize("bad", [{"tenant": "../x"}, {"tenant": "A"}, {"size": 70_000}])
async def test_an_event_that_no_log_takes_fails_alone(serve, names, events, bad):
    async with serve() as socket:
        ledger = SocketLedger(socket)
        with pytest.raises(InputError):
            await ledger.submit([events.plain("good"), events.plain("bad", **bad)])
        await ledger.submit([events.plain("next")])
        assert names() == ["next"]
        await ledger.close()


async def test_what_the_writer_never_acknowledged_is_unavailable_and_a_new_writer_is_found(serve, names, events):
    async with serve() as socket:
        ledger = SocketLedger(socket)
        await ledger.submit([events.plain("before")])
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable):  # noqa: PT012 the first ones may still get through
            while True:
                await ledger.submit([events.plain("meanwhile")])
    async with serve(), asyncio.timeout(5):
        while not ledger.connected:  # noqa: ASYNC110 asking is what connects
            await asyncio.sleep(0.01)
        await ledger.submit([events.plain("after")])
        assert names() == ["before", "after"]
        await ledger.close()


async def test_a_lost_connection_fails_what_is_under_way(mute, events):
    path, frames = mute
    ledger = SocketLedger(path)
    waiting = ledger.submit([events.plain("a")])
    _, answer = await frames.get()
    answer.close()
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable):
            await waiting
    await ledger.close()


async def test_one_turn_of_the_loop_makes_one_frame(mute, events):
    path, frames = mute
    ledger = SocketLedger(path, timeout=0.05)
    waiting = [ledger.submit([events.plain(str(number))]) for number in range(10)]
    frame, answer = await frames.get()
    assert len(frame.entries) == 10
    answer.write(pack(Answer([frame.seq])))
    await asyncio.gather(*waiting)
    assert frames.empty()
    await ledger.close()


async def test_a_writer_that_does_not_answer_in_time_is_unavailable(mute, events):
    ledger = SocketLedger(mute[0], timeout=0.05)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await ledger.submit([events.plain("a")])
    await ledger.close()


async def test_a_late_answer_harms_nothing(mute, events):
    path, frames = mute
    ledger = SocketLedger(path, timeout=0.05)
    with pytest.raises(Unavailable):
        await ledger.submit([events.plain("a")])
    late, answer = await frames.get()
    answer.write(pack(Answer([late.seq])))
    waiting = ledger.submit([events.plain("b")])
    frame, answer = await frames.get()
    answer.write(pack(Answer([frame.seq])))
    await waiting
    await ledger.close()


async def test_more_than_may_wait_is_refused(mute, events):
    ledger = SocketLedger(mute[0], timeout=0.05, max_queued=1000)
    first = ledger.submit([events.plain("a", size=700)])
    with pytest.raises(Unavailable):
        await ledger.submit([events.plain("b", size=700)])
    with pytest.raises(Unavailable):
        await first
    await ledger.close()


async def test_a_writer_that_answers_nonsense_is_left(mute, events):
    path, frames = mute
    ledger = SocketLedger(path)
    waiting = ledger.submit([events.plain("a")])
    _, answer = await frames.get()
    answer.write(b"\0\0\0\1\xc1")
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable):
            await waiting
    await ledger.close()


async def test_closing_waits_for_what_was_submitted_and_takes_no_more(serve, names, events):
    async with serve() as socket:
        ledger = SocketLedger(socket)
        waiting = ledger.submit([events.plain("a")])
        await ledger.close()
        await waiting
        with pytest.raises(Unavailable):
            await ledger.submit([events.plain("b")])
    assert names() == ["a"]


async def test_a_submission_nobody_waits_for_any_more_harms_nothing(serve, names, events):
    async with serve() as socket:
        ledger = SocketLedger(socket)
        asyncio.ensure_future(ledger.submit([events.plain("a")])).cancel()
        await ledger.submit([events.plain("b")])
        assert names() == ["a", "b"]
        await ledger.close()


async def test_the_local_ledger_keeps_the_same_promises(tmp_path, clock, ids, names, events, disk):
    ledger = LocalLedger(tmp_path / "ledger", clock=clock, ids=ids, disk=disk)
    await ledger.submit([events.plain("a"), events.plain("b", tenant="beta")])
    assert (names(), names("beta")) == (["a"], ["b"])
    with pytest.raises(InputError):
        await ledger.submit([events.plain("c", tenant="..")])
    disk.room = 0
    with pytest.raises(Unavailable):
        await ledger.submit([events.plain("d")])
    disk.room = None
    clock.nanoseconds += 2 * 10**9
    await ledger.submit([events.plain("e")])
    await ledger.submit([])
    await ledger.close()
    with pytest.raises(Unavailable):
        await ledger.submit([events.plain("f")])
    assert names() == ["a", "e"]


async def test_more_than_fits_one_frame_goes_in_several(serve, names, events, monkeypatch):
    monkeypatch.setattr("asepsis.ledger.client.MAX_FRAME", 4000)
    async with serve() as socket:
        ledger = SocketLedger(socket)
        await asyncio.gather(*(ledger.submit([events.plain(f"n{number}", size=900)]) for number in range(20)))
        assert names() == [f"n{number}" for number in range(20)]
        with pytest.raises(Unavailable):
            await ledger.submit([events.plain("long", size=3000)])
        await ledger.close()


async def test_a_writer_that_goes_in_the_middle_of_a_submission_fails_all_of_it(mute, events, monkeypatch):
    path, frames = mute
    monkeypatch.setattr("asepsis.ledger.client.MAX_FRAME", 2000)
    ledger = SocketLedger(path)
    first = ledger.submit([events.plain("a")])
    await frames.get()
    ledger._wire._socket.shutdown(2)
    waiting = ledger.submit([events.plain("b", size=900), events.plain("c", tenant="beta", size=10)])
    async with asyncio.timeout(5):
        for one in (first, waiting):
            with pytest.raises(Unavailable):
                await one
    await ledger.close()
    assert not ledger._flying
    assert not ledger._pending
