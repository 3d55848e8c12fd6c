"""Errors of commands as a person sees them."""

import os
import pty
import sys
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from asepsis.core.errors import InputError
from asepsis.policy import dsse
from asepsis.policy.groups import Group, locks, unlocks


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
        (b"open sesame", (), "open sesame\n", "opened"),
        (b"open sesame", ("--passphrase", "open sesame"), "", "opened"),
        (b"open sesame", ("--passphrase", "open sesame"), "other", "opened"),
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


def test_a_locked_key_without_a_terminal_and_without_a_line_is_refused(tmp_path):
    @click.command()
    @click.option("--key", "path", type=click.Path(path_type=Path), required=True)
    @unlocks
    def opens(path: Path, passphrase: str) -> None:
        """Opens a key."""

    (tmp_path / "k.pem").write_bytes(dsse.new_key(b"open sesame"))
    done = CliRunner().invoke(opens, ["--key", f"{tmp_path}/k.pem"], input="")
    assert (done.exit_code, "the key is locked: expected --passphrase" in done.output) == (2, True)


@click.command()
@locks
def locking(passphrase):
    """Says what would lock a key."""
    click.echo(f"locked by {passphrase!r}")


@pytest.mark.parametrize(("words", "code"), [((), 2), (("--passphrase", ""), 0), (("--passphrase", "sesame"), 0)])
def test_where_nobody_can_be_asked_a_passphrase_is_given(words, code):
    result = CliRunner().invoke(locking, words, input="typed\ntyped\n")
    assert result.exit_code == code
    assert ("locked by" in result.output) is (code == 0)
    assert "--passphrase" in result.output or words


def test_at_a_terminal_it_is_asked_for_and_not_shown(tmp_path):
    key = tmp_path / "k.pem"
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-m", "asepsis", "policy", "key", str(key)])
    said = b""
    with suppress(OSError):  # how a terminal says that nobody is there any more
        for wanted in (b"Passphrase: ", b"confirmation: "):
            while wanted not in said:
                said += os.read(terminal, 1024)
            os.write(terminal, b"sesame\n")
        while data := os.read(terminal, 1024):
            said += data
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert b"sesame" not in said
    assert dsse.locked(key.read_bytes())
