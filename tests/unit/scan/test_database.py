import pytest

from asepsis.scan import database
from asepsis.scan.database import Prefilter
from asepsis.scan.errors import PackError


def test_every_end_of_every_trigger_is_reported():
    engine = Prefilter(["[0-9]{3}", "(?i)mrn"])
    assert sorted(engine.hits(b"MRN 1234 mrn")) == [(0, 7), (0, 8), (1, 3), (1, 12)]
    assert engine.fired(b"MRN 1234 mrn") == [0, 1]


def test_one_scan_leaves_nothing_to_the_next():
    engine = Prefilter(["[0-9]"])
    first = engine.hits(b"1 2")
    assert engine.hits(b"none") == []
    assert first == [(0, 1), (0, 3)]


def test_look_around_is_answered_with_more_never_with_less():
    assert (0, 3) in Prefilter(["(?<![a-z])[0-9]{3}(?![0-9])"]).hits(b"123")


def test_any_byte_can_be_scanned():
    assert Prefilter(["[0-9]"]).hits(bytes(range(256))) == [(0, at + 1) for at in range(0x30, 0x3A)]


def test_a_trigger_that_is_none_is_named():
    with pytest.raises(PackError) as caught:
        Prefilter(["fine", "(broken"])
    assert caught.value.place == "trigger 1"


def test_a_compiled_database_is_kept_and_read_again(tmp_path):
    cache = tmp_path / "deep" / "cache"
    Prefilter(["[0-9]{3}"], cache=cache)
    (kept,) = cache.iterdir()
    written = kept.stat().st_mtime_ns
    assert Prefilter(["[0-9]{3}"], cache=cache).hits(b"123") == [(0, 3)]
    assert kept.stat().st_mtime_ns == written


def test_what_was_compiled_when_the_program_was_installed_is_used(tmp_path, monkeypatch):
    Prefilter(["[0-9]{3}"], cache=tmp_path / "installed")
    monkeypatch.setattr(database, "_INSTALLED", tmp_path / "installed")
    monkeypatch.setattr(database, "_compile", None)
    assert Prefilter(["[0-9]{3}"], cache=tmp_path / "own").hits(b"123") == [(0, 3)]
    assert Prefilter(["[0-9]{3}"]).hits(b"123") == [(0, 3)]
    assert not (tmp_path / "own").exists()


def test_other_triggers_have_another_database(tmp_path):
    Prefilter(["[0-9]{3}"], cache=tmp_path)
    Prefilter(["[0-9]{4}"], cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_database_is_made_again(tmp_path, damage):
    Prefilter(["[0-9]{3}"], cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert Prefilter(["[0-9]{3}"], cache=tmp_path).hits(b"123") == [(0, 3)]
    assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_no_fault(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert Prefilter(["[0-9]{3}"], cache=blocked / "cache").hits(b"123") == [(0, 3)]
