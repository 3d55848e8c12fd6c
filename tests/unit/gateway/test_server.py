"""Workers on one socket: served, replaced, ended."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from asepsis.core.errors import ConfigError
from asepsis.gateway.config import GatewayConfig
from asepsis.gateway.server import serve

pytestmark = pytest.mark.loopback

PROGRAM = """
import asyncio, os, sys
from asepsis.gateway.config import GatewayConfig
from asepsis.gateway.server import serve
from asepsis.gateway.types import Reply

class Gateway:
    async def handle(self, head, shell):
        await asyncio.sleep(float(head.query or 0))
        await shell.reply(Reply(200, (), str(os.getpid()).encode()))

class Worker:
    tls = None

    def start(self, loop):
        return Gateway()

serve(GatewayConfig(port=int(sys.argv[1]), workers=2, drain_seconds=5), Worker())
"""


def asked(port, seconds="", patience=5.0):
    """Returns the process that answers, trying until one does."""
    deadline = time.monotonic() + patience
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", f"/?{seconds}")
            return json.loads(connection.getresponse().read())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        finally:
            connection.close()


@pytest.fixture
def running():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)], stderr=subprocess.PIPE)
    asked(port)
    yield process, port
    if process.poll() is None:
        process.kill()
        process.wait()
    process.stderr.close()


def gone(pid, seconds=5.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_a_worker_that_dies_is_replaced(running):
    process, port = running
    before = asked(port)
    assert before != process.pid
    os.kill(before, signal.SIGKILL)
    assert gone(before) or True
    deadline = time.monotonic() + 5
    while len(workers := children(process.pid)) < 2 or before in workers:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert asked(port) in workers


def children(pid):
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_running_answer_is_finished_before_the_end(running):
    process, port = running
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/?0.8")
    time.sleep(0.3)
    process.terminate()
    assert connection.getresponse().read()
    assert process.wait(5) == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 1)


def test_workers_end_with_a_parent_that_was_killed(running):
    process, _ = running
    workers = children(process.pid)
    assert len(workers) == 2
    process.kill()
    process.wait()
    assert all(gone(one) for one in workers)


def test_an_address_that_is_taken_is_told_with_its_place():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match="cannot listen") as caught:
            serve(GatewayConfig(port=port), None)
    assert caught.value.place == f"127.0.0.1:{port}"
