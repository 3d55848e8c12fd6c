"""A server and an agent of one's own, from `examples/`, as the documentation walks through them."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
MORE = """
[tools]
port = {port}
speaking = ["demo"]
[[tools.servers]]
name = "imaging"
command = ["python", "{examples}/imaging_server.py"]
manifests = "{manifests}"
"""


@pytest.fixture(scope="module")
def system(make_system):
    made = make_system()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        made.tools = probe.getsockname()[1]
    manifests = made.file.with_name("imaging.toml")
    more = MORE.format(port=made.tools, examples=EXAMPLES, manifests=manifests)
    made.file.write_text(made.file.read_text() + more)
    listing = manifests.with_suffix(".json")
    for words in (
        ("list", "imaging", "--config", made.file, "-o", listing),
        ("draft", listing, "--server", "imaging", "-o", manifests),
        ("pin", listing, manifests),
    ):
        assert made.run("tools", *map(str, words)).returncode == 0
    made.start()
    return made


def test_an_agent_and_a_server_of_ones_own_go_as_the_documentation_says(system):
    agent = [sys.executable, EXAMPLES / "imaging_agent.py", f"http://127.0.0.1:{system.tools}/mcp"]
    ran = subprocess.run(agent, capture_output=True, text=True, check=False)
    assert "tools: imaging__search_studies, imaging__share_study" in ran.stdout, ran.stderr
    assert "done: shared ST-2 with dr.hill@clinic.test" in ran.stdout
    refused = "asepsis refused this call: argument `email` comes from result 1 of `imaging__search_studies`"
    assert refused in ran.stdout.splitlines()[-1]


def test_what_is_confirmed_while_it_runs_is_in_force_within_seconds(system, eventually):
    manifests = system.file.with_name("imaging.toml")
    whole = manifests.read_text()
    head, *tables = whole.split("[[tools]]")
    kept = "[[tools]]".join([head, *(one for one in tables if "share_study" not in one)])
    agent = [sys.executable, EXAMPLES / "imaging_agent.py", f"http://127.0.0.1:{system.tools}/mcp"]

    def tools():
        """Returns what an agent says that it has, in a line."""
        return subprocess.run(agent, capture_output=True, text=True, check=False).stdout.splitlines()[:1]

    manifests.write_text(kept)
    eventually(5, lambda: tools() == ["tools: imaging__search_studies"])
    manifests.write_text("server = 7")
    assert eventually(5, lambda: system.events("config.rejected"))
    assert tools() == ["tools: imaging__search_studies"]
    manifests.write_text(whole)
    eventually(5, lambda: tools() == ["tools: imaging__search_studies, imaging__share_study"])
