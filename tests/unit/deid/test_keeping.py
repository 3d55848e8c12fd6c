"""A vault in a folder: made ready at first use, and opened only where it is."""

import stat

import pytest

from asepsis.core.errors import ConfigError, InputError
from asepsis.core.events import VaultErased
from asepsis.core.types import Kind, Verdict
from asepsis.deid.keeping import TENANT, Keeping
from asepsis.ledger.reader import LogReader


def test_what_one_run_keeps_the_next_one_knows(tmp_path):
    folder = tmp_path / "vault"
    first = Keeping.made(folder, None, days=2)
    memory = first.vault.open(first.scope("a"))
    token = memory.token(Kind.NAME, "Uma Haddad")
    first.vault.keep(memory)
    again = Keeping.found(folder, None)
    assert again.vault.open(again.scope("a")).token(Kind.NAME, "Uma Haddad") == token
    assert again.vault.open(again.scope("b")).token(Kind.NAME, "Uma Haddad") != token
    assert stat.S_IMODE((folder / "master.key").stat().st_mode) == 0o600
    assert b"Haddad" not in (folder / "vault.db").read_bytes()


def test_the_key_may_lie_elsewhere_and_is_needed(tmp_path):
    made = Keeping.made(tmp_path / "vault", tmp_path / "key", days=1)
    assert not (tmp_path / "vault" / "master.key").exists()
    memory = made.vault.open(made.scope(""))
    memory.token(Kind.NAME, "Uma")
    made.vault.keep(memory)
    with pytest.raises(ConfigError):
        Keeping.found(tmp_path / "vault", None)


def test_a_place_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "vault").write_text("x")
    with pytest.raises(ConfigError, match="expected a folder for a vault"):
        Keeping.made(tmp_path / "vault", None, days=1)


def test_a_folder_without_a_vault_is_none(tmp_path):
    with pytest.raises(InputError, match="folder of a vault"):
        Keeping.found(tmp_path, None)


def test_what_is_recorded_is_in_the_ledger(tmp_path):
    made = Keeping.made(tmp_path / "vault", None, days=1)
    made.record(VaultErased("digest", 3, "erased"), principal="nurse", verdict=Verdict.DENY)
    entries = [entry.data for entry in LogReader(tmp_path / "vault" / "ledger", TENANT).entries(0)]
    assert any(b'"vault.erased"' in one and b'"nurse"' in one for one in entries)
