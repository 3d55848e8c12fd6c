"""Files are written whole or not at all, and one that fails does not stop the rest."""

import gzip

import pytest

from asepsis.core.types import Kind
from asepsis.deid import files
from asepsis.deid.files import Batch, output_of
from asepsis.deid.formats.detect import Format
from asepsis.deid.profiles import read_profiles
from asepsis.deid.text import Deidentifier

GIVEN = b"MRN 7122250 and words\n"
CLEAN = b"MRN [MRN] and words\n"


@pytest.fixture
def batch(scanner, memory):
    def make(**more):
        return Batch(scanner, lambda: Deidentifier(scanner, read_profiles()["mask"], memory), **more)

    return make


def beside(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_beside_itself(batch, tmp_path):
    file = tmp_path / "note.txt"
    file.write_bytes(GIVEN)
    done = batch().run(file)
    assert (done.error, done.format, done.counts) == ("", "text", {Kind.MRN: 1})
    assert done.output == tmp_path / "note.deid.txt"
    assert done.output.read_bytes() == CLEAN
    assert file.read_bytes() == GIVEN
    assert beside(tmp_path) == ["note.deid.txt", "note.txt"]


def test_a_file_is_written_into_a_folder(batch, tmp_path):
    file = tmp_path / "note.txt"
    file.write_bytes(GIVEN)
    folder = tmp_path / "out" / "deep"
    assert batch(folder=folder).run(file).output == folder / "note.txt"
    assert (folder / "note.txt").read_bytes() == CLEAN


@pytest.mark.parametrize(
    ("name", "out"), [("a.tar.x.txt", "a.deid.tar.x.txt"), ("a", "a.deid"), (".hidden", ".hidden.deid")]
)
def test_the_name_of_what_comes_out(tmp_path, name, out):
    assert output_of(tmp_path / name, None).name == out


def test_a_gzip_file_stays_one(batch, tmp_path):
    file = tmp_path / "note.txt.gz"
    file.write_bytes(gzip.compress(GIVEN))
    done = batch().run(file)
    assert done.output == tmp_path / "note.deid.txt.gz"
    assert gzip.decompress(done.output.read_bytes()) == CLEAN


def test_a_bomb_is_refused_and_nothing_is_left(batch, tmp_path):
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(b"word \n" * 10_000_000))
    done = batch().run(file)
    assert done.error.endswith(f"expected a file that unpacks to at most {files.RATIO} times its size")
    assert beside(tmp_path) == ["bomb.gz"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"ok \xff MRN 7122250", "byte 3: expected text in utf-8"),
        ("a.jsonl", b'{"id":1,"text":"x"}\noops MRN 7122250\n', 'line 2: expected an object with "id" and "text"'),
        ("a.zip", b"PK\x03\x04", "expected a format that can be de-identified, got a zip archive"),
        ("a.txt.gz", gzip.compress(GIVEN * 99, mtime=0)[:-9], "expected a whole gzip file"),
        ("a.txt", b"ok " + b"x" * 2_000_000 + b'"', "character 3: expected a break within 1048576 characters of text"),
    ],
)
def test_a_bad_file_is_named_with_its_place_and_nothing_is_left(batch, tmp_path, name, content, message):
    file = tmp_path / name
    file.write_bytes(content)
    done = batch().run(file)
    assert done.error == f"{file}: {message}"
    assert done.output is None
    assert beside(tmp_path) == [name]


def test_an_output_that_was_there_stays_when_the_file_is_bad(batch, tmp_path):
    (tmp_path / "a.deid.txt").write_bytes(b"earlier")
    (tmp_path / "a.txt").write_bytes(b"\xff")
    assert batch().run(tmp_path / "a.txt").error
    assert (tmp_path / "a.deid.txt").read_bytes() == b"earlier"


def test_a_file_that_is_not_there_is_told(batch, tmp_path):
    assert "expected a file that can be read" in batch().run(tmp_path / "none").error


def test_what_was_read_is_told(batch, tmp_path):
    file = tmp_path / "note.txt"
    file.write_bytes(GIVEN * 1000)
    told = []
    batch(form=Format.TEXT).run(file, passed=told.append)
    assert sum(told) == len(GIVEN) * 1000


def test_a_fault_with_one_file_is_told_by_its_type_alone(batch, tmp_path, monkeypatch):
    def broken(source, scanner, deidentifier):
        yield b"half"
        raise KeyError("Haddad")

    monkeypatch.setitem(files.CONVERTERS, Format.TEXT, broken)
    file = tmp_path / "a.txt"
    file.write_bytes(GIVEN)
    done = batch().run(file)
    assert done.error.endswith("`KeyError`")
    assert "Haddad" not in done.error
    assert beside(tmp_path) == ["a.txt"]


def test_no_output_takes_the_place_of_an_input_or_of_another_output(batch, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for folder in (tmp_path, other):
        (folder / "note.txt").write_bytes(GIVEN)
    done = batch(folder=tmp_path).run(tmp_path / "note.txt")
    assert done.error.endswith("expected an output of its own, got a name that an input has")
    assert (tmp_path / "note.txt").read_bytes() == GIVEN
    out = tmp_path / "out"
    made = batch(folder=out)
    assert not made.run(tmp_path / "note.txt").error
    (other / "note.txt").write_bytes(b"another")
    assert made.run(other / "note.txt").error.endswith("expected an output of its own, got a name that another has")
    assert (out / "note.txt").read_bytes() == CLEAN
