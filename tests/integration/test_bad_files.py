"""Files that are broken, cut, too long, packed to burst or no text: each is named with its place, the rest goes on.

The command is run as a person would, on a folder with one sound file and one bad one of each sort.
"""

import gzip
import json
import os
import resource
import subprocess
import sys
import zipfile

import pytest

SOUND = "MRN 7122250 and words\n"
HELD = ("7122250", "Haddad", "123-45-6789")
LINE = json.dumps({"note": "SSN 123-45-6789"})
MESSAGE = "MSH|^~\\&|A|B\rPID|1||7122250^^^A^MR||Haddad\r"
ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240303*1015*^*00501*000000907*0*T*:~"
BATCH = "FHS|^~\\&|A|B\rBHS|^~\\&|A|B\r" + MESSAGE
HUGE = 2 << 30

BAD = {
    "latin.txt": (b"Haddad \xe9t\xe9", "byte 7: expected text in utf-8"),
    "latin.csv": (b"name,n\nHaddad,1\nJos\xe9,2\n", "byte 19: expected text in utf-8"),
    "latin.json": (b'{"a": "Haddad \xe9"}', "byte 14: expected text in utf-8"),
    "latin.ndjson": (f"{LINE}\n".encode() * 2 + b'{"a":"\xe9"}\n', "line 3, byte 6: expected text in utf-8"),
    "latin.hl7": (MESSAGE.encode() + b"NTE|1||\xe9\r", f"byte {len(MESSAGE) + 7}: expected text in utf-8"),
    "latin.x12": (f"{ISA}NTE*ADD*".encode() + b"\xe9~IEA*1*1~", "byte 114: expected text in utf-8"),
    "wide.txt": ("Haddad".encode("utf-16"), "expected text in utf-8, got utf-16"),
    "zero.txt": (b"x" * 5000 + b"\x00 Haddad", "byte 5000: expected text, got a zero byte"),
    "zero.hl7": (MESSAGE.encode() + b"NTE|1||" + b"x" * 5000 + b"\x00\r", "expected text, got a zero byte"),
    "broken.ndjson": (
        b'{"n": 1}\n' * 39_999 + b'{"note": "Haddad\n' + f"{LINE}\n".encode(),
        "line 40000, column 17: expected JSON",
    ),
    "broken.json": (b'{\n"a": "Haddad",\n"b" 7122250}', "line 3, column 5: expected JSON"),
    "cut-batch.hl7": (BATCH.encode(), "segment 5: expected the trailer BTS of a batch, got the end of the file"),
    "cut-frame.hl7": (
        f"\x0b{MESSAGE}\x1c\r\x0b{MESSAGE}".encode(),
        "segment 6: expected the end of a frame, got the end of the file",
    ),
    "cut.hl7": (MESSAGE[:-20].encode() + b"\rZ", "segment 3: expected the name of a segment"),
    "cut.x12": (f"{ISA}GS*HC~ST*837".encode(), "segment 3: expected the end of a segment, got the end of the file"),
    "cut.csv": (b'a,b\n1,"Haddad\n', "line 2: expected a closing quote, got the end of the file"),
    "cut.txt.gz": (gzip.compress(SOUND.encode() * 99, mtime=0)[:-9], "expected a whole gzip file"),
    "cut.parquet": (b"PAR1 Haddad PAR1", "expected a whole Parquet file"),
    "bomb.txt.gz": (
        gzip.compress(b"word \n" * 8_000_000),
        "expected a file that unpacks to at most 200 times its size",
    ),
    "nested.json": (b"[" * 100_000, "expected a document at most 128 deep"),
}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder, and what the command said about the bad files and one sound file among them."""
    folder = tmp_path_factory.mktemp("bad")
    for name, (content, _) in BAD.items():
        (folder / name).write_bytes(content)
    (folder / "z-sound.txt").write_text(SOUND)
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a.txt", "word " * 1_000_000)
    names = sorted(one.name for one in folder.iterdir())
    found = run(folder, *names)
    return folder, names, found


def run(folder, *names, limit=0):
    command = [sys.executable, "-m", "asepsis", "deid", *names]

    def bounded():
        if limit:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, preexec_fn=bounded)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_with_its_place_and_without_content(done, name):
    _, _, found = done
    (line,) = [line for line in found.stderr.splitlines() if line.startswith(f"error: {name}: ")]
    assert line.endswith(BAD[name][1])
    assert not any(one in line for one in HELD)


def test_the_rest_goes_on_and_nothing_half_written_is_left(done):
    folder, names, found = done
    assert found.returncode == 1
    assert (folder / "z-sound.deid.txt").read_text() == "MRN [MRN] and words\n"
    assert {one.name for one in folder.iterdir()} == {*names, "z-sound.deid.txt"}
    assert "Traceback" not in found.stderr


def test_an_archive_is_refused_by_name(done):
    assert "error: bomb.zip: expected a format that can be de-identified, got a zip archive" in done[2].stderr


@pytest.mark.parametrize(
    ("name", "head", "limit"),
    [
        ("long.txt", b"words and no end ", "zero byte"),
        ("long.ndjson", b'{"note": "', "expected a line of at most 16777216 bytes"),
        ("long.jsonl", b'{"id": 1, "text": "', "expected a line of at most 16777216 bytes"),
        ("long.json", b'{"note": "', "expected a document of at most 134217728 bytes"),
        ("long.hl7", MESSAGE.encode(), "expected a document of at most 134217728 bytes"),
        ("long.x12", ISA.encode(), "expected a document of at most 134217728 bytes"),
    ],
)
def test_a_line_of_two_gigabytes_is_refused_in_bounded_memory(tmp_path, name, head, limit):
    with (tmp_path / name).open("wb") as file:
        file.write(head + b"x" * 5000)
        os.truncate(file.fileno(), HUGE)
    found = run(tmp_path, name, limit=HUGE - (256 << 20))
    assert found.returncode == 1
    assert limit in found.stderr
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_line_of_text_without_an_end_is_refused_with_its_limit(tmp_path):
    (tmp_path / "long.csv").write_bytes(b'a,b\n1,"' + b"x" * (20 << 20))
    (tmp_path / "long.txt").write_bytes(b"x" * (4 << 20))
    found = run(tmp_path, "long.csv", "long.txt")
    assert "error: long.csv: line 2: expected a row of at most 16777216 characters" in found.stderr
    assert "error: long.txt: character 0: expected a break within 1048576 characters of text" in found.stderr


def test_rows_that_are_longer_or_shorter_than_the_header_keep_their_cells(tmp_path):
    (tmp_path / "ragged.csv").write_text("last_name,n\nHaddad,1,SSN 123-45-6789,x\nOkafor\n\nBerg,3\n")
    found = run(tmp_path, "ragged.csv")
    assert found.returncode == 0, found.stderr
    assert (tmp_path / "ragged.deid.csv").read_text() == "last_name,n\n[NAME],1,SSN [SSN],x\n[NAME]\n\n[NAME],3\n"
