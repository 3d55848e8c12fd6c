"""CSV: cells by their column, and every quote, separator and line end as it was."""

import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from asepsis.core.errors import InputError
from asepsis.core.types import Kind
from asepsis.deid import Memory, Scope, ScopeKind
from asepsis.deid.dice import RandomDraws
from asepsis.deid.formats import delimited
from asepsis.deid.formats.delimited import convert
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier
from asepsis.scan import ScanConfig, build
from asepsis.testing.randomness import SeededRandomness

TABLE = (
    "person_id,first_name,LastName,dob,age,Zip,state,gender,visit_date,note_text,hba1c,odd\r\n"
    '7122,Uma,Haddad,1961-03-03,63,50010,IA,F,2024-03-01,"Mrs. Haddad, ""well"", call 415-555-2671",7.2,who\r\n'
    '8844,John,"O\'Neil, Jr",1930-01-05,94,03601,NH,M,2024-03-02,"no fever;\r\nmetformin 500 mg",5.6,knows\r\n'
    "7122,Uma,Haddad,1961-03-03,63,50010,IA,F,2024-03-09,Haddad denies pain,7.0,x\r\n"
)


@pytest.fixture
def converted(through):
    def run(text, name="safe-harbor", **more):
        return through(convert, text.encode(), name, **more).decode()

    return run


