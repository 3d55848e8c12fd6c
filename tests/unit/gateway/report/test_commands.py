"""The command as a buyer would use it, over a ledger in memory."""

import pytest
from click.testing import CliRunner

from asepsis.core.errors import NotTrusted
from asepsis.core.events import Mode
from asepsis.core.ports import Entry
from asepsis.core.types import Count, Kind, Verdict
from asepsis.gateway.report import commands
from asepsis.gateway.report.commands import Source, report_commands
from asepsis.testing.calls import Calls
from asepsis.testing.clock import ManualClock

DAY = 86_400_000


class MemoryLog:
    def __init__(self, events=(), *, broken=False):
        self.written = [Entry(number, event.encode()) for number, event in enumerate(events)]
        self.broken = broken

    def size(self):
        return len(self.written)

    def entries(self, start):
        if self.broken:
            raise NotTrusted("a durable entry does not hold", place="segment 0")
        yield from self.written[start:]


@pytest.fixture
def run(tmp_path):
    clock = ManualClock()
    calls = Calls(seed=2, clock=clock)
    events = []
    for application in ("claims", "notes"):
        opened = calls.opened(
            mode=Mode.OBSERVE, application=application, verdict=Verdict.TRANSFORM, found=(Count(Kind.SSN, 1),)
        )
        events += [opened, calls.closed(opened)]
        clock.advance(milliseconds=2 * DAY)
    log = MemoryLog(events)

    def run(*arguments, tenants=("local",), log=log):
        source = Source(tenants, "local", tmp_path / "ledger", lambda tenant: log, clock)
        return CliRunner().invoke(report_commands(lambda: source), ["observe", *map(str, arguments)])

    return run


def test_without_an_output_the_report_is_printed_in_markdown(run):
    result = run()
    assert result.exit_code == 0
    assert result.output.startswith("# Observe report\n")
    assert "0 of 2 calls would have been denied and 2" in result.output


def test_a_files_ending_says_the_format(run, tmp_path):
    assert run("-o", tmp_path / "r.html").exit_code == 0
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    assert run("-o", tmp_path / "r.md").exit_code == 0
    assert (tmp_path / "r.md").read_text().startswith("# ")
    assert run("-o", tmp_path / "r.txt", "--format", "html").exit_code == 0
    assert (tmp_path / "r.txt").read_text().startswith("<!doctype html>")
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("arguments", "calls"),
    [
        (("--application", "claims"), 1),
        (("--application", "claims", "--application", "notes"), 2),
        (("--days", 3), 1),
        (("--days", 30), 2),
        (("--since", "2023-11-15"), 1),
        (("--until", "2023-11-15"), 1),
        (("--since", "2024-01-01"), 0),
    ],
)
def test_a_range_limits_what_counts(run, arguments, calls):
    assert f"- **Calls observed:** {calls} " in run(*arguments).output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--days", 1, "--since", "2023-11-15"), "expected --days or --since, got both"),
        (("--since", "2023-11-15", "--until", "2023-11-14"), "expected --until to be later"),
        (("--tenant", "othr"), "expected a tenant with a ledger, got `othr`; there is `local`"),
    ],
)
def test_a_mistake_is_named(run, arguments, says):
    result = run(*arguments)
    assert result.exit_code != 0
    assert says in result.output


def test_without_a_ledger_it_says_where_it_looked(run, tmp_path):
    result = run(tenants=())
    assert result.exit_code == 1
    assert str(tmp_path / "ledger") in result.output


def test_a_damaged_ledger_is_an_error_and_no_report(run, tmp_path):
    result = run("-o", tmp_path / "r.html", log=MemoryLog(broken=True))
    assert result.exit_code == 1
    assert "segment 0: a durable entry does not hold" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_long_ledger_is_read_with_progress(run, monkeypatch):
    monkeypatch.setattr(commands, "_STEP", 2)
    assert "read 2 of 4 events\nread 4 of 4 events\n" in run().output


def test_a_file_that_can_not_be_written_leaves_nothing(run, tmp_path):
    result = run("-o", tmp_path / "none" / "r.html")
    assert result.exit_code == 1
    assert "cannot be written" in result.output
