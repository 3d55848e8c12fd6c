"""The command line, as a person would use it."""

import re
import socket
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from asepsis import __version__
from asepsis.cli import main

LAB = Path(__file__).parents[2] / "examples" / "lab.toml"


def run(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def ready(tmp_path):
    """The options of a configuration whose database is there."""
    options = ("--config", LAB, "--set", f"state={tmp_path}")
    assert run("db", *options, "upgrade").exit_code == 0
    return options


def test_help_lists_the_commands_of_all_rooms():
    output = run("--help").output
    for name in ("config", "db", "deid", "kill", "ledger", "scan", "serve"):
        assert f"\n  {name}" in output
    assert "\n  process" not in output


@pytest.mark.parametrize("name", ["config", "db", "deid", "kill", "ledger", "scan", "serve"])
def test_each_command_explains_itself(name):
    result = run(name, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")


def test_it_tells_its_version():
    assert run("--version").output == f"asepsis, version {__version__}\n"


def test_settings_are_shown_with_their_origin():
    output = run("config", "--config", LAB, "--set", "gateway.port=9", "show", "--origin").output
    lines = [line.split("#", 1) for line in output.splitlines()]
    origins = {setting.strip(): origin.strip() for setting, origin in lines}
    assert origins["gateway.port = 9"] == "flag"
    assert "lab.toml:" in origins['identity.anonymous = "demo"']
    assert origins["gateway.workers = 1"] == "default"


def test_a_setting_that_does_not_exist_is_an_error_with_the_nearest_name():
    result = run("config", "--set", "gateway.prot=9", "check")
    assert result.exit_code == 1
    assert "`gateway.port`" in result.output or "`port`" in result.output


def test_a_broken_configuration_does_not_serve(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text('[identity]\nanonymous = "nobody"\n')
    result = run("serve", "--config", file)
    assert result.exit_code == 1
    assert result.output == "Error: identity: expected `nobody` among policy.applications; there is none\n"


@pytest.mark.loopback
def test_serving_on_a_taken_port_says_what_to_do(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = run("serve", "--config", LAB, "--set", f"state={tmp_path}", "--set", f"gateway.port={port}")
    assert result.exit_code == 1
    assert f"port {port} is taken" in result.output


def test_a_kill_switch_is_thrown_listed_and_cleared(ready):
    assert run("kill", *ready, "set", "model", "gpt", "--reason", "incident").output == "model gpt is switched off\n"
    said = run("kill", *ready, "list").output
    assert re.fullmatch(r"model\tgpt\t[\d-]+ [\d:]+ UTC\tcommand line, uid \d+\tincident\n", said)
    assert run("kill", *ready, "clear", "model", "gpt").output == "model gpt is switched on\n"
    assert run("kill", *ready, "list").output == "nothing is switched off\n"


def test_clearing_what_is_not_thrown_is_an_error(ready):
    result = run("kill", *ready, "clear", "model", "gpt")
    assert (result.exit_code, result.output) == (1, "Error: model gpt was not switched off\n")


def test_kill_switches_need_a_database(tmp_path):
    result = run("kill", "--set", f"state={tmp_path}", "list")
    assert result.exit_code == 1


def test_restoring_asks_the_configured_policy(tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("SSN 123-45-6789")
    runner = CliRunner()
    vault = ["--vault", str(tmp_path / "vault")]
    assert runner.invoke(main, ["deid", str(note), "--profile", "token", *vault]).exit_code == 0
    asked = ["restore", str(tmp_path / "note.deid.txt"), *vault, "--purpose", "treatment"]
    refused = runner.invoke(main, asked)
    assert refused.exit_code == 1
    assert "the application is not configured" in refused.stderr
    config = tmp_path / "asepsis.toml"
    config.write_text('[[policy.applications]]\nname = "restore"\nreveal = true\n')
    assert runner.invoke(main, [*asked, "--config", str(config)]).exit_code == 0
    assert (tmp_path / "note.restored.txt").read_text() == "SSN 123-45-6789"


def _all(command, path=()):
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from _all(command.get_command(context, name), (*path, name))


def test_no_command_uses_a_name_for_two_parameters():
    for path, command in [*_all(main), *_all(main)]:
        names = [one.name for one in command.params]
        spelled = [word for one in command.params for word in one.opts]
        assert len({*names}) == len(names), path
        assert len({*spelled}) == len(spelled), path


def test_a_listing_is_checked_against_its_manifests(tmp_path):
    listing, manifests = tmp_path / "tools.json", tmp_path / "plan.toml"
    listing.write_text('{"tools":[{"name":"look_up","inputSchema":{"type":"object"}}]}')
    manifests.write_text(run("tools", "draft", listing, "--server", "plan").output)
    assert run("tools", "pin", listing, manifests).exit_code == 0
    assert run("tools", "check", listing, manifests).output == "1 tools are as they were confirmed\n"
    assert run("tools", "diff", "--config", LAB, listing, manifests).output == "nothing is different\n"
