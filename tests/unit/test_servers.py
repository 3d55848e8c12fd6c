"""Servers of tools as the settings name them."""

import sys

import msgspec
import pytest

from asepsis import servers
from asepsis.core.errors import Error
from asepsis.infra.http import HttpTransport
from asepsis.tools.config import ServerConfig
from asepsis.tools.mcp.streams import StdioServer
from asepsis.tools.mcp.web import HttpServer


def never(seconds):
    raise AssertionError(seconds)


def test_a_credential_goes_where_the_server_wants_it(monkeypatch):
    monkeypatch.setenv("KEY", "secret")
    transport = HttpTransport(connect=1, idle=1)
    web = ServerConfig("plan", "", url="https://a.test/mcp", credential="env:KEY")
    assert servers.server(web, transport)._credentials == (("authorization", "Bearer secret"),)
    named = msgspec.structs.replace(web, auth="x-key")
    assert servers.server(named, transport)._credentials == (("x-key", "secret"),)
    process = ServerConfig("plan", "", command=("x",), auth="TOKEN", credential="env:KEY")
    made = servers.server(process, transport)
    assert isinstance(made, StdioServer)
    assert made._environment == {"TOKEN": "secret"}
    assert isinstance(servers.server(web, transport), HttpServer)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a server in the configuration that `--config` names"),
        ('name = "claims"\ncommand = ["x"]', "expected a server of the configuration (`claims`), got `plan`"),
        ('name = "plan"', "expected either an address or a command"),
        (
            'name = "plan"\ncommand = ["/none/such"]',
            "gives no tools: the server can't be started; is the program there",
        ),
        (
            f'name = "plan"\ncommand = ["{sys.executable}", "-c", "print(1)"]',
            "wrote what is no message, and was ended; its standard output is for messages alone",
        ),
    ],
)
def test_a_server_that_can_not_be_asked_is_an_error_that_says_what_to_look_at(tmp_path, text, said):
    file = tmp_path / "asepsis.toml"
    file.write_text(f'[[tools.servers]]\n{text}\nmanifests = "none.toml"\n' if text else "")
    with pytest.raises(Error) as caught:
        servers.offered(file, (), "plan", 9.0, never)
    assert said in str(caught.value)


def test_a_server_that_keeps_silent_is_told_of_and_waited_for_no_longer_than_was_said(tmp_path, monkeypatch):
    monkeypatch.setattr(servers, "_TELL_SECONDS", 0.1)
    file, told = tmp_path / "asepsis.toml", []
    silent = f'command = ["{sys.executable}", "-c", "import time; time.sleep(60)"]'
    file.write_text(f'[[tools.servers]]\nname = "plan"\n{silent}\nmanifests = "none.toml"\n')
    with pytest.raises(Error, match="did not answer in time; `--timeout` gives it longer"):
        servers.offered(file, (), "plan", 0.35, told.append)
    assert len(told) >= 3
