"""`asepsis restore`: values come back for the entitled alone, and each time is in the ledger."""

import gzip
import io
import json
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner

from asepsis.core.events import read, read_payload
from asepsis.core.types import Decision, Purpose, Verdict
from asepsis.deid.commands import deid
from asepsis.deid.keeping import TENANT, Keeping
from asepsis.deid.reveal import restore_command
from asepsis.ledger.reader import LogReader

NOTE = "Seen: SSN 123-45-6789, MRN 7122250, call 415-555-2671. Metoprolol 25 mg.\n"


def allow(question):
    return Decision(Verdict.ALLOW, "may", ("static.reveal",), input=question.digest)


def deny(question):
    return Decision(Verdict.DENY, "the application may not see values again", input=question.digest)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def kept(cache, tmp_path):
    """De-identifies a file into the vault and returns what came out."""

    def run(name, text, *more):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        options = ["--cache", cache, "--profile", "token", "--vault", str(tmp_path / "vault"), *more]
        done = CliRunner().invoke(deid, [*options, str(path)])
        assert done.exit_code == 0, done.output
        first, _, rest = name.partition(".")
        return tmp_path / f"{first}.deid.{rest}"

    return run


@pytest.fixture
def back(tmp_path):
    def run(path, *more, policy=allow):
        options = ["--vault", str(tmp_path / "vault"), "--purpose", "treatment", *more]
        return CliRunner().invoke(restore_command(lambda: policy), [*options, str(path)])

    return run


def events(folder):
    return [read(entry.data) for entry in LogReader(folder / "vault" / "ledger", TENANT).entries(0)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("note.txt", NOTE),
        ("lines.ndjson", json.dumps({"note": NOTE + 'he said "call 415-555-2671"\\', "n": 1}) + "\n"),
        ("table.csv", 'note,n\r\n"SSN 123-45-6789, ""call"" 415-555-2671",1\r\nx,2\r\n'),
        ("message.hl7", "MSH|^~\\&|A|B\rNTE|1||Smith \\T\\ Co: SSN 123-45-6789\rPID|1||7122250^^^A^MR||HADDAD^UMA\r"),
    ],
)
def test_the_entitled_get_the_file_back_as_it_was(kept, back, tmp_path, name, text):
    out = kept(name, text)
    assert b"123-45-6789" not in out.read_bytes()
    done = back(out)
    assert done.exit_code == 0, done.output
    first, _, rest = name.partition(".")
    restored = tmp_path / f"{first}.restored.{rest}"
    assert restored.read_bytes().decode() == text
    assert restored.stat().st_mode & 0o777 == 0o600


def test_gzip_comes_back_packed(kept, back, tmp_path):
    out = kept("note.txt.gz", gzip.compress(NOTE.encode(), mtime=0))
    assert back(out).exit_code == 0
    assert gzip.decompress((tmp_path / "note.restored.txt.gz").read_bytes()).decode() == NOTE


def test_parquet_comes_back_in_its_types(kept, back, tmp_path):
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {
            "patient_id": [7122250, 4711],
            "birth_date": [date(1925, 3, 4), date(1961, 3, 4)],
            "seen": [datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC), None],
            "age": pa.array([99, 63], pa.int16()),
            "zip": [94110, 60614],
            "note": ["SSN 123-45-6789", "well"],
        }
    )
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    out = kept("table.parquet", sink.getvalue())
    assert parquet.read_table(out).column("birth_date").to_pylist()[0].year < 1900
    assert back(out).exit_code == 0
    assert parquet.read_table(tmp_path / "table.restored.parquet").to_pydict() == table.to_pydict()


def test_where_a_column_has_no_room_for_a_stand_in_there_is_less(kept, tmp_path):
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pa.table({"age": pa.array([99, 63], pa.int8()), "member_number": pa.array([7, -8], pa.int8())})
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    first = parquet.read_table(kept("table.parquet", sink.getvalue())).to_pydict()
    assert first["age"] == [90, 63]
    assert set(first["member_number"]) <= {None, *range(-128, 128)}


def test_dates_and_ids_that_hold_no_token_come_back(kept, back, tmp_path):
    text = (
        '{"resourceType":"Patient","id":"p-7","birthDate":"1925-03-04","link":[{"other":{"reference":"Patient/p-7"}}]}'
    )
    out = kept("p.json", text)
    assert "1925" not in out.read_text()
    assert "p-7" not in out.read_text()
    assert back(out).exit_code == 0
    assert (tmp_path / "p.restored.json").read_text() == text


