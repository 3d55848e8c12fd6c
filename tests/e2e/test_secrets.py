"""Credentials of providers, tools and callers: where they go, and that they go nowhere else."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from tests.e2e.conftest import free_ports

ROOT = Path(__file__).parents[2]
PROVIDER, NEXT, TOOL, CALLER = "prov-Zk83-alpha", "prov-Zk83-beta", "tool-Qx77-gamma", "call-Wv55-delta"
MORE = """
[[identity.callers]]
key_sha256 = "{key}"
application = "demo"
principal = "caller"

[[gateway.upstreams]]
name = "provider"
base_url = "http://127.0.0.1:{provider}/v1"
models = ["their-*"]
auth = "bearer"
credential = "file:{file}"

[tools]
port = {tools}

[[tools.servers]]
name = "echo"
url = "http://127.0.0.1:{provider}/mcp"
manifests = "{manifests}"
credential = "file:{tool}"
"""


class Provider(BaseHTTPRequestHandler):
    """A provider that says what key it was shown when it refuses it, as some do."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        key = self.headers.get("authorization", "")
        self.server.seen.append((self.path, dict(self.headers), body))
        said = {"error": {"message": f"Incorrect API key provided: {key.removeprefix('Bearer ')}", "type": "auth"}}
        answer = json.dumps(said).encode()
        self.send_response(401)
        self.send_header("content-type", "application/json")
        self.send_header("x-key", key)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture(scope="module")
def provider():
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        server.seen = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def system(make_system, provider, tmp_path_factory):
    system, folder = make_system(), tmp_path_factory.mktemp("secrets")
    system.key, tool = folder / "key", folder / "tool"
    for file, value in ((system.key, PROVIDER), (tool, TOOL)):
        file.touch(mode=0o600)
        file.write_text(value)
    (system.tools,) = free_ports(1)
    own = f'base_url = "http://127.0.0.1:{system.lab}/v1"\n'
    text = system.file.read_text().replace('models = ["lab-*"]\n', 'models = ["lab-*", "their-*"]\n')
    text = text.replace(own, own + 'models = ["lab-*"]\n')
    manifests = folder / "echo.toml"
    manifests.write_text('server = "echo"\n')
    system.file.write_text(
        text
        + MORE.format(
            key=hashlib.sha256(CALLER.encode()).hexdigest(), provider=provider.server_port, file=system.key,
            tools=system.tools, tool=tool, manifests=manifests,
        )
    )  # fmt: skip
    system.start()
    return system


def ask(system, model="their-model"):
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
    url = f"http://127.0.0.1:{system.gateway}/v1/chat/completions"
    return httpx.post(url, json=body, headers={"authorization": f"Bearer {CALLER}"}, timeout=20)


def test_a_credential_goes_to_whom_it_is_for_alone_and_a_new_one_is_used_without_a_start(system, provider, eventually):
    answers = [ask(system)]
    headers = next(headers for path, headers, _ in provider.seen if path.startswith("/v1"))
    assert headers["authorization"] == f"Bearer {PROVIDER}"
    other = system.key.with_suffix(".new")
    other.touch(mode=0o600)
    other.write_text(NEXT)
    other.replace(system.key)

    def renewed():
        answers.append(ask(system))
        return provider.seen[-1][1].get("authorization") == f"Bearer {NEXT}"

    assert eventually(5, renewed)
    assert eventually(10, lambda: any(one[0] == "/mcp" for one in provider.seen))
    seen = [
        (path, headers.get("authorization", ""), repr(headers) + body.decode()) for path, headers, body in provider.seen
    ]
    assert {key for path, key, _ in seen if path == "/mcp"} == {f"Bearer {TOOL}"}
    assert all(CALLER not in said for _, _, said in seen)
    assert all(key.removeprefix("Bearer ") in (PROVIDER, NEXT) for path, key, _ in seen if path != "/mcp")
    said = [f"{one.status_code} {one.headers} {one.text}" for one in answers]
    console = httpx.get(f"http://127.0.0.1:{system.console}/").text
    metrics = httpx.get(f"http://127.0.0.1:{system.console}/metrics").text
    files = [file.read_bytes().decode(errors="replace") for file in system.state.rglob("*") if file.is_file()]
    for secret in (PROVIDER, NEXT, TOOL, CALLER):
        for text in (*said, console, metrics, system.log, *files):
            assert secret not in text
