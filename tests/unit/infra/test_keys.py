"""The master key's file, derived keys, and the keyed digest."""

import hashlib
import hmac
import multiprocessing
import os

import pytest

from asepsis.core.errors import ConfigError
from asepsis.infra.keys import FileKeys, HmacDigester, create_master_key
from asepsis.infra.randomness import SystemRandomness
from asepsis.testing.randomness import SeededRandomness


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "state" / "master.key"
    create_master_key(path, SeededRandomness())
    return path


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "state" / "master.key"
    assert create_master_key(path, SeededRandomness(seed=1))
    first = path.read_bytes()
    assert not create_master_key(path, SeededRandomness(seed=2))
    assert path.read_bytes() == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["master.key"]


def create(path):
    return create_master_key(path, SystemRandomness())


def test_of_many_processes_one_makes_the_key(tmp_path):
    path = tmp_path / "master.key"
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        made = pool.map(create, [path] * 12)
    assert made.count(True) == 1
    assert len(path.read_bytes()) == 32
    assert [one.name for one in tmp_path.iterdir()] == ["master.key"]


def test_a_left_over_temporary_file_is_no_hindrance(tmp_path):
    (tmp_path / f".master.key.{os.getpid()}").write_bytes(b"half")
    assert create_master_key(tmp_path / "master.key", SystemRandomness())


def test_a_folder_that_takes_no_key_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError):
        create_master_key(tmp_path / "file" / "master.key", SystemRandomness())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_use_is_refused(path, mode):
    path.chmod(mode)
    with pytest.raises(ConfigError, match=f"got mode {mode:o}"):
        FileKeys(path)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_size_is_refused(path, size):
    path.write_bytes(b"k" * size)
    with pytest.raises(ConfigError, match="32 bytes"):
        FileKeys(path)


def test_a_missing_key_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="got none"):
        FileKeys(tmp_path / "none")


def test_keys_repeat_and_differ_by_tenant_and_name(path):
    pairs = [("a", "b"), ("ab", ""), ("", "ab"), ("b", "a"), ("a", "c")]
    keys = {pair: FileKeys(path).key(pair[1], tenant=pair[0]) for pair in pairs}
    assert len(set(keys.values())) == len(pairs)
    assert all(len(key) == 32 for key in keys.values())
    assert keys["a", "b"] == FileKeys(path).key("b", tenant="a")


def expand(master, info):
    # RFC 5869 2.2 and 2.3 for one block and no salt, from the text.
    extracted = hmac.digest(bytes(32), master, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def test_keys_are_hkdf_of_the_master_key(path):
    info = b"asepsis key v1\x00\x00\x00\x01t\x00\x00\x00\x06digest"
    assert FileKeys(path).key("digest", tenant="t") == expand(path.read_bytes(), info)


def test_a_digest_is_an_hmac_cut_to_128_bits(path):
    keys = FileKeys(path)
    expected = hmac.new(keys.key("digest", tenant="t"), b"SSN\x00078-05-1120", hashlib.sha256).hexdigest()[:32]
    digester = HmacDigester(keys)
    assert digester.digest("SSN", "078-05-1120", tenant="t") == expected
    assert digester.digest("SSN", "078-05-1120", tenant="t") == expected


def test_digests_differ_by_kind_value_and_tenant(path):
    digester = HmacDigester(FileKeys(path))
    made = {digester.digest(kind, value, tenant=t) for kind in ("A", "B") for value in "xy\ud800" for t in ("s", "t")}
    assert len(made) == 12


def test_more_tenants_than_are_kept_ready_stay_right(path):
    digester = HmacDigester(FileKeys(path))
    first = digester.digest("SSN", "1", tenant="0")
    for number in range(1100):
        digester.digest("SSN", "1", tenant=str(number))
    assert len(digester._ready) == 1024
    assert digester.digest("SSN", "1", tenant="0") == first
