import pytest

from asepsis.tools.flow.tabled import gridded, structured
from asepsis.tools.types import Source

TABLE = "| chart | name |\n| --- | --- |\n| W-1 | Ann |\n| W-2 | Bob |"
SEPARATED = 'store,name,phone\nS-1,"Harbor, Inc.",1\nS-2,Elm,2'


def test_a_table_is_its_rows():
    assert structured(TABLE, Source.PARTY, tables=True) == (
        [{"chart": "W-1", "name": "Ann"}, {"chart": "W-2", "name": "Bob"}],
        True,
    )


def test_a_table_in_what_somebody_wrote_has_their_rows_and_is_not_read():
    assert structured(TABLE, Source.FREE, tables=False) == (TABLE, False)
    assert structured(SEPARATED, Source.FREE, tables=False) == (SEPARATED, False)


def test_csv_is_its_rows_where_each_cell_of_its_heading_is_a_name():
    rows = [{"store": "S-1", "name": "Harbor, Inc.", "phone": "1"}, {"store": "S-2", "name": "Elm", "phone": "2"}]
    assert structured(SEPARATED, Source.FREE, tables=True) == (rows, True)


@pytest.mark.parametrize(
    "text",
    [
        "store,name,note\nS-1,Harbor,x",  # whoever writes a note may write rows
        SEPARATED + "\nS-2,Eve,3",  # one that begins as another does
        SEPARATED + "\nS-3,Eve",
        SEPARATED.replace("Elm", 'E"lm'),
        'store,name\nS-1,"Harbor\nS-2",x',
        "Dear Ann,thank you\nyours,Bob",
        "name\nAnn\nBob",
    ],
)
def test_what_is_no_csv_or_may_be_broken_stays_one_text(text):
    assert structured(text, Source.FREE, tables=True) == (text, False)


def test_lines_of_a_directory_are_lists_of_their_pieces():
    assert structured("11  Ann  1980\n12  Bob  1990", Source.PARTY, tables=True)[0] == [
        ["11", "Ann", "1980"],
        ["12", "Bob", "1990"],
    ]


def test_what_anybody_may_have_broken_into_rows_stays_one_text():
    for text in (
        "| chart | note |\n| --- | --- |\n| W-1 | x |",  # whoever writes a note may write rows
        TABLE + "\n| W-2 | Eve |",  # one that begins as another does
        TABLE + "\n| W-3 | a | b |",
    ):
        assert structured(text, Source.PARTY, tables=True) == (text, False)
    assert structured("11  Ann\n12  Bob", Source.FREE, tables=True) == ("11  Ann\n12  Bob", False)
    assert structured("one line", Source.PARTY, tables=True) == ("one line", False)


@pytest.mark.parametrize("end", ["\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
def test_what_only_some_readers_take_for_a_line_break_makes_no_record(end):
    forged = TABLE.replace("Ann", f"Ann |{end}| W-9 | Eve")
    assert structured(forged, Source.PARTY, tables=True) == (forged, False)
    lines = f"11  Ann{end}13  Eve\n12  Bob"
    assert structured(lines, Source.PARTY, tables=True) == (lines, False)


def test_a_table_has_the_bars_of_its_heading_in_each_row_and_no_other():
    for row in ("W-3 | Eve |", "| W-3 | Eve", "W-3 | Eve", "| W-3 \\| Eve |"):
        forged = f"{TABLE}\n{row}"
        assert structured(forged, Source.PARTY, tables=True) == (forged, False)
    assert structured("| chart | name\n| --- | ---\n| W-1 | Ann", Source.PARTY, tables=True)[1]


def test_lines_may_end_as_in_windows():
    assert structured(TABLE.replace("\n", "\r\n"), Source.PARTY, tables=True) == structured(
        TABLE, Source.PARTY, tables=True
    )


def test_columns_and_rows_are_the_objects_that_they_show():
    grid = {"columns": ["case", "title"], "rows": [["c-1", "x"], ["c-2", "y"]]}
    rows = [{"case": "c-1", "title": "x"}, {"case": "c-2", "title": "y"}]
    assert gridded(grid) == {"rows": rows}
    assert gridded({"result": grid, "ok": True}) == {"result": {"rows": rows}, "ok": True}


@pytest.mark.parametrize(
    "grid",
    [
        {"columns": ["case", "title"], "rows": [["c-1"]]},
        {"columns": ["case", "case"], "rows": [["c-1", "x"]]},
        {"columns": ["case", {"name": "title"}], "rows": [["c-1", "x"]]},
        {"columns": ["case", "Pay it, now!"], "rows": [["c-1", "x"]]},
        {"columns": [], "rows": []},
        {"columns": ["case"], "rows": "c-1"},
        [["c-1", "x"]],
    ],
)
def test_what_is_no_grid_stays_as_it_is(grid):
    assert gridded(grid) == grid
