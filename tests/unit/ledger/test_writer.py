import asyncio
import contextlib
import stat

import pytest

from asepsis.core.errors import ConfigError
from asepsis.ledger import writer
from asepsis.ledger.client import SocketLedger
from asepsis.ledger.config import LedgerConfig
from asepsis.ledger.frames import Splitter, Submission, pack, unpack_answer
from asepsis.ledger.reader import LogReader


@pytest.fixture
def serve(tmp_path, clock, ids):
    @contextlib.asynccontextmanager
    async def serving(**config):
        stop = asyncio.Event()
        root, socket = tmp_path / "ledger", tmp_path / "w.sock"
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(writer.run(root, socket, clock=clock, ids=ids, stop=stop, config=LedgerConfig(**config)))
            await asyncio.sleep(0)
            while not socket.exists():  # noqa: ASYNC110 a file has no event
                await asyncio.sleep(0.005)
            try:
                yield socket
            finally:
                stop.set()

    return serving


@pytest.fixture
def stored(tmp_path):
    return lambda tenant="acme": [entry.data for entry in LogReader(tmp_path / "ledger", tenant).entries(0)]


async def exchange(socket, data):
    reader, answer = await asyncio.open_unix_connection(socket)
    answer.write(data)
    got = await reader.read(1 << 16)
    answer.close()
    return got


async def test_the_socket_is_for_its_owner_only_and_goes_with_the_writer(serve):
    async with serve() as socket:
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    assert not socket.exists()


async def test_a_socket_left_by_a_dead_writer_is_replaced(serve, tmp_path):
    server = await asyncio.start_unix_server(lambda *_: None, tmp_path / "w.sock")
    server.close()
    async with serve() as socket:
        data = await exchange(socket, pack(Submission(1, "acme", [b"x"])))
        assert unpack_answer(Splitter().feed(data)[0]).done == [1]


async def test_a_second_writer_is_refused_and_the_first_goes_on(serve, tmp_path, clock, ids):
    async with serve() as socket:
        with pytest.raises(ConfigError):
            await writer.run(tmp_path / "ledger", socket, clock=clock, ids=ids, stop=asyncio.Event())
        assert socket.exists()


async def test_a_path_that_cannot_be_bound_is_a_config_error(tmp_path, clock, ids):
    with pytest.raises(ConfigError):
        await writer.run(tmp_path / "ledger", tmp_path / ("x" * 200), clock=clock, ids=ids, stop=asyncio.Event())


async def test_a_bad_entry_fails_alone(serve, stored):
    async with serve() as socket:
        data = await exchange(
            socket,
            pack(Submission(1, "../etc", [b"x"]))
            + pack(Submission(2, "acme", [b""]))
            + pack(Submission(3, "beta", [b"x"])),
        )
        answers = [unpack_answer(body) for body in Splitter().feed(data)]
    assert [seq for answer in answers for seq in answer.done] == [3]
    assert {failure.seq for answer in answers for failure in answer.failed} == {1, 2}
    assert stored("beta") == [b"x"]


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", b"\0\0\0\1\xc1"])
async def test_a_client_that_talks_nonsense_is_shut_out_alone(serve, data, events):
    async with serve() as socket:
        ledger = SocketLedger(socket)
        await ledger.submit([events.plain("a")])
        assert await exchange(socket, data) == b""
        await ledger.submit([events.plain("b")])
        await ledger.close()


async def test_more_than_the_queue_holds_is_unavailable(serve):
    async with serve(max_queued_bytes=1 << 16) as socket:
        data = await exchange(socket, pack(Submission(1, "acme", [b"x" * 60_000] * 2)))
        assert unpack_answer(Splitter().feed(data)[0]).failed[0].code == "ledger_unreachable"


async def test_what_was_submitted_before_the_stop_is_committed_and_told(serve, stored, events):
    async with serve() as socket:
        ledger = SocketLedger(socket)
        await ledger.submit([events.plain("first")])
        waiting = [ledger.submit([events.plain(str(number))]) for number in range(100)]
        for _ in range(5):  # until the bytes have arrived
            await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert len(stored()) == 101
    await ledger.close()


async def test_calls_left_open_by_a_previous_run_are_incidents(serve, stored, events):
    async with serve() as socket:
        ledger = SocketLedger(socket)
        await ledger.submit([events.opened("a"), events.opened("b"), events.closed("c", "a")])
        await ledger.close()
    for _ in range(2):
        async with serve():
            pass
    assert [b"gateway.call.unclosed" in entry for entry in stored()] == [False, False, False, True]
