"""Spans and log records as protobuf."""

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from asepsis.core.errors import InputError, Unavailable
from asepsis.core.events import Outcome
from asepsis.core.types import Verdict
from asepsis.infra.telemetry.otlp import OtlpSink, logs, spans

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Answering:
    """A receiver that answers with one status."""

    def __init__(self, status):
        self.status = status
        self.headers = ()
        self.sent = []

    async def send(self, request):
        self.sent.append(request)
        return self

    async def chunks(self, take=None):
        yield b""

    def close(self):
        self.closed = True


def read_spans(body):
    request = ExportTraceServiceRequest.FromString(body)
    return list(request.resource_spans[0].scope_spans[0].spans)


def read_logs(body):
    request = ExportLogsServiceRequest.FromString(body)
    return list(request.resource_logs[0].scope_logs[0].log_records)


def test_a_span_hangs_on_the_callers_and_spans_the_call(calls, items):
    opened = calls.opened(trace=(TRACE, PARENT))
    (_, item) = items(opened, calls.closed(opened))
    (span,) = read_spans(spans([item.call], service="asepsis"))
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    assert span.span_id.hex() == opened.id.replace("-", "")[16:]
    assert (span.name, span.kind) == ("chat gpt-5.2", Span.SPAN_KIND_CLIENT)
    assert span.end_time_unix_nano - span.start_time_unix_nano == item.call.closed.total_us * 1_000
    assert span.end_time_unix_nano == item.event.time * 1_000_000


def test_a_call_without_a_trace_is_one_of_its_own_and_always_the_same(calls, items):
    opened = calls.opened()
    (_, item) = items(opened, calls.closed(opened))
    one, again = (read_spans(spans([item.call], service="asepsis"))[0] for _ in range(2))
    assert one == again
    assert (len(one.trace_id), len(one.span_id), one.parent_span_id) == (16, 8, b"")


@pytest.mark.parametrize("outcome", Outcome)
def test_the_status_is_an_error_unless_it_went_well(calls, items, outcome):
    opened = calls.opened()
    (_, item) = items(opened, calls.closed(opened, outcome=outcome))
    (span,) = read_spans(spans([item.call], service="asepsis"))
    assert (span.status.code == Status.STATUS_CODE_UNSET) is (outcome is Outcome.COMPLETED)


def test_an_incident_is_a_span_without_a_duration(calls, items):
    opened = calls.opened()
    (_, item) = items(opened, calls.unclosed(opened))
    (span,) = read_spans(spans([item.call], service="asepsis"))
    assert span.start_time_unix_nano <= span.end_time_unix_nano
    assert span.status.message == "unclosed"


def test_events_are_log_records_named_by_their_kind(calls, items):
    opened = calls.opened(verdict=Verdict.DENY)
    made = items(opened, calls.unclosed(opened), calls.opened())
    first, second, third = read_logs(logs(made, service="asepsis"))
    assert [one.event_name for one in (first, second)] == ["gateway.call.opened", "gateway.call.unclosed"]
    assert [one.severity_number for one in (first, second, third)] == [
        SeverityNumber.SEVERITY_NUMBER_WARN,
        SeverityNumber.SEVERITY_NUMBER_WARN,
        SeverityNumber.SEVERITY_NUMBER_INFO,
    ]
    assert first.span_id == second.span_id
    attributes = {one.key: one.value for one in first.attributes}
    assert attributes["asepsis.verdict"].string_value == "deny"
    assert attributes["asepsis.coverage.parts"].int_value > 0
    assert attributes["asepsis.decision.policies"].array_value.values[0].string_value == "secrets.deny"


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, None), (429, Unavailable), (503, Unavailable), (400, InputError), (404, InputError), (500, InputError)],
)
async def test_what_the_receiver_says_decides_whether_it_comes_again(calls, items, status, error):
    receiver = Answering(status)
    sink = OtlpSink(receiver, "http://127.0.0.1:4318/", headers={"x-key": "k"}, service="asepsis", timeout=5)
    made = items(calls.opened())
    if error is None:
        await sink.deliver(made)
    else:
        with pytest.raises(error):
            await sink.deliver(made)
    assert receiver.sent[0].url == "http://127.0.0.1:4318/v1/logs"
    assert receiver.sent[0].headers == (("content-type", "application/x-protobuf"), ("x-key", "k"))


async def test_spans_go_only_where_a_call_ended(calls, items):
    receiver = Answering(200)
    sink = OtlpSink(receiver, "http://127.0.0.1:4318", headers={}, service="asepsis", timeout=5)
    opened = calls.opened()
    await sink.deliver(items(opened, calls.closed(opened)))
    assert [request.url.rpartition("/")[2] for request in receiver.sent] == ["traces", "logs"]
