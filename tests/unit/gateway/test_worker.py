"""A worker: it starts on a snapshot, swaps in good ones, and keeps what it has for bad ones."""

import asyncio
import logging
import ssl

import pytest

from asepsis.core.errors import ConfigError
from asepsis.gateway.worker import Maker, Worker
from asepsis.infra import snapshot


def serving(before, current):
    """TLS from the text `tls` on, another one for each snapshot."""
    return ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if current.startswith("tls") else None


class Gateway:
    def __init__(self, live):
        self.live = live
        self.draining = False


def successor(before, old, new):
    if new == "bad":
        raise ConfigError("expected something that runs")
    return f"{before}>{new}"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "snapshot"


@pytest.fixture
def worker(path):
    def decode(data):
        if data == b"nonsense":
            raise ValueError
        return data.decode()

    return Worker(snapshot.Watcher(path, decode), Maker(Gateway, successor, lambda text: text == "drain", serving))


async def test_without_a_snapshot_it_does_not_start(worker):
    with pytest.raises(ConfigError, match="snapshot"):
        worker.start(asyncio.get_running_loop())


async def test_a_good_snapshot_is_swapped_in_and_a_bad_one_leaves_the_old(worker, path, caplog):
    loop = asyncio.get_running_loop()
    snapshot.publish(path, b"one")
    worker.start(loop)
    seen = []
    for text in (b"two", b"bad", b"nonsense", b"three", b"drain"):
        snapshot.publish(path, text)
        with caplog.at_level(logging.ERROR):
            worker._look(loop)
        seen.append((worker._gateway.live, worker._gateway.draining))
    assert seen == [
        ("one>two", False),
        ("one>two", False),
        ("one>two", False),
        ("one>two>three", False),
        ("one>two>three>drain", True),
    ]
    assert caplog.text.count("the old one stays") == 2


async def test_no_change_is_no_work(worker, path):
    loop = asyncio.get_running_loop()
    snapshot.publish(path, b"one")
    worker.start(loop)
    before = worker._gateway.live
    worker._look(loop)
    assert worker._gateway.live is before


async def test_another_certificate_is_met_by_the_next_handshake_and_clients_connect_anew(worker, path):
    loop = asyncio.get_running_loop()
    snapshot.publish(path, b"tls")
    worker.start(loop)
    first, renewed = worker.tls.current, []
    worker.renewed = lambda: renewed.append(1)
    snapshot.publish(path, b"another")
    worker._look(loop)
    assert (worker.tls.current, renewed) == (first, [])
    snapshot.publish(path, b"tls again")
    worker._look(loop)
    assert worker.tls.current is not first
    assert renewed == [1]


async def test_without_a_certificate_there_is_no_tls(worker, path):
    snapshot.publish(path, b"one")
    worker.start(asyncio.get_running_loop())
    assert worker.tls is None
