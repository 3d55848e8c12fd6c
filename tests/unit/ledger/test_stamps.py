import pytest

from asepsis.ledger.stamps import FOLDER, Stamped, covering, keep, newest, sizes, stamped


def test_stamps_are_kept_by_the_size_of_their_checkpoints(tmp_path):
    assert (sizes(tmp_path), newest(tmp_path), covering(tmp_path, 1)) == ([], None, None)
    made = [Stamped(size, b"note %d" % size, b"token %d" % size) for size in (300, 9, 10)]
    for one in made:
        keep(tmp_path, one)
    assert sizes(tmp_path) == [9, 10, 300]
    assert newest(tmp_path) == made[0]
    assert stamped(tmp_path, 9) == made[1]
    assert [covering(tmp_path, end) and covering(tmp_path, end).size for end in (1, 9, 10, 11, 301)] == [
        9,
        9,
        10,
        300,
        None,
    ]


def test_a_stamp_that_was_kept_again_is_the_later_one(tmp_path):
    keep(tmp_path, Stamped(5, b"a", b"b"))
    keep(tmp_path, Stamped(5, b"c", b"d"))
    assert stamped(tmp_path, 5) == Stamped(5, b"c", b"d")


def test_what_is_no_stamp_is_none(tmp_path):
    keep(tmp_path, Stamped(5, b"a", b"b"))
    for name in ("x.tsr", "00000000000000000006.tsr", "00000000000000000007.note", "5.tsr", "5.note"):
        (tmp_path / FOLDER / name).write_bytes(b"")
    assert sizes(tmp_path) == [5]
    with pytest.raises(FileNotFoundError):
        stamped(tmp_path, 6)
