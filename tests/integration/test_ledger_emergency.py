"""The real faults: a disk that is full under a writer's feet, and a key service that is stopped."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from asepsis.core.errors import Unavailable
from asepsis.core.events import ProcessStopped, build, read
from asepsis.core.ports import Content, Said
from asepsis.infra.kms import KmsWrapper
from asepsis.infra.randomness import SystemRandomness
from asepsis.ledger.client import SocketLedger
from asepsis.ledger.reader import LogReader
from asepsis.ledger.sealing.keyring import Keyring
from asepsis.ledger.sealing.sealer import BodySealer
from asepsis.ledger.sealing.sparing import SparingSealer
from asepsis.ledger.verify import verify
from asepsis.testing.sealing import SealingKit

WRITER = """
import asyncio, signal, sys
from pathlib import Path
from asepsis.infra.clock import SystemClock
from asepsis.infra.ids import SystemIds
from asepsis.ledger import journal, writer
from asepsis.ledger.emergency import Emergency, Opening
from asepsis.testing.keys import NamedKeys

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    root, socket, elsewhere = map(Path, sys.argv[1:4])
    clock = SystemClock()
    journal._RETRY_NS = 200_000_000
    opening = lambda data: Opening("o1", ("ledger",), int(data), "disk", ("ann", "bob"))
    emergency = Emergency(elsewhere, opening, clock=clock)
    await writer.run(
        root, socket, clock=clock, ids=SystemIds(clock), stop=stop, keys=NamedKeys(), emergency=emergency
    )

asyncio.run(main())
"""


@pytest.fixture
def small(tmp_path):
    """A disk of half a megabyte."""
    place = tmp_path / "small"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def started(small, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    words = [small / "led", tmp_path / "w.sock", tmp_path / "elsewhere"]
    process = subprocess.Popen([sys.executable, "-c", WRITER, *map(str, words)])
    yield process
    process.kill()
    process.wait()


class KeyService(BaseHTTPRequestHandler):
    """As much of AWS KMS as wrapping a key asks for."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = json.dumps({"CiphertextBlob": asked["Plaintext"], "KeyId": asked["KeyId"]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *words):
        pass


async def ready(path):
    async with asyncio.timeout(20):
        while not path.exists():  # noqa: ASYNC110 a file has no event
            await asyncio.sleep(0.01)
    return SocketLedger(path)


def event(name, size=200):
    return build(ProcessStopped("x" * size), id=name, time=1, tenant="acme")


def kinds(root):
    found = [read(entry.data) for entry in LogReader(root, "acme").entries(0)]
    return [one.kind if one.kind.startswith("ledger.") else one.id for one in found]


@pytest.mark.slow
async def test_a_disk_that_is_full_denies_unless_an_emergency_is_open(started, small, tmp_path):
    ledger, filler = await ready(tmp_path / "w.sock"), small / "filler"
    await ledger.submit([event("before")])
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    with pytest.raises(Unavailable):  # noqa: PT012 which one is refused is the disk's to say
        for number in range(60):
            await ledger.submit([event(f"denied-{number}", 4000)])
    (tmp_path / "elsewhere" / "open").write_text(str(1 << 60))
    names = [f"during-{number}" for number in range(20)]
    for name in names:
        await ledger.submit([event(name, 4000)])
    journal = tmp_path / "elsewhere" / "journal"
    assert [one for one in kinds(journal) if one.startswith("during")] == names
    filler.unlink()
    async with asyncio.timeout(20):
        while "ledger.reconciled" not in kinds(small / "led"):  # noqa: ASYNC110 a log has no event
            await asyncio.sleep(0.1)
    await ledger.submit([event("after")])
    await ledger.close()
    stored = [one for one in kinds(small / "led") if not one.startswith(("denied", "ledger.rec"))]
    assert [one for one in stored if not one.startswith("ledger")] == ["before", *names, "after"]
    assert {"ledger.journaled", "ledger.emergency"} <= set(stored)
    started.terminate()
    assert await asyncio.to_thread(started.wait, 20) == 0
    assert verify(small / "led" / "acme").checkpoint.size == len(kinds(small / "led"))


@pytest.mark.slow
def test_a_key_service_that_is_stopped_denies_unless_an_emergency_is_open(tmp_path, monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), KeyService)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL_KMS": f"http://127.0.0.1:{server.server_port}",
    }.items():
        monkeypatch.setenv(name, value)
    kit, drawn = SealingKit(tmp_path / "bodies"), SystemRandomness()
    wrapper = KmsWrapper("11111111-2222-3333-4444-555555555555")
    keyring = Keyring(wrapper, kit.clock, drawn)
    sealer = BodySealer(keyring, kit.files, kit.keys, randomness=drawn, most_bytes=1 << 20)
    allowed = []
    sparing = SparingSealer(sealer, lambda: bool(allowed), clock=kit.clock)
    content = Content("t", "e", "s", [Said("p", "user", "hello", ())])
    keyring.renew()
    assert sparing.seal(content).ref is not None
    server.shutdown()
    thread.join()
    server.server_close()
    kit.clock.advance(milliseconds=16 * 60_000 + 60_000)
    with pytest.raises(Unavailable):
        keyring.renew()
    with pytest.raises(Unavailable):
        sparing.seal(content)
    allowed.append(True)
    sealed = sparing.seal(content)
    assert (sealed.ref, sealed.done.result()) == (None, None)
    allowed.clear()
    with pytest.raises(Unavailable):
        sparing.seal(content)
