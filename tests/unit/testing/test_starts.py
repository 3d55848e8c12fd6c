"""The system of tests that is not started."""

from asepsis.testing.starts import GOOD, change


def test_a_change_is_seen_however_coarse_the_clock(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text("")
    before = file.stat().st_mtime_ns
    change(file, GOOD)
    assert (file.read_text(), file.stat().st_mtime_ns > before) == (GOOD, True)
