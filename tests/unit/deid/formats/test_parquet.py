"""Parquet: columns keep their types, and what is nested does not pass."""

import datetime as dt
import io

import pytest

from asepsis.core.errors import InputError
from asepsis.core.types import Kind
from asepsis.deid.formats import parquet
from asepsis.deid.formats.parquet import convert
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

DAY = dt.date(2024, 3, 1)
BORN = dt.date(1961, 3, 3)
ROWS = {
    "person_id": pa.array([7122, 8844, 7122], pa.int64()),
    "last_name": ["Haddad", "Okafor", None],
    "birth_datetime": pa.array(
        [dt.datetime(1961, 3, 3, 10, tzinfo=dt.UTC), dt.datetime(1930, 1, 5, tzinfo=dt.UTC), None],
        pa.timestamp("us", tz="UTC"),
    ),
    "visit_start_date": pa.array([DAY, DAY, None], pa.date32()),
    "year_of_birth": pa.array([1961, 1930, 1961], pa.int32()),
    "month_of_birth": pa.array([3, 1, 3], pa.int32()),
    "age": pa.array([63, 94, 63], pa.int16()),
    "zip": pa.array(["50010", "03601", "50010"]).dictionary_encode(),
    "value_as_number": [7.2, 5.6, None],
    "note_text": ["Haddad denies fever, SSN 123-45-6789", "metformin 500 mg", ""],
    "odd": ["who", "knows", "x"],
    "tags": [["Haddad"], [], None],
    "active": [True, False, None],
}


@pytest.fixture
def table():
    buffer = io.BytesIO()
    pq.write_table(pa.table(ROWS).replace_schema_metadata({"pandas": "Haddad"}), buffer)
    return buffer.getvalue()


@pytest.fixture
def converted(through, table):
    def run(name="safe-harbor", **more):
        return pq.read_table(io.BytesIO(through(convert, table, name, **more)))

    return run


def test_a_table_is_not_to_be_known_and_keeps_its_types(converted):
    out = converted()
    assert out.schema.names == list(ROWS)
    assert out.schema.field("person_id").type == pa.int64()
    assert out.schema.field("visit_start_date").type == pa.date32()
    got = out.to_pydict()
    assert got["last_name"] == ["[NAME]", "[NAME]", None]
    assert got["visit_start_date"] == [dt.date(2024, 1, 1)] * 2 + [None]
    assert got["birth_datetime"][:2] == [dt.datetime(1961, 1, 1, tzinfo=dt.UTC), dt.datetime(1936, 1, 1, tzinfo=dt.UTC)]
    assert got["year_of_birth"] == [1961, 1936, 1961]
    assert got["month_of_birth"] == [None] * 3
    assert got["age"] == [63, 90, 63]
    assert got["zip"] == ["500", "000", "500"]
    assert got["value_as_number"] == [7.2, 5.6, None]
    assert got["note_text"] == ["[NAME] denies fever, SSN [SSN]", "metformin 500 mg", ""]
    assert got["odd"] == ["[OTHER_ID]"] * 3
    assert got["tags"] == [None] * 3
    assert got["active"] == [True, False, None]


def test_nothing_is_left_beside_the_columns(through, table):
    out = through(convert, table, "safe-harbor")
    assert b"Haddad" in table
    assert b"Haddad" not in out


def test_a_person_is_another_number_and_the_same_in_each_row(converted):
    one, two, three = converted().to_pydict()["person_id"]
    assert one == three
    assert len({one, two, 7122, 8844}) == 4


def test_dates_of_a_person_move_together(converted, memory):
    got = converted("expert-determination").to_pydict()
    moved = memory.surrogate(Kind.DATE, "2024-03-01", subject="7122")
    assert got["visit_start_date"][0].isoformat() == moved
    born = got["birth_datetime"][0]
    assert (got["visit_start_date"][0] - born.date()) == DAY - BORN
    assert born.time() == dt.time(10)


def test_the_rows_that_share_what_identifies_are_counted(scanner, memory, table):
    deidentifier = Deidentifier(scanner, read_profiles()["safe-harbor"], memory)
    list(convert(io.BytesIO(table), scanner, deidentifier))
    assert deidentifier.risk.rows == 3
    assert "year_of_birth" in deidentifier.risk.columns
    assert deidentifier.risk.k == 1


def test_many_rows_stay_in_order(through):
    buffer = io.BytesIO()
    pq.write_table(pa.table({"person_id": list(range(10_000, 15_000)), "n": list(range(5000))}), buffer)
    got = pq.read_table(io.BytesIO(through(convert, buffer.getvalue()))).to_pydict()
    assert got["n"] == list(range(5000))
    assert len(set(got["person_id"])) == 5000


@pytest.mark.parametrize("cut", [4, 100, -8])
def test_a_cut_file_is_refused(through, table, cut):
    with pytest.raises(InputError, match="whole Parquet file"):
        through(convert, table[:cut])


def test_what_is_too_large_is_refused(through, table, monkeypatch):
    monkeypatch.setattr(parquet, "LARGEST", 10)
    with pytest.raises(InputError, match="at most 10 bytes"):
        through(convert, table)


def test_a_file_that_says_it_unpacks_to_far_more_is_refused(through, monkeypatch):
    buffer = io.BytesIO()
    pq.write_table(
        pa.table({"note": ["a" * 3_000_000, "b"]}),
        buffer,
        use_dictionary=False,
        compression="zstd",
        data_page_size=1 << 25,
    )
    monkeypatch.setattr(parquet, "_FREE", 0)
    with pytest.raises(InputError, match="unpacks to at most 200 times its size"):
        through(convert, buffer.getvalue())


def test_a_dictionary_that_is_repeated_past_all_bounds_is_refused(through, monkeypatch):
    buffer = io.BytesIO()
    pq.write_table(pa.table({"note": ["word " * 1000] * 2000}), buffer)
    assert len(buffer.getvalue()) < 20_000
    monkeypatch.setattr(parquet, "UNPACKED", 1_000_000)
    with pytest.raises(InputError, match="at most 1000000 bytes in 2000 rows"):
        through(convert, buffer.getvalue())
