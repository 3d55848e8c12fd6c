import asyncio
import socket

import pytest

from asepsis.ledger.wire import Wire


@pytest.fixture
async def echo(tmp_path):
    async def serve(reader, writer):
        while data := await reader.read(1 << 16):
            if data == b"bye":
                break
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, tmp_path / "s")
    yield tmp_path / "s"
    server.close()


async def test_bytes_go_and_come_in_order_also_more_than_the_socket_takes(echo):
    got = bytearray()
    full = asyncio.Event()
    data = bytes(range(256)) * 8192

    def received(some):
        got.extend(some)
        if len(got) == len(data) + 3:
            full.set()

    wire = Wire(echo, received=received, lost=full.set)
    wire.send(data)
    wire.send(b"end")
    async with asyncio.timeout(10):
        await full.wait()
    assert got == data + b"end"
    wire.close()


async def test_a_lost_connection_is_told_once(echo):
    lost = asyncio.Queue()
    wire = Wire(echo, received=lambda _: None, lost=lambda: lost.put_nowait(1))
    wire.send(b"bye")
    async with asyncio.timeout(5):
        await lost.get()
    wire.send(b"into the void")
    wire.close()
    assert lost.empty()


async def test_a_closed_wire_tells_nothing(echo):
    lost = []
    wire = Wire(echo, received=lost.append, lost=lambda: lost.append(1))
    wire.send(b"hello")
    wire.close()
    await asyncio.sleep(0.02)
    assert lost == []


async def test_nobody_there_is_an_os_error(tmp_path):
    with pytest.raises(OSError):
        Wire(tmp_path / "nobody", received=lambda _: None, lost=lambda: None)


async def test_a_peer_that_is_gone_is_told_by_the_next_send_at_the_latest(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        lost = []
        wire = Wire(tmp_path / "s", received=lambda _: None, lost=lambda: lost.append(1))
        server.accept()[0].close()
        wire.send(b"hello")
        await asyncio.sleep(0.01)
        wire.send(b"again")
        assert lost == [1]
