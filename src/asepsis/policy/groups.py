"""The groups that this room's commands stand in, and the commands that stand in a group of another room."""

import click

from asepsis.core.errors import Error

__all__ = ["Command", "Group"]


class Group(click.Group):
    """Turns the errors of its commands into messages."""

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except Error as error:
            raise click.ClickException(str(error)) from error


class Command(click.Command):
    """Turns its errors into messages."""

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except Error as error:
            raise click.ClickException(str(error)) from error
