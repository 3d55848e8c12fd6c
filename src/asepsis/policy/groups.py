"""The group of commands that this room's commands stand in."""

import click

from asepsis.core.errors import Error

__all__ = ["Group"]


class Group(click.Group):
    """Turns the errors of its commands into messages."""

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except Error as error:
            raise click.ClickException(str(error)) from error