def test_what_comes_out_has_a_name_of_its_own_in_a_folder_too(kept, back, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "note.txt").write_text("the original")
    assert back(kept("note.txt", NOTE), "--output", str(tmp_path / "out")).exit_code == 0
    assert (tmp_path / "out" / "note.txt").read_text() == "the original"
    assert (tmp_path / "out" / "note.restored.txt").read_text() == NOTE


def test_what_was_shown_is_counted_and_in_the_ledger(kept, back, tmp_path):
    done = back(kept("note.txt", NOTE))
    assert done.output == f"{tmp_path / 'note.restored.txt'}  3 shown\n"
    (event,) = [one for one in events(tmp_path) if one.kind == "vault.revealed"]
    payload = read_payload(event)
    assert payload.purpose is Purpose.TREATMENT
    assert {(one.kind.value, one.count) for one in payload.revealed} == {("SSN", 1), ("MRN", 1), ("PHONE", 1)}
    assert "123-45-6789" not in event.encode().decode()


def test_nobody_else_gets_anything_and_the_denial_is_in_the_ledger(kept, back, tmp_path):
    out = kept("note.txt", NOTE)
    done = back(out, policy=deny)
    assert done.exit_code == 1
    assert "may not see values again" in done.stderr
    assert not (tmp_path / "note.restored.txt").exists()
    (event,) = [one for one in events(tmp_path) if one.kind == "vault.revealed"]
    assert event.verdict is Verdict.DENY
    assert not read_payload(event).revealed


def test_tokens_of_another_project_and_invented_ones_stay(kept, back, tmp_path):
    out = kept("note.txt", NOTE, "--project", "a")
    assert back(out, "--project", "b").exit_code == 0
    assert (tmp_path / "note.restored.txt").read_bytes() == out.read_bytes()
    out.write_text("[SSN_bcdfg] and [SSN_")
    assert back(out, "--project", "a").exit_code == 0
    assert (tmp_path / "note.restored.txt").read_text() == "[SSN_bcdfg] and [SSN_"


def test_a_token_in_a_web_address_stays(kept, back, tmp_path):
    out = kept("note.txt", NOTE)
    token = out.read_text().split("SSN ")[1].split(",")[0]
    out.write_text(f"see https://example.org/?q={token} and {token} alone")
    assert back(out).exit_code == 0
    assert (tmp_path / "note.restored.txt").read_text() == f"see https://example.org/?q={token} and 123-45-6789 alone"


def test_one_bad_file_is_left_out_and_the_rest_goes_on(kept, back, tmp_path):
    out = kept("note.txt", NOTE)
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"SSN \xff")
    done = back(out, str(bad))
    assert done.exit_code == 1
    assert (tmp_path / "note.restored.txt").read_text() == NOTE
    assert done.stderr.startswith(f"error: {bad}: ")
    assert not [one.name for one in tmp_path.iterdir() if one.name.startswith((".bad", "bad.restored"))]


def test_nothing_is_shown_that_the_ledger_did_not_take(kept, back, tmp_path, monkeypatch):
    from asepsis.core.errors import Unavailable

    out = kept("note.txt", NOTE)

    def full(*_, **__):
        raise Unavailable("the disk is full")

    monkeypatch.setattr(Keeping, "record", full)
    done = back(out)
    assert done.exit_code == 1
    assert not (tmp_path / "note.restored.txt").exists()


def test_a_second_run_knows_the_tokens_of_the_first(kept):
    first = kept("note.txt", NOTE).read_text()
    assert kept("again.txt", NOTE).read_text() == first


def test_keyed_codes_and_moved_dates_have_no_vault(cache, tmp_path):
    options = ["--cache", cache, "--profile", "token", "--vault", str(tmp_path / "v"), "--weekdays"]
    done = CliRunner().invoke(deid, options, input="x")
    assert done.exit_code == 1
    assert "expected a vault for tokens alone" in done.stderr


def test_a_profile_without_tokens_has_no_vault(cache, tmp_path):
    options = ["--cache", cache, "--profile", "safe-harbor", "--vault", str(tmp_path / "v")]
    done = CliRunner().invoke(deid, options, input="x")
    assert done.exit_code == 1
    assert "expected a profile with tokens for a vault, got `safe-harbor`" in done.stderr
    assert not (tmp_path / "v").exists()
