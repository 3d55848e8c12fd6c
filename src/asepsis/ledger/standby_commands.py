"""The command `asepsis ledger standby`."""

from collections.abc import Callable

import click

from asepsis.core.errors import Error
from asepsis.ledger.standby import PATIENCE_SECONDS

__all__ = ["standby_command"]


def standby_command(run: Callable[[float], None], /) -> click.Command:
    """Returns the command; `run` is the standby, with how many seconds of silence it waits for."""

    @click.command("standby")
    @click.option(
        "--patience",
        type=click.FloatRange(2.0, 600.0),
        default=PATIENCE_SECONDS,
        show_default=True,
        help="After how many seconds of silence it takes over.",
    )
    def standby(patience: float) -> None:
        """Follow the ledger of a server, and write it once whoever writes it is silent.

        It needs the server's state folder, keys and settings. Once it took over, the writer before it acknowledges
        nothing any more, whatever becomes of it, and clients find the new one at the same socket.

        Example: asepsis ledger standby --config asepsis.toml
        """
        try:
            run(patience)
        except Error as error:
            raise click.ClickException(str(error)) from error

    return standby
