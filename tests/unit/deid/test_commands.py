import json

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
    text = "first line\r\n\tMRN 7122250, call 415-555-2671 \n\nSSN １２３-４５-６７８９ é 日本"
    masked = "first line\r\n\tMRN [MRN], call [PHONE] \n\nSSN [SSN] é 日本"
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
