"""The command `asepsis kill`."""

import pytest
from click.testing import CliRunner

from asepsis.core.errors import ConfigError
from asepsis.gateway.commands import kill_commands


class Store:
    def __init__(self):
        self.kept = {}

    def throw(self, target, name, *, reason):
        self.kept[target, name] = reason

    def clear(self, target, name, *, reason):
        self.why = reason
        return self.kept.pop((target, name), None) is not None

    def known(self, target, name):
        return (target, name) != ("model", "gpt-4q")

    def rows(self):
        return [(target, name, reason, "ann", 90_061_000) for (target, name), reason in self.kept.items()]


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def kill(store):
    return lambda *arguments: CliRunner().invoke(kill_commands(lambda: store), arguments)


def test_a_switch_is_thrown_with_its_reason(kill, store):
    done = kill("set", "model", "*", "--reason", "vendor incident")
    assert (done.exit_code, done.output) == (0, "model * is switched off\n")
    assert store.kept == {("model", "*"): "vendor incident"}


def test_a_switch_for_what_nobody_serves_is_thrown_and_said_so(kill, store):
    done = kill("set", "model", "gpt-4q", "--reason", "vendor incident")
    assert (done.exit_code, list(store.kept)) == (0, [("model", "gpt-4q")])
    warned, said = done.output.splitlines()
    assert warned.startswith("warning: no model of the settings is called gpt-4q")
    assert said == "model gpt-4q is switched off all the same, should there be one"


def test_a_switch_needs_a_reason(kill, store):
    assert kill("set", "model", "m").exit_code == 2
    assert store.kept == {}


def test_what_cannot_be_switched_off_is_refused(kill, store):
    assert kill("set", "galaxy", "m", "--reason", "x").exit_code == 2
    assert store.kept == {}


def test_a_switch_is_cleared_once(kill, store):
    kill("set", "tool", "wire", "--reason", "x")
    assert kill("clear", "tool", "wire").output == "tool wire is switched on\n"
    assert kill("clear", "tool", "wire").exit_code == 1


def test_clearing_may_have_a_reason(kill, store):
    kill("set", "tool", "wire", "--reason", "x")
    kill("clear", "tool", "wire", "--reason", "vendor is back")
    assert store.why == "vendor is back"


def test_switches_are_listed(kill):
    assert kill("list").output == "nothing is switched off\n"
    kill("set", "principal", "joe", "--reason", "left")
    assert kill("list").output == "principal\tjoe\t1970-01-02 01:01:01 UTC\tann\tleft\n"


def test_the_store_is_opened_only_by_a_command():
    def never():
        raise AssertionError

    assert CliRunner().invoke(kill_commands(never), ["--help"]).exit_code == 0


@pytest.mark.parametrize("arguments", [("list",), ("clear", "tool", "x"), ("set", "tool", "x", "--reason", "r")])
def test_a_store_that_can_not_be_opened_is_said_in_one_line(arguments):
    def closed():
        raise ConfigError("expected a database", place="control.db")

    done = CliRunner().invoke(kill_commands(closed), arguments)
    assert (done.exit_code, done.output) == (1, "Error: control.db: expected a database\n")
