import stat

import pytest

from asepsis.core.errors import ConfigError, Unavailable
from asepsis.core.labels import Category, Integrity, Label, SubjectRef
from asepsis.testing.clock import ManualClock
from asepsis.tools.marks import FileMarks

MARK = Label(Integrity.UNTRUSTED, frozenset(), frozenset({Category.PHI}), frozenset({SubjectRef("local", "d")}))


def test_a_mark_is_on_the_disk_until_its_time_is_up(tmp_path):
    clock, path = ManualClock(), tmp_path / "tools" / "marks.json"
    FileMarks(path, clock=clock, minutes=10).put("s", MARK)
    again = FileMarks(path, clock=clock, minutes=10)
    assert again.get("s") == MARK
    assert again.get("t") is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    clock.advance(milliseconds=11 * 60_000)
    assert again.get("s") is None
    again.put("t", MARK)
    assert b'"s"' not in path.read_bytes()


def test_a_file_that_can_not_be_read_stops_the_start(tmp_path):
    (tmp_path / "marks.json").write_text("{")
    with pytest.raises(ConfigError):
        FileMarks(tmp_path / "marks.json", clock=ManualClock(), minutes=10)


def test_a_mark_that_can_not_be_kept_is_said_so(tmp_path):
    (tmp_path / "file").write_text("")
    marks = FileMarks(tmp_path / "file2" / "marks.json", clock=ManualClock(), minutes=10)
    (tmp_path / "file2").symlink_to(tmp_path / "file")
    with pytest.raises(Unavailable):
        marks.put("s", MARK)
