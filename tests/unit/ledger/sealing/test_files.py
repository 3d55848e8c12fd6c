import errno
import stat

import pytest

from asepsis.core.errors import InputError, NotTrusted, Unavailable
from asepsis.core.types import SealedRef
from asepsis.infra.randomness import SystemRandomness
from asepsis.ledger.sealing import files
from asepsis.ledger.sealing.files import BodyFiles, read_body, remove_before, segments_of
from asepsis.testing.clock import ManualClock


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def made(tmp_path, disk, clock):
    files = BodyFiles(tmp_path / "bodies", disk, clock=clock, randomness=SystemRandomness())
    yield files
    files.close()


def put(made, data, tenant="t"):
    spot = made.take(tenant, len(data))
    made.write([(spot, data)])
    return SealedRef(spot.segment, spot.offset, len(data), "", 1, ())


def test_bodies_lie_one_behind_the_other_for_their_owner_only(made, tmp_path):
    one, two, other = put(made, b"one"), put(made, b"two"), put(made, b"other", "u")
    assert (one.offset, two.offset, one.segment == two.segment) == (0, 3, True)
    root = tmp_path / "bodies"
    assert [read_body(root, *at) for at in (("t", one), ("t", two), ("u", other))] == [b"one", b"two", b"other"]
    (path,) = segments_of(root, "t")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_segment_ends_with_its_size_and_with_its_day(made, clock, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 8)
    first, second, third = put(made, b"12345"), put(made, b"678"), put(made, b"9")
    assert first.segment == second.segment != third.segment
    clock.advance(milliseconds=86_400_000)
    assert put(made, b"0").segment != third.segment
    assert len(made._open) == 1


@pytest.mark.parametrize("operation", ["create", "write", "sync", "sync_folder"])
def test_what_failed_is_never_written_again(made, disk, tmp_path, operation):
    if operation in ("write", "sync"):
        put(made, b"before")
    disk.fail[operation] = errno.ENOSPC
    with pytest.raises(Unavailable):
        put(made, b"lost")
    disk.fail.clear()
    again = put(made, b"again")
    assert again.offset == 0
    assert read_body(tmp_path / "bodies", "t", again) == b"again"


def test_a_file_that_is_there_is_not_gone_on_with(made, tmp_path, clock):
    one = put(made, b"one")
    other = BodyFiles(tmp_path / "bodies", made._disk, clock=clock, randomness=SystemRandomness())
    assert put(other, b"two").segment != one.segment
    other.close()


def test_places_that_can_be_none_are_refused(tmp_path):
    good = SealedRef("20260101-0123456789abcdef", 0, 1, "", 1, ())
    assert read_body(tmp_path, "t", good) == b""
    for change in ({"segment": "../x"}, {"segment": ""}, {"size": 0}, {"size": 1 << 40}, {"offset": -1}):
        with pytest.raises(NotTrusted):
            read_body(
                tmp_path, "t", SealedRef(**{**{name: getattr(good, name) for name in good.__struct_fields__}, **change})
            )
    with pytest.raises(InputError):
        read_body(tmp_path, "../t", good)


def test_old_files_go_and_others_stay(made, tmp_path, clock):
    old = put(made, b"old")
    clock.advance(milliseconds=86_400_000)
    new = put(made, b"new")
    root = tmp_path / "bodies"
    (root / "t" / "notes.bodies").write_bytes(b"somebody else's")
    days = int(old.segment[:8]), int(new.segment[:8])
    assert remove_before(root, "t", days[1], {days[0]}) == 0
    assert remove_before(root, "t", days[1], {days[1]}) == 1
    assert [path.stem for path in segments_of(root, "t")] == [new.segment, "notes"]
    assert read_body(root, "t", old) == b""
