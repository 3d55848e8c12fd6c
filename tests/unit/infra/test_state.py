"""The state folder."""

import pytest

from asepsis.core.errors import ConfigError
from asepsis.infra.state import Paths, set_up
from asepsis.testing.randomness import SeededRandomness


def test_all_that_lasts_lies_in_the_state_folder(tmp_path):
    paths = Paths(tmp_path)
    for path in (paths.ledger, paths.socket, paths.snapshot, paths.database, paths.master_key, paths.cache):
        assert tmp_path in path.parents
    assert str(paths.database) in paths.database_url


def test_it_is_made_once_and_its_key_stays(tmp_path):
    paths = Paths(tmp_path / "deep" / "state")
    assert set_up(paths, SeededRandomness()) == ()
    key = paths.master_key.read_bytes()
    paths.socket.touch()
    set_up(paths, SeededRandomness(seed=2))
    assert paths.master_key.read_bytes() == key
    assert paths.master_key.stat().st_mode & 0o077 == 0
    assert paths.state.stat().st_mode & 0o077 == 0
    assert not paths.socket.exists()
    assert not paths.database.exists()


def test_a_database_of_another_schema_is_refused(tmp_path):
    (tmp_path / "control.db").touch()
    with pytest.raises(ConfigError, match="db upgrade"):
        set_up(Paths(tmp_path), SeededRandomness())
