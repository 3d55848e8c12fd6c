"""The commands `config` and `db`, run as a person would."""

import msgspec
from click.testing import CliRunner

from asepsis.infra import config
from asepsis.infra.commands import config_commands, database_commands
from asepsis.infra.peek import HEAD


class Settings(msgspec.Struct, frozen=True):
    port: int = 1


def run(group, *arguments):
    return CliRunner().invoke(group, arguments)


def settings(*overrides):
    return config_commands(lambda: config.load(Settings, environ={}, overrides=overrides))


def test_show_prints_settings_and_on_demand_their_origin():
    assert run(settings("port=2"), "show").output == "port = 2\n"
    assert run(settings("port=2"), "show", "--origin").output == "port = 2    # flag\n"


def test_check_says_ok_with_the_digest():
    result = run(settings(), "check")
    assert result.exit_code == 0
    assert config.load(Settings, environ={}).digest in result.output


def test_check_says_what_is_wrong_and_where():
    result = run(settings("prot=1"), "check")
    assert result.exit_code == 1
    assert result.output == "Error: flag prot: `prot` is not a setting; the nearest name is `port`\n"


def test_the_database_is_upgraded_and_asked(tmp_path):
    group = database_commands(lambda: f"sqlite:///{tmp_path}/control.db")
    assert run(group, "current").output == "none\n"
    assert run(group, "upgrade").exit_code == 0
    assert run(group, "current").output == f"{HEAD}\n"


def test_a_database_that_cannot_be_opened_is_an_error(tmp_path):
    group = database_commands(lambda: f"sqlite:///{tmp_path}/none/control.db")
    result = run(group, "upgrade")
    assert (result.exit_code, result.output[:6]) == (1, "Error:")


def test_help_teaches_by_example():
    for group, command in [(settings(), "show"), (settings(), "check"), (database_commands(str), "upgrade")]:
        assert f"Example: asepsis {group.name} {command}" in run(group, command, "--help").output