def rows(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_table_is_not_to_be_known(converted):
    out = converted(TABLE)
    first, second = rows(out)[1:3]
    assert rows(out)[0] == rows(TABLE)[0]
    assert first[1:] == [
        "[NAME]",
        "[NAME]",
        "1961",
        "63",
        "500",
        "IA",
        "F",
        "2024",
        'Mrs. [NAME], "well", call [PHONE]',
        "7.2",
        "[OTHER_ID]",
    ]
    assert second[3:7] == ["1936", "90", "000", "NH"]
    assert second[9] == "no fever;\r\nmetformin 500 mg"


def test_a_person_is_the_same_in_each_row_and_is_not_the_one_before(converted):
    out = rows(converted(TABLE))
    assert out[1][0] == out[3][0]
    assert len({out[1][0], out[2][0], "7122", "8844"}) == 4
    assert out[1][0].isdigit()


def test_dates_of_a_person_move_together(converted, memory):
    out = rows(converted(TABLE, "expert-determination"))
    assert out[1][8] == memory.surrogate(Kind.DATE, "2024-03-01", subject="7122")
    assert out[3][8] == memory.surrogate(Kind.DATE, "2024-03-09", subject="7122")


def test_a_name_is_looked_for_in_its_own_row_alone(converted):
    text = "first_name,note_text\nRose,Rose came\nUma,a rose and Uma\n"
    assert converted(text, "mask") == "first_name,note_text\n[NAME],Rose came\n[NAME],a rose and [NAME]\n"


def test_what_needs_quotes_gets_them(converted):
    text = "note_text,city\nSSN 078-05-1120,Ames\n"
    out = converted("dob,city\n1961-03-03,Ames\n", "expert-determination")
    assert len(rows(out)[1]) == 2
    assert converted(text, "mask") == "note_text,city\nSSN [SSN],[GEO]\n"


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_stay(converted, separator, end):
    text = end.join(
        separator.join(row)
        for row in (
            ["mrn", "hba1c", "ssn"],
            ["77812", "7.2", "078-05-1120"],
            ["99112", "5,6" if separator != "," else "5.6", ""],
        )
    )
    out = converted(text, "mask")
    assert out.count(separator) == text.count(separator)
    assert out.count(end) == text.count(end)
    assert f"7.2{separator}[SSN]" in out


def test_a_table_without_a_header_is_judged_by_its_values(converted):
    out = converted("7122,078-05-1120,1961-03-03,7.2\n8122,219-09-9999,1970-03-03,7.9\n")
    assert out == "7122,[SSN],1961,7.2\n8122,[SSN],1970,7.9\n"


def test_cells_beyond_the_columns_are_closed(converted):
    assert converted("mrn,hba1c\n77812,7.2,Haddad\n").endswith(",7.2,[OTHER_ID]\n")
    assert converted("mrn,hba1c\n" + "77812,7.2\n" * 300 + "1,2,Haddad\n").endswith(",2,[OTHER_ID]\n")


def test_the_rows_that_share_what_identifies_are_counted(scanner, memory):
    deidentifier = Deidentifier(scanner, read_profiles()["safe-harbor"], memory)
    list(convert(io.BytesIO(TABLE.encode()), scanner, deidentifier))
    risk = deidentifier.risk
    assert risk.columns == ("dob", "age", "Zip", "state", "gender")
    assert (risk.rows, risk.classes, risk.k, risk.unique) == (3, 2, 1, 2)
    assert risk.people


def test_only_named_columns_stay_where_a_profile_says_so(converted):
    own = replace(
        read_profiles()["minimum-necessary"],
        fields={"person_id": "token", "hba1c": "keep", "Zip": "generalise"},
        unnamed="drop",
        sparse=("500",),
    )
    first = rows(converted(TABLE, profile=own))[1]
    assert re.fullmatch(r"\[ID_\w+\]", first[0])
    assert [one for one in first[1:] if one] == ["000", "7.2"]


@pytest.mark.parametrize(("doing", "out"), [("drop", ""), ("mask", "[DATE]"), ("keep", "1961-03-03")])
def test_a_profile_s_word_on_a_date_wins(converted, doing, out):
    own = replace(read_profiles()["safe-harbor"], fields={"dob": doing})
    assert rows(converted(TABLE, profile=own))[1][3] == out


def test_a_large_table_needs_little_memory_and_stays_in_order(converted):
    text = "person_id,hba1c\n" + "".join(f"{n + 10_000},{n}\n" for n in range(3000))
    out = rows(converted(text))
    assert [row[1] for row in out[1:]] == [str(n) for n in range(3000)]
    assert len({row[0] for row in out[1:]}) == 3000


@pytest.mark.parametrize(
    ("data", "place"),
    [(b'a,b\n1,"Haddad', "line 2"), (b"a,b\n\xff", "byte 4"), (b'a,b\n1,2\n3,"x\n' * 2, "")],
)
def test_what_cannot_be_read_is_refused_with_its_place(through, data, place):
    if place:
        with pytest.raises(InputError) as refused:
            through(convert, data)
        assert refused.value.place == place
        assert "Haddad" not in str(refused.value)


def test_a_row_without_end_is_refused(through, monkeypatch):
    monkeypatch.setattr(delimited, "ROW", 100)
    with pytest.raises(InputError, match="at most 100 characters"):
        through(convert, b"x" * 200)


def test_marks_in_front_stay(converted):
    assert converted("\ufeffmrn,hba1c\n77812,7.2\n", "mask").startswith("\ufeffmrn,hba1c\n")


def test_an_empty_file_stays_empty(converted):
    assert converted("") == ""


SCANNER = build(ScanConfig(), digester=None, tenant="t", cache=None)
CELLS = st.sampled_from(
    ["Haddad", "", "7.2", "1961-03-03", '"a,b"', '"say ""x"""', '"two\nlines"', "'", "078-05-1120", " x ", "é"]
)


@settings(max_examples=100)
@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from(["mask", "expert-determination", "safe-harbor"]),
)
def test_any_table_keeps_its_shape_and_its_measures(cells, name):
    text = "last_name,result,comment\n" + "".join(",".join(row) + "\n" for row in cells)
    memory = Memory(Scope("t", ScopeKind.SESSION, "s"), RandomDraws(SeededRandomness()), today=2026)
    deidentifier = Deidentifier(SCANNER, read_profiles()[name], memory)
    out = b"".join(convert(io.BytesIO(text.encode()), SCANNER, deidentifier)).decode()
    before, after = rows(text), rows(out)
    assert [len(row) for row in after] == [len(row) for row in before]
    for old, new in zip(before[1:], after[1:], strict=True):
        assert (old[1] == "7.2") <= (new[1] == "7.2")
        assert not old[0].strip() or old[0] != new[0] or name == "expert-determination"
