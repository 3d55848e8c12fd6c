"""Telemetry follows the ledger, and nothing that fails in it stops anything."""

import asyncio
import json

import msgspec
import pytest

from asepsis.core.errors import ConfigError
from asepsis.core.types import Verdict
from asepsis.infra.telemetry import service
from asepsis.infra.telemetry.service import Telemetry
from asepsis.infra.telemetry.tail import Tails
from asepsis.infra.telemetry_config import TelemetryConfig

NOTHING = TelemetryConfig()


@pytest.fixture
async def running(log, cursors, sink, monkeypatch):
    """Starts telemetry over the log in memory with one sink; everything ends with the test."""
    monkeypatch.setattr(service, "_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(service, "_POLL_SECONDS", 0.01)
    started = []

    def start(config=NOTHING):
        telemetry = Telemetry(config, Tails(lambda _: log), lambda: ["local"], cursors=cursors)
        telemetry._sinks = (*telemetry._sinks, sink)
        stop = asyncio.Event()
        started.append((stop, asyncio.ensure_future(telemetry.run(stop))))
        return telemetry

    async def end():
        for stop, task in started:
            stop.set()
            await asyncio.wait_for(task, 10)
        started.clear()

    start.end = end
    yield start
    await end()


def metric(telemetry, name):
    lines = telemetry.prometheus()[0].decode().splitlines()
    return [line.rsplit(" ", 1)[1] for line in lines if line.startswith(name)]


async def test_what_is_durable_is_delivered_in_order_and_the_cursor_follows(running, log, sink, cursors, calls, until):
    log.write(*calls.story(300))
    running()
    await until(lambda: len(sink.items) == log.size())
    log.write(calls.opened())
    await until(lambda: cursors.get("memory", tenant="local") == log.size())
    assert sink.indexes == list(range(log.size()))


async def test_a_new_process_goes_on_where_the_old_one_stood_and_knows_open_calls(running, log, sink, calls, until):
    opened = calls.opened()
    log.write(opened)
    running()
    await until(lambda: sink.indexes == [0])
    await running.end()
    assert sink.closed
    log.write(calls.closed(opened))
    running()
    await until(lambda: sink.indexes == [0, 1])
    assert sink.items[1].call.opened.application == "care-notes"


@pytest.mark.parametrize("fault", ["away", "broken"])
async def test_what_is_not_taken_comes_again(running, log, sink, cursors, calls, until, fault):  # noqa: PLR0917 fixtures
    setattr(sink, fault, True)
    log.write(calls.opened())
    telemetry = running()
    await until(lambda: sink.tries > 2)
    assert cursors.get("memory", tenant="local") == 0
    assert float(metric(telemetry, 'asepsis_export_failures_total{consumer="memory"}')[0]) >= 2
    setattr(sink, fault, False)
    await until(lambda: sink.indexes == [0])


async def test_what_is_refused_for_good_is_counted_and_passed_over(running, log, sink, cursors, calls, until):
    sink.refusing = True
    log.write(calls.opened(), calls.opened())
    telemetry = running()
    await until(lambda: cursors.get("memory", tenant="local") == 2)
    assert metric(telemetry, "asepsis_export_dropped_total") == ["2.0"]


async def test_a_ledger_that_cannot_be_read_stops_nothing(running, log, sink, calls, until, monkeypatch):
    monkeypatch.setattr(service, "_PAUSE_LIMIT_SECONDS", 0.01)
    log.damaged = True
    log.write(calls.opened())
    telemetry = running()
    await until(lambda: len(metric(telemetry, "asepsis_export_failures_total")) == 2)
    log.damaged = False
    await until(lambda: sink.indexes == [0])


async def test_metrics_start_at_nothing_and_count_what_comes(running, log, calls, until):
    before = calls.opened()
    log.write(*calls.story(50), before)
    telemetry = running()
    await asyncio.sleep(0.05)
    assert metric(telemetry, "asepsis_calls_total") == []
    log.write(calls.closed(before), calls.unclosed(calls.opened()))
    await until(lambda: metric(telemetry, "asepsis_unclosed_total") == ["1.0"])
    assert metric(telemetry, "asepsis_calls_total") == ["1.0"]


async def test_calls_of_tools_are_counted(running, log, calls, until):
    telemetry = running()
    await asyncio.sleep(0.05)
    log.write(msgspec.structs.replace(calls.opened(), kind="tool.call.opened", verdict=Verdict.DENY))
    await until(lambda: metric(telemetry, "asepsis_tool_calls_total") == ["1.0"])


async def test_what_is_no_event_is_passed_over(running, log, sink, calls, until):
    log.write(b"{}", calls.opened())
    running()
    await until(lambda: sink.indexes == [1])


async def test_a_siem_file_is_written_when_asked_for(running, log, calls, tmp_path, until):
    path = tmp_path / "siem.jsonl"
    log.write(*calls.story(10))
    running(TelemetryConfig(siem_path=str(path)))
    await until(lambda: path.exists() and len(path.read_text().splitlines()) == log.size())
    assert json.loads(path.read_text().splitlines()[0])["kind"] == "gateway.call.opened"


@pytest.mark.parametrize("header", ["authorization", ": env:KEY", "x-key: nowhere:KEY"])
def test_headers_name_their_secrets(log, cursors, header):
    with pytest.raises(ConfigError):
        Telemetry(TelemetryConfig(otlp_headers=(header,)), Tails(lambda _: log), lambda: ["local"], cursors=cursors)


async def test_all_tenants_are_followed_and_a_new_one_from_its_start(
    cursors, sink, calls, until, make_log, monkeypatch
):
    for name in ("_POLL_SECONDS", "_LIST_SECONDS"):
        monkeypatch.setattr(service, name, 0.01)
    logs = {"one": make_log(), "two": make_log()}
    names = ["one"]
    telemetry = Telemetry(NOTHING, Tails(logs.__getitem__), lambda: list(names), cursors=cursors)
    telemetry._sinks = (sink,)
    stop = asyncio.Event()
    running = asyncio.ensure_future(telemetry.run(stop))
    for log in logs.values():
        opened = calls.opened()
        log.write(opened, calls.closed(opened))
    await until(lambda: len(sink.items) == 2)
    names.append("two")
    await until(lambda: len(sink.items) == 4)
    await until(lambda: cursors.places == {("one", "memory"): 2, ("two", "memory"): 2})
    await until(lambda: metric(telemetry, "asepsis_calls_total"))
    stop.set()
    await asyncio.wait_for(running, 10)
    assert sum(map(float, metric(telemetry, "asepsis_calls_total"))) >= 1
    assert metric(telemetry, 'asepsis_ledger_lag_entries{consumer="memory"}') == ["0.0"]


@pytest.mark.parametrize(
    ("count", "seconds"),
    [(0, service._POLL_SECONDS), (8, service._POLL_SECONDS), (9, service._BUSY_SECONDS), (256, 0)],
)
def test_what_comes_in_fast_is_read_in_small_pieces(items, calls, count, seconds):
    assert service._rest(items(calls.opened()) * count) == seconds
    assert 0 < service._BUSY_SECONDS < service._POLL_SECONDS
