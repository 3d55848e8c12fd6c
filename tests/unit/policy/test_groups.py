"""Errors of commands as a person sees them."""

import click
from click.testing import CliRunner

from asepsis.core.errors import InputError
from asepsis.policy.groups import Group


def test_an_error_is_a_message_with_its_place_and_the_status_1():
    @click.group(cls=Group)
    def group() -> None:
        """Holds one command."""

    @group.command()
    def fails() -> None:
        """Fails."""
        raise InputError("expected more", place="here")

    result = CliRunner().invoke(group, ["fails"])
    assert (result.exit_code, result.output) == (1, "Error: here: expected more\n")
