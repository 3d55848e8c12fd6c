import json
import re

import pytest
from click.testing import CliRunner

from asepsis.deid.commands import deid


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


def run(cache, *arguments, given=""):
    return CliRunner().invoke(deid, ["--cache", cache, *arguments], input=given)


def test_json_lines_keep_the_contract(cache):
    done = run(cache, "--jsonl", given='{"id":"a","text":"é 123-45-6789, ok"}\n')
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "id": "a",
        "text": "é [SSN], ok",
        "findings": [{"rule": "us.ssn", "kind": "SSN", "start": 2, "end": 13, "score": 950}],
    }


def test_a_bad_line_is_left_out_and_named(cache):
    done = run(cache, "--jsonl", given='oops 123-45-6789\n{"id":2,"text":"b"}\n')
    assert done.exit_code == 1
    assert json.loads(done.stdout)["id"] == 2
    assert done.stderr == 'error: line 1: expected an object with "id" and "text"\n'


def test_plain_text_comes_out_masked_and_otherwise_as_it_came(cache):
    text = "first line\r\n\tMRN 7122250, call 415-555-2671 \n\nSSN １２３-４５-６７８９ naïve 日本"
    masked = "first line\r\n\tMRN [MRN], call [PHONE] \n\nSSN [SSN] naïve 日本"
    assert run(cache, given=text.encode()).stdout_bytes.decode() == masked
    assert run(cache, given=masked.encode()).stdout_bytes.decode() == masked


def test_dropping_leaves_nothing(cache):
    assert run(cache, "--drop", given="call 415-555-2671 now").stdout == "call  now"


def test_a_long_text_goes_through_whole(cache):
    line = "ordinary words that say nothing at all, and then SSN 123-45-6789\n"
    assert run(cache, given=line * 3000).stdout == line.replace("123-45-6789", "[SSN]") * 3000


def test_what_cannot_be_used_is_said_in_one_line(cache):
    done = run(cache, "--disable", "nobody", given="x")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_the_help_shows_what_it_does_and_what_it_does_not(cache):
    shown = [line.strip() for line in run(cache, "--help").stdout.splitlines()]
    at = shown.index('$ echo "MRN 7122250, call 415-555-2671" | asepsis deid')
    assert run(cache, given="MRN 7122250, call 415-555-2671\n").stdout.splitlines() == shown[at + 1 : at + 2]
    assert "45 CFR 164.514" in " ".join(shown)


def test_files_go_through_and_the_bad_one_is_named(cache, tmp_path):
    for name, text in (("a.txt", b"MRN 7122250\n"), ("b.txt", b"\xff"), ("c.txt", b"SSN 123-45-6789\n")):
        (tmp_path / name).write_bytes(text)
    names = [str(tmp_path / name) for name in ("a.txt", "b.txt", "c.txt")]
    done = run(cache, *names, "--output", str(tmp_path / "out"))
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == f"error: {names[1]}: byte 0: expected text in utf-8"
    assert [line.split("  ")[1:] for line in done.stdout.splitlines()] == [["text", "1 replaced"]] * 2
    assert (tmp_path / "out" / "a.txt").read_text() == "MRN [MRN]\n"
    assert (tmp_path / "out" / "c.txt").read_text() == "SSN [SSN]\n"
    assert not (tmp_path / "out" / "b.txt").exists()


def test_a_profile_is_carried_out(cache):
    given = "DOB 03/04/1961, SSN 123-45-6789 from 10.0.0.1."
    assert run(cache, "--profile", "safe-harbor", given=given).stdout == "DOB 1961, SSN [SSN] from ."
    tokens = run(cache, "--profile", "token", given=given).stdout
    assert re.fullmatch(r"DOB \[DATE_[a-z]{5}\], SSN \[SSN_[a-z]{5}\] from \[IP_[a-z]{5}\]\.", tokens)


@pytest.mark.parametrize("profile", ["limited-data-set", "expert-determination", "nothing"])
def test_a_profile_that_misses_something_is_refused(cache, profile):
    done = run(cache, "--profile", profile, given="x")
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1


def test_keyed_codes_are_the_same_in_every_run_with_the_key(cache, tmp_path):
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)

    def coded(project):
        done = run(
            cache, "--profile", "expert-determination", "--key", str(key), "--project", project, given="MRN 7122250"
        )
        return done.stdout

    assert coded("a") == coded("a") != "MRN 7122250"
    assert coded("a") != coded("b")


def test_a_report_is_written_without_text_unless_asked(cache, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("MRN 7122250 and so on\n")
    page = tmp_path / "report.html"
    assert run(cache, str(note), "--report", str(page)).exit_code == 0
    assert "MRN 1" in page.read_text()
    assert "so on" not in page.read_text()
    assert run(cache, str(note), "--report", str(page), "--report-text").exit_code == 0
    assert '<mark title="MRN">[MRN]</mark> and so on' in page.read_text()
    assert "7122250" not in page.read_text()


def test_a_report_that_cannot_be_written_is_said(cache, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("x")
    done = run(cache, str(note), "--report", str(tmp_path / "none" / "report.html"))
    assert done.exit_code == 1
    assert "expected a place that the report can be written to" in done.stderr


def test_a_profile_of_ones_own_is_used(cache, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[[profile]]\nname = "own"\nbasis = "ours"\nother = "mask"\nkinds = { MRN = "keep" }\n')
    done = run(cache, "--profiles", str(own), "--profile", "own", given="MRN 7122250, SSN 123-45-6789")
    assert done.stdout == "MRN 7122250, SSN [SSN]"


def test_ages_are_reckoned_in_the_year_of_the_line_or_of_the_run(cache):
    lines = '{"id":1,"text":"DOB 03/04/1925"}\n{"id":2,"text":"DOB 03/04/1925","date":"2010"}\n'

    def clean(*options):
        done = run(cache, "--jsonl", "--profile", "safe-harbor", *options, given=lines + lines)
        return [json.loads(line)["text"] for line in done.stdout.splitlines()]

    assert clean() == ["DOB 90+", "DOB 1925"] * 2
    assert clean("--date", "2012-01-01") == ["DOB 1925", "DOB 1925"] * 2
