"""Errors of commands as a person sees them."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from asepsis.core.errors import InputError
from asepsis.policy import dsse
from asepsis.policy.groups import Group, unlocks


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


@pytest.mark.parametrize(
    ("lock", "words", "typed", "said"),
    [
        (b"", (), "", "opened"),
        (b"open sesame", (), "open sesame\n", "Passphrase: \nopened"),
        (b"open sesame", ("--passphrase", "open sesame"), "", "opened"),
        (b"open sesame", (), "", "Passphrase: \n\nAborted!"),
    ],
)
def test_a_passphrase_is_asked_for_only_where_the_key_is_locked(tmp_path, lock, words, typed, said):
    @click.command()
    @click.option("--key", "path", type=click.Path(path_type=Path), required=True)
    @unlocks
    def opens(path: Path, passphrase: str) -> None:
        """Opens a key."""
        dsse.private_key(path.read_bytes(), passphrase.encode())
        click.echo("opened")

    (tmp_path / "k.pem").write_bytes(dsse.new_key(lock))
    for order in ([*words, "--key", f"{tmp_path}/k.pem"], ["--key", f"{tmp_path}/k.pem", *words]):
        assert CliRunner().invoke(opens, order, input=typed).output.strip() == said
