"""The command over budgets."""

from click.testing import CliRunner

from asepsis.core.errors import ConfigError
from asepsis.infra.records import BudgetRow, Purse
from asepsis.policy.budgeting import Desk, budget_command
from asepsis.policy.config import Budget


class Rows:
    def rows(self, now, /, *, tenant):
        assert (now, tenant) == (5, "t")
        return (
            BudgetRow(Purse("t", "few", "ann", 0, 60_000), 7),
            BudgetRow(Purse("t", "grant", "g1 tokens", 0, 60_000), 9),
        )


def test_what_is_taken_is_shown_with_what_there_is():
    desk = Desk(Rows(), (Budget("few", "requests", 10),), "t", 5)
    assert CliRunner().invoke(budget_command(lambda: desk), []).output.splitlines() == [
        "few  ann  7 of 10 requests  until 1970-01-01 00:01:00 UTC",
        "grant  g1 tokens  9  until 1970-01-01 00:01:00 UTC",
    ]


class Empty:
    def rows(self, now, /, *, tenant):
        return ()


def test_a_budget_of_which_nothing_is_taken_is_shown_too():
    desk = Desk(Empty(), (Budget("few", "requests", 10), Budget("more", "tokens", 20)), "t", 5)
    said = CliRunner().invoke(budget_command(lambda: desk), []).stdout.splitlines()
    assert said == ["few  nothing is taken of 10 requests", "more  nothing is taken of 20 tokens"]


def test_that_there_are_no_budgets_is_said_beside_the_output():
    result = CliRunner().invoke(budget_command(lambda: Desk(Empty(), (), "t", 5)), [])
    assert (result.stdout, "the settings have no budgets" in result.stderr) == ("", True)


def test_without_a_server_it_says_so():
    def none():
        raise ConfigError("expected the control database of a server")

    result = CliRunner().invoke(budget_command(none), [])
    assert (result.exit_code, result.output) == (1, "Error: expected the control database of a server\n")
