"""A real small model behind the gateway, asked by the official clients."""

import re
import signal
import socket
import subprocess
import sys
import time

import anthropic
import openai
import pytest

CONFIG = """
state = "{state}"
[identity]
anonymous = "demo"
[gateway]
port = {gateway}
[console]
port = {console}
[lab]
model = "local"
port = {lab}
[[gateway.upstreams]]
name = "openai"
base_url = "http://127.0.0.1:{lab}/v1"
[[gateway.upstreams]]
name = "anthropic"
family = "anthropic"
base_url = "http://127.0.0.1:{lab}/v1"
[[policy.applications]]
name = "demo"
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    folder = tmp_path_factory.mktemp("local")
    ports = {name: free_port() for name in ("gateway", "console", "lab")}
    config = folder / "asepsis.toml"
    config.write_text(CONFIG.format(state=folder / "state", **ports))
    log = (folder / "log").open("w+")
    argv = [sys.executable, "-m", "asepsis", "serve", "--config", str(config), "--lab"]
    process = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while "asepsis is up" not in (folder / "log").read_text():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, "the system did not come up"
            time.sleep(0.1)
        yield ports["gateway"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)
        log.close()


def test_a_real_model_answers_and_streams(gateway):
    with openai.OpenAI(base_url=f"http://127.0.0.1:{gateway}/v1", api_key="x", max_retries=0) as client:
        ask = [{"role": "user", "content": "My number is 123-45-6789. What is a health plan?"}]
        whole = client.chat.completions.create(model="lab-local", messages=ask, max_tokens=24, temperature=0)
        assert whole.choices[0].message.content
        assert whole.usage.completion_tokens > 0
        chunks = list(client.chat.completions.create(model="lab-local", messages=ask, max_tokens=24, stream=True))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text
        assert not re.search(r"123-45-6789", text)


def test_a_real_model_speaks_the_messages_api(gateway):
    with anthropic.Anthropic(base_url=f"http://127.0.0.1:{gateway}", api_key="x", max_retries=0) as client:
        ask = [{"role": "user", "content": "What is a copay?"}]
        with client.messages.stream(model="lab-local", messages=ask, max_tokens=24) as stream:
            message = stream.get_final_message()
        assert message.content[0].text
        assert message.stop_reason in ("max_tokens", "end_turn")
