"""Telemetry against a receiver on a real port, from a real ledger, with cursors in a real database."""

import asyncio
import contextlib
import gzip

import pytest
import uvicorn
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from asepsis.core.types import Count, Kind, Verdict
from asepsis.infra import database
from asepsis.infra.telemetry import Telemetry, service
from asepsis.infra.telemetry.tail import Tails
from asepsis.infra.telemetry_config import TelemetryConfig
from asepsis.ledger.reader import LogReader
from asepsis.ledger.store import Store
from asepsis.testing.calls import Calls
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds

KINDS = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest, "metrics": ExportMetricsServiceRequest}


class Receiver:
    """Decodes what it is sent; `status` is what it answers with."""

    def __init__(self):
        self.status = 200
        self.spans = []
        self.logs = []
        self.metrics = {}
        self.headers = []
        self.asked = 0

    async def take(self, request):
        self.asked += 1
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if self.status == 200:
            self.headers.append(dict(request.headers))
            getattr(self, f"_{request.path_params['kind']}")(KINDS[request.path_params["kind"]].FromString(body))
        return Response(status_code=self.status)

    def _traces(self, message):
        for group in message.resource_spans:
            self.spans += [span for scope in group.scope_spans for span in scope.spans]

    def _logs(self, message):
        for group in message.resource_logs:
            self.logs += [record for scope in group.scope_logs for record in scope.log_records]

    def _metrics(self, message):
        for group in message.resource_metrics:
            self.metrics |= {metric.name: metric for scope in group.scope_metrics for metric in scope.metrics}


@pytest.fixture
async def receiver():
    receiver = Receiver()
    application = Starlette(routes=[Route("/v1/{kind}", receiver.take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="critical", lifespan="off"))
    server.capture_signals = contextlib.nullcontext
    task = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110 others change what is waited for
        await asyncio.sleep(0.01)
    receiver.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield receiver
    server.should_exit = True
    await task


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "ledger", clock=ManualClock(), ids=SequentialIds())
    yield store
    store.close()


@pytest.fixture
def cursors(tmp_path):
    url = f"sqlite:///{tmp_path / 'control.db'}"
    database.upgrade(url)
    engine = database.connect(url)
    yield database.Cursors(engine)
    engine.dispose()


@pytest.fixture
def start(tmp_path, store, cursors, receiver, monkeypatch):
    monkeypatch.setattr(service, "_PAUSE_SECONDS", 0.05)
    monkeypatch.setenv("RECEIVER_KEY", "made-up")

    @contextlib.asynccontextmanager
    async def start(**more):
        config = TelemetryConfig(
            otlp_endpoint=receiver.url,
            otlp_headers=("x-key: env:RECEIVER_KEY",),
            otlp_timeout_seconds=2,
            models=("gpt-5.2",),
            **more,
        )
        telemetry = Telemetry(
            config, Tails(lambda tenant: LogReader(tmp_path / "ledger", tenant)), lambda: ["local"], cursors=cursors
        )
        stop = asyncio.Event()
        running = asyncio.ensure_future(telemetry.run(stop))
        try:
            yield telemetry
        finally:
            stop.set()
            await asyncio.wait_for(running, 15)

    return start


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 others change what is waited for
            await asyncio.sleep(0.01)


async def test_spans_logs_and_metrics_arrive_and_hold_no_content(start, store, receiver):
    calls = Calls()
    async with start() as telemetry:
        await asyncio.sleep(0.3)
        opened = calls.opened(verdict=Verdict.TRANSFORM, found=(Count(Kind.SSN, 2),), trace=("ab" * 16, "cd" * 8))
        store.append("local", [opened.encode(), calls.closed(opened).encode()])
        await until(lambda: len(receiver.logs) == 2)
        await until(lambda: b"asepsis_calls_total{" in telemetry.prometheus()[0])
    (span,) = receiver.spans
    assert (span.trace_id.hex(), span.parent_span_id.hex(), span.name) == ("ab" * 16, "cd" * 8, "chat gpt-5.2")
    attributes = {one.key: one.value for one in span.attributes}
    assert attributes["asepsis.findings.request.ssn"].int_value == 2
    assert attributes["gen_ai.usage.output_tokens"].int_value > 0
    assert [record.event_name for record in receiver.logs] == ["gateway.call.opened", "gateway.call.closed"]
    assert {headers["x-key"] for headers in receiver.headers} == {"made-up"}
    point = receiver.metrics["gen_ai.client.operation.duration"].histogram.data_points[0]
    assert point.count == 1
    assert {one.key for one in point.attributes} == {
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
    }
    assert receiver.metrics["asepsis.findings"].sum.data_points[0].as_int == 2


async def test_a_receiver_that_is_away_gets_everything_later_and_once(start, store, receiver, cursors, tmp_path):
    events = list(Calls().story(400))
    receiver.status = 503
    siem = tmp_path / "siem.jsonl"
    async with start(siem_path=str(siem)):
        store.append("local", [event.encode() for event in events])
        await until(lambda: siem.exists() and len(siem.read_bytes().splitlines()) == len(events))
        await until(lambda: receiver.asked > 2)
        assert cursors.get("otlp", tenant="local") == 0
        receiver.status = 200
        await until(lambda: len(receiver.logs) >= len(events))
    indexes = [
        one.value.int_value for record in receiver.logs for one in record.attributes if one.key == "asepsis.event.index"
    ]
    assert indexes == list(range(len(events)))
    ended = sum(event.kind != "gateway.call.opened" for event in events)
    assert len({span.span_id for span in receiver.spans}) == len(receiver.spans) == ended


async def test_a_restart_sends_what_is_new(start, store, receiver):
    calls = Calls()
    opened = calls.opened()
    store.append("local", [opened.encode()])
    async with start():
        await until(lambda: len(receiver.logs) == 1)
    store.append("local", [calls.closed(opened).encode()])
    async with start():
        await until(lambda: len(receiver.logs) == 2)
    assert len(receiver.spans) == 1


async def test_nobody_there_stops_nothing(start, store, receiver):
    receiver.url = "http://127.0.0.1:9"
    async with start() as telemetry:
        store.append("local", [event.encode() for event in Calls().story(5)])
        await until(lambda: b'asepsis_export_failures_total{consumer="otlp"}' in telemetry.prometheus()[0])
