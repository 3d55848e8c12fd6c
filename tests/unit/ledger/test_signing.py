import pytest

from asepsis.core.errors import ConfigError, NotTrusted
from asepsis.ledger.format import Seal
from asepsis.ledger.signing import VKEYS, keep, own_keys, read_vkeys, signed_by
from asepsis.ledger.tlog import notes, offline
from asepsis.ledger.tlog.checkpoints import Checkpoint
from asepsis.ledger.tlog.keys import KeyType
from asepsis.testing.keys import NamedKeys

KEYS = NamedKeys()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "acme").mkdir()
    return tmp_path / "acme"


def test_a_new_logs_public_keys_are_kept_in_its_folder(folder):
    signers = keep(folder, KEYS)
    kept = read_vkeys(folder / VKEYS)
    assert [key.kind for key in kept] == [KeyType.ED25519, KeyType.ML_DSA_44]
    assert kept == tuple(key.verifier for key in signers)
    assert keep(folder, KEYS).origin == signers.origin
    assert (folder / VKEYS).stat().st_mode & 0o077 == 0


def test_logs_are_called_after_their_keys_or_as_they_are_told(folder, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "a" / "acme").mkdir(parents=True)
    (tmp_path / "b" / "acme").mkdir(parents=True)
    names = {
        keep(folder, KEYS).origin,
        keep(tmp_path / "other", KEYS).origin,
        keep(tmp_path / "a" / "acme", NamedKeys("other")).origin,
    }
    assert len(names) == 3
    assert {name.rpartition("/")[2] for name in names} == {"acme", "other"}
    assert keep(tmp_path / "b" / "acme", KEYS, name="example.org/logs").origin == "example.org/logs/acme"


def test_other_keys_are_refused(folder):
    keep(folder, KEYS)
    with pytest.raises(ConfigError):
        keep(folder, NamedKeys("other"))


def test_a_seal_is_the_signature_of_its_checkpoint(folder):
    signers = keep(folder, KEYS)
    seal = signers.seal(3, bytes(32))
    assert signed_by(signers.commit.verifier, seal)
    assert not signed_by(signers.commit.verifier, seal._replace(size=4))
    assert not signed_by(signers.commit.verifier, Seal(3, bytes(32), bytes(64)))
    note = notes.render(Checkpoint(signers.origin, 3, bytes(32)).render(), [signers.committed(seal)])
    assert offline.open_checkpoint(note, keys=read_vkeys(folder / VKEYS)).size == 3


def test_a_ledgers_own_key_is_made_once(tmp_path):
    one, two = own_keys(tmp_path), own_keys(tmp_path)
    assert one.key("a", tenant="t") == two.key("a", tenant="t")


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\xff", b"\n"])
def test_a_damaged_file_of_keys_is_not_trusted(folder, data):
    keep(folder, KEYS)
    (folder / VKEYS).write_bytes(data)
    with pytest.raises(NotTrusted):
        keep(folder, KEYS)
    lines = tuple(key.verifier.render() for key in keep_again(folder))
    (folder / VKEYS).write_text(f"{lines[1]}\n{lines[0]}\n")
    with pytest.raises(NotTrusted):
        read_vkeys(folder / VKEYS)


def keep_again(folder):
    (folder / VKEYS).unlink()
    return keep(folder, KEYS)
