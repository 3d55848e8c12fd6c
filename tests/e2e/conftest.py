"""The whole system as its users run it: processes of its own on free ports, its state in a folder of the test."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import anthropic
import openai
import pytest

from asepsis.app import Paths
from asepsis.core.events import read, read_payload
from asepsis.ledger.reader import LogReader

SETTINGS = """
tenant = "local"
state = "{state}"

[identity]
anonymous = "demo"

[gateway]
port = {gateway}
drain_seconds = 20

[[gateway.upstreams]]
name = "lab-openai"
family = "openai"
base_url = "http://127.0.0.1:{lab}/v1"

[[gateway.upstreams]]
name = "lab-anthropic"
family = "anthropic"
base_url = "http://127.0.0.1:{lab}/v1"

[[policy.applications]]
name = "demo"
models = ["lab-*"]
tools_denied = ["transfer_*"]
admit = ["vector", "signature"]

[console]
port = {console}

[lab]
port = {lab}
delay_ms = {delay}
"""


class System:
    """A running system."""

    def __init__(self, folder: Path, *, delay: int) -> None:
        self.state = folder / "state"
        self.file = folder / "asepsis.toml"
        self.gateway, self.lab, self.console = free_ports(3)
        self.file.write_text(
            SETTINGS.format(state=self.state, gateway=self.gateway, lab=self.lab, console=self.console, delay=delay)
        )
        self._log = folder / "serve.log"
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text()

    def start(self) -> None:
        """Starts it; returns once it says that it is up."""
        command = [sys.executable, "-m", "asepsis", "serve", "--config", str(self.file), "--lab"]
        with self._log.open("a") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        for line in self._process.stdout:
            if line.startswith("asepsis is up"):
                return
        raise AssertionError(f"it did not come up: {self.log[-2000:]}")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        code = self._process.wait(40)
        self._process.stdout.close()
        self._process = None
        return code

    def stop(self) -> int:
        """Stops it in order; returns its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
        if self._process is not None:
            self._process.kill()
            self.wait()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs another command of the same program."""
        command = [sys.executable, "-m", "asepsis", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)

    def events(self, kind: str):
        """The (id, payload) pairs of all Events of a kind, in the ledger's order."""
        found = [read(entry.data) for entry in LogReader(Paths(self.state).ledger, "local").entries(0)]
        return [(event.id, read_payload(event)) for event in found if event.kind == kind]

    def worker(self) -> int:
        """The process id of the gateway's one worker."""
        (worker,) = self.workers()
        return worker

    def pids(self, process: str) -> list[int]:
        """The ids of the supervisor's children of that name."""
        return [pid for pid in children(self.pid) if name_of(pid) == f"asepsis-{process}"]

    def workers(self) -> list[int]:
        """The process ids of the gateway's workers."""
        (gateway,) = self.pids("gateway")
        return [pid for pid in children(gateway) if "resource_tracker" not in command_line(pid)]

    def holder(self, sock: socket.socket, pids: list[int]) -> int:
        """The process that holds the server's end of a connection to this machine."""
        port = sock.getsockname()[1]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[2].rpartition(":")[2], 16) == port and fields[9] != "0":
                mine = f"socket:[{fields[9]}]"
                for pid in pids:
                    with contextlib.suppress(OSError):
                        for link in Path(f"/proc/{pid}/fd").iterdir():
                            with contextlib.suppress(OSError):
                                if str(link.readlink()) == mine:
                                    return pid
        return 0

    def openai(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"http://127.0.0.1:{self.gateway}/v1", api_key="x", max_retries=0, timeout=30)

    def anthropic(self) -> anthropic.Anthropic:
        return anthropic.Anthropic(base_url=f"http://127.0.0.1:{self.gateway}", api_key="x", max_retries=0, timeout=30)


def children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
    return found


def command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def name_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def within(seconds: float, what):
    """Returns the first true value of `what()`, asked again and again for so long."""
    deadline = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.1)
    return value


@pytest.fixture(scope="session")
def eventually():
    return within


@pytest.fixture(scope="module")
def make_system(tmp_path_factory):
    """Returns a function that makes a system; each is ended after the module."""
    made = []

    def make(*, delay: int = 1) -> System:
        system = System(tmp_path_factory.mktemp("system"), delay=delay)
        made.append(system)
        return system

    yield make
    for system in made:
        system.end()
