import pytest

from asepsis.tools.flow.tabled import structured
from asepsis.tools.types import Source

TABLE = "| chart | name |\n| --- | --- |\n| W-1 | Ann |\n| W-2 | Bob |"


def test_a_table_is_its_rows():
    assert structured(TABLE, Source.PARTY) == ([{"chart": "W-1", "name": "Ann"}, {"chart": "W-2", "name": "Bob"}], True)


def test_lines_of_a_directory_are_lists_of_their_pieces():
    assert structured("11  Ann  1980\n12  Bob  1990", Source.PARTY)[0] == [["11", "Ann", "1980"], ["12", "Bob", "1990"]]


def test_what_anybody_may_have_broken_into_rows_stays_one_text():
    for text in (
        "| chart | note |\n| --- | --- |\n| W-1 | x |",  # whoever writes a note may write rows
        TABLE + "\n| W-2 | Eve |",  # one that begins as another does
        TABLE + "\n| W-3 | a | b |",
    ):
        assert structured(text, Source.PARTY) == (text, False)
    assert structured("11  Ann\n12  Bob", Source.FREE) == ("11  Ann\n12  Bob", False)
    assert structured("one line", Source.PARTY) == ("one line", False)


@pytest.mark.parametrize("end", ["\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
def test_what_only_some_readers_take_for_a_line_break_makes_no_record(end):
    forged = TABLE.replace("Ann", f"Ann |{end}| W-9 | Eve")
    assert structured(forged, Source.PARTY) == (forged, False)
    lines = f"11  Ann{end}13  Eve\n12  Bob"
    assert structured(lines, Source.PARTY) == (lines, False)


def test_a_table_has_the_bars_of_its_heading_in_each_row_and_no_other():
    for row in ("W-3 | Eve |", "| W-3 | Eve", "W-3 | Eve", "| W-3 \\| Eve |"):
        forged = f"{TABLE}\n{row}"
        assert structured(forged, Source.PARTY) == (forged, False)
    assert structured("| chart | name\n| --- | ---\n| W-1 | Ann", Source.PARTY)[1]


def test_lines_may_end_as_in_windows():
    assert structured(TABLE.replace("\n", "\r\n"), Source.PARTY) == structured(TABLE, Source.PARTY)
