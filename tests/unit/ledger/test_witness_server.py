import asyncio
import socket

import pytest
from starlette.testclient import TestClient

from asepsis.core.errors import ConfigError, Unavailable
from asepsis.core.ports import Request
from asepsis.infra.http import HttpTransport
from asepsis.ledger import witness_server
from asepsis.ledger.tlog.witnessing import MAX_REQUEST
from asepsis.ledger.witness import Reply
from asepsis.ledger.witness_server import application, listen, serve


class Witness:
    """Answers what it is told to."""

    def __init__(self):
        self.reply = Reply(409, b"5\n", "text/x.tlog.size")
        self.bodies = []

    def add_checkpoint(self, body):
        self.bodies.append(body)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    def checkpoint(self, name):
        return b"note\n" if name == "known" else None


@pytest.fixture
def witness():
    return Witness()


@pytest.fixture
def client(witness):
    return TestClient(application(witness))


def test_the_witnesss_answer_goes_out_as_it_is(client, witness):
    got = client.post("/add-checkpoint", content=b"body")
    assert (got.status_code, got.content, got.headers["content-type"]) == (409, b"5\n", "text/x.tlog.size")
    assert witness.bodies == [b"body"]


def test_a_request_over_the_limit_is_not_read(client, witness):
    assert client.post("/add-checkpoint", content=b"x" * (MAX_REQUEST + 1)).status_code == 413
    assert witness.bodies == []


def test_a_fault_is_no_answer(client, witness):
    witness.reply = Unavailable("the disk is full")
    got = client.post("/add-checkpoint", content=b"body")
    assert (got.status_code, b"disk" in got.content) == (500, False)


def test_checkpoints_are_read_by_name(client):
    assert client.get("/known/checkpoint").content == b"note\n"
    assert client.get("/other/checkpoint").status_code == 404
    assert client.get("/add-checkpoint").status_code == 405


@pytest.mark.loopback
async def test_it_serves_until_it_is_told_to_stop(witness):
    stop = asyncio.Event()
    listener = listen("127.0.0.1", 0)
    transport = HttpTransport(connect=5, idle=5)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(serve(witness, listener, stop=stop))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/add-checkpoint"
        with pytest.raises(ConfigError, match="cannot listen"):
            listen("127.0.0.1", listener.getsockname()[1])
        answer = await transport.send(Request("POST", url, (), b"over a socket"))
        assert b"".join([chunk async for chunk in answer.chunks()]) == b"5\n"
        await transport.close()
        stop.set()
    assert witness.bodies == [b"over a socket"]


def test_an_address_that_is_none_is_a_config_error(monkeypatch):
    class Unknown:
        """The module `socket` where no name is known; the real one is left alone, for others guard it, too."""

        SOCK_STREAM = socket.SOCK_STREAM

        def getaddrinfo(*_, **__):
            raise socket.gaierror

    monkeypatch.setattr(witness_server, "socket", Unknown)
    with pytest.raises(ConfigError, match="expected an address"):
        listen("nowhere.example", 0)
