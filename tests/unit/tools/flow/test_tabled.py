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
