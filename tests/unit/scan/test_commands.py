import json

import pytest
from click.testing import CliRunner

from asepsis.scan.commands import scan


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


def run(cache, *arguments, given=""):
    return CliRunner().invoke(scan, ["--cache", cache, *arguments], input=given)


def test_json_lines_keep_the_contract(cache):
    done = run(cache, "--jsonl", given='{"id":"a","text":"é 123-45-6789"}\n{"id":2,"text":"nothing here"}\n')
    assert done.exit_code == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"id": "a", "findings": [{"rule": "us.ssn", "kind": "SSN", "start": 2, "end": 13, "score": 950}]},
        {"id": 2, "findings": []},
    ]


def test_a_bad_line_is_named_the_rest_goes_on_and_the_exit_status_is_one(cache):
    done = run(cache, "--jsonl", given='{"id":1,"text":"a"}\n123-45-6789\n{"id":3,"text":"b"}\n')
    assert done.exit_code == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 3]
    assert done.stderr == 'error: line 2: expected an object with "id" and "text"\n'


def test_plain_text_is_listed_by_place_without_the_text(cache, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("first line\n  MRN 7122250, call 415-555-2671\n\nSSN 123-45-6789")
    done = run(cache, str(note))
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "2:7  MRN  us.mrn  940",
        "2:21  PHONE  us.phone  880",
        "4:5  SSN  us.ssn.keyword  980",
    ]


def test_places_are_right_in_a_text_of_many_pieces(cache):
    line = "ordinary words that say nothing at all, and then SSN 123-45-6789\n"
    done = run(cache, given=line * 3000)
    assert done.stdout.splitlines() == [f"{number}:54  SSN  us.ssn.keyword  980" for number in range(1, 3001)]


def test_packs_of_ones_own_and_rules_switched_off(cache, tmp_path):
    pack = tmp_path / "own.toml"
    pack.write_text(
        '[[rule]]\nid = "own.badge"\nkind = "OTHER_ID"\nscore = 700\nkeywords = "badge"\nvalue = "B-[0-9]{5}"\n'
    )
    done = run(cache, "--rules-only", "--pack", str(pack), "--disable", "us.phone", given="badge B-12345, 415-555-2671")
    assert done.stdout == "1:7  OTHER_ID  own.badge  700\n"


def test_what_cannot_be_used_is_said_in_one_line(cache, tmp_path):
    pack = tmp_path / "own.toml"
    pack.write_text("nonsense")
    for arguments in (["--pack", str(pack)], ["--disable", "nobody"]):
        done = run(cache, *arguments, given="x")
        assert done.exit_code == 1
        assert done.stderr.startswith("Error: ")
        assert len(done.stderr.splitlines()) == 1


def test_the_help_shows_what_it_does(cache):
    shown = run(cache, "--help").stdout
    examples = [line.strip() for line in shown.splitlines()]
    at = examples.index('$ echo "MRN 7122250, call 415-555-2671" | asepsis scan')
    done = run(cache, given="MRN 7122250, call 415-555-2671\n")
    assert done.stdout.splitlines() == examples[at + 1 : at + 3]
    at = examples.index("""$ echo '{"id":1,"text":"MRN 7122250"}' | asepsis scan --jsonl""")
    done = run(cache, "--jsonl", given='{"id":1,"text":"MRN 7122250"}\n')
    assert done.stdout.splitlines() == examples[at + 1 : at + 2]
    at = examples.index('$ echo "no history of HIV" | asepsis scan')
    assert run(cache, given="no history of HIV\n").stdout.splitlines() == examples[at + 1 : at + 2]


def test_the_topics_of_a_text_are_its_labels_and_no_findings(cache):
    said = "MRN 7122250 is on Suboxone, denies suicidal ideation"
    done = run(cache, "--jsonl", "--rules-only", given=json.dumps({"id": 1, "text": said}) + "\n")
    (line,) = map(json.loads, done.stdout.splitlines())
    assert line["labels"] == ["mental_health", "substance_use"]
    assert [one["rule"] for one in line["findings"]] == ["us.mrn"]
    done = run(cache, "--rules-only", given="plain words and nothing else. " * 4000 + said)
    assert done.stdout.splitlines()[-2:] == ["label  mental_health", "label  substance_use"]


def test_a_topic_at_the_border_of_two_pieces_is_heard(cache):
    for shift in range(20):
        text = "x" * (30 + shift) + " substance use " + "more words " * 8000
        assert "label  substance_use" in run(cache, "--rules-only", given=" and" * 16370 + text).stdout


DATED = (
    '{"id":1,"text":"born in 1925"}\n{"id":2,"text":"born in 1925","date":"2010-02-03"}\n'
    '{"id":3,"text":"born in 1925","date":"in May"}\n{"id":4,"text":"born in 1925","date":7}\n'
)


def test_ages_are_reckoned_in_the_year_of_the_line_or_of_the_run(cache):
    def found(*options):
        done = run(cache, "--jsonl", "--rules-only", *options, given=DATED)
        assert done.exit_code == 0
        return [len(json.loads(line)["findings"]) for line in done.stdout.splitlines()]

    assert found() == [1, 0, 1, 1]
    assert found("--date", "2011") == [0, 0, 0, 0]
    assert found("--date", "2019-05-03T10:00:00Z") == [1, 0, 1, 1]


def test_a_date_that_is_none_is_refused(cache):
    assert "expected a date such as 2019-05-03" in run(cache, "--date", "May", given="x").stderr
