import json

import msgspec
import pytest
from click.testing import CliRunner

from asepsis.core.types import Verdict
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.search_commands import search
from asepsis.testing.keys import NamedKeys


@pytest.fixture
def folder(tmp_path, events):
    for tenant in ("acme", "other"):
        log = Log(tmp_path / "led" / tenant, NamedKeys(), disk=OsDisk())
        for number in range(6):
            event = msgspec.structs.replace(
                events.plain(f"e{number}", tenant=tenant),
                time=1_795_737_600_000 + 3_600_000 * number,
                principal=f"p{number % 2}\x1b[2J",
                verdict=Verdict(number % 4),
            )
            log.append([event.encode()])
        log.close()
    return tmp_path / "led"


def run(*words):
    return CliRunner().invoke(search, [str(word) for word in words])


def test_it_tells_where_when_what_who_and_how_it_was_decided(folder):
    done = run(folder, "--verdict", "deny")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"         3  2026-11-27T03:00:00.000+00:00  {tenant}  process.stopped         deny       p1?[2J"
        for tenant in ("acme", "other")
    ]
    assert [line.partition(", root ")[0] for line in done.stderr.splitlines()] == [
        f"{tenant}: 1 found in 6 entries" for tenant in ("acme", "other")
    ]
    assert (folder / "acme" / "index" / "state.json").exists()


def test_options_of_one_name_are_alternatives_and_those_of_others_all_hold(folder):
    done = run(
        folder / "acme", "--verdict", "deny", "--verdict", "ask", "--kind", "process.", "--principal", "p0\x1b[2J"
    )
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["2"]


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-11-27T01:00:00Z", "2026-11-27T03:00"),
        ("2026-11-27T02:00+01:00", "2026-11-27T03:00Z"),
    ],
)
def test_json_is_the_stored_event_behind_its_index(folder, since, until):
    done = run(folder / "acme", "--json", "--since", since, "--until", until)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["index"], one["event"]["id"]) for one in told] == [(1, "e1"), (2, "e2")]


@pytest.mark.parametrize("how", ["--scan", "--rebuild"])
def test_it_can_do_without_what_is_there(folder, tmp_path, how):
    elsewhere = tmp_path / "elsewhere"
    for words in ((), (how,)):
        done = run(folder, "-n", 2, "--index", elsewhere, *words)
        assert [line.split()[0] for line in done.stdout.splitlines()] == ["0", "1"] * 2
        assert done.stderr.count("more behind entry 1") == 2
    assert (elsewhere / "acme" / "state.json").exists()
    assert not (folder / "acme" / "index").exists()


def test_a_time_beyond_the_calendar_is_told_as_it_is(tmp_path, events):
    log = Log(tmp_path / "acme", NamedKeys(), disk=OsDisk())
    log.append([msgspec.structs.replace(events.plain("e0"), time=(1 << 64) - 1).encode()])
    log.close()
    assert run(tmp_path / "acme").stdout.split()[:2] == ["0", "18446744073709551615"]


@pytest.mark.parametrize("words", [("--since", "yesterday"), ("--until", "2026-13-01"), ("-n", 0), ("--verdict", "no")])
def test_what_is_no_question_is_refused(folder, words):
    assert run(folder, *words).exit_code == 2


def test_what_cannot_be_searched_is_told(folder, tmp_path):
    (tmp_path / "file").touch()
    for words in ((tmp_path / "none",), (folder, "--index", "/proc/none")):
        done = run(*words)
        assert (done.exit_code, done.stderr[:7]) == (1, "Error: ")
