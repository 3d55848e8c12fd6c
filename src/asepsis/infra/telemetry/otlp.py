"""Calls as spans and Events as log records, over OTLP/HTTP with protobuf bodies.

Ids are derived, not drawn, so that what is sent twice is the same span: a call's span id is the one that the gateway
named to the upstream, and a call without a caller's trace is a trace of its own. The ledger is the queue: while the
receiver is away nothing is dropped, and nothing piles up in memory.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from asepsis import __version__
from asepsis.core.errors import InputError, Unavailable
from asepsis.core.ports import Answer, Request
from asepsis.core.types import Verdict
from asepsis.infra.telemetry.attributes import (
    Attributes,
    Value,
    error_type,
    event_attributes,
    operation,
    span_attributes,
)
from asepsis.infra.telemetry.calls import Call
from asepsis.infra.telemetry.ports import Item

__all__ = ["OtlpSink", "Transport", "logs", "spans"]

_RETRY: Final = frozenset({429, 502, 503, 504})  # OTLP 1.9 "OTLP/HTTP response": the retryable ones
_OK: Final = 200
_LOUD: Final = frozenset(
    {
        "config.rejected",
        "gateway.call.unclosed",
        "kill.set",
        "ledger.disputed",
        "ledger.emergency",
        "ledger.journaled",
        "ledger.recovered",
        "ledger.taken",
        "ledger.unstamped",
    }
)


class Transport(Protocol):
    """Sends a request over HTTP."""

    async def send(self, request: Request, /) -> Answer:
        """Returns the answer once its head is there; raises Unavailable."""

    async def close(self) -> None:
        """Closes all connections."""


class OtlpSink:
    """Delivers to one receiver's `/v1/traces` and `/v1/logs`."""

    name = "otlp"

    def __init__(
        self, transport: Transport, endpoint: str, /, *, headers: dict[str, str], service: str, timeout: float
    ) -> None:
        self._transport = transport
        self._endpoint = endpoint.rstrip("/")
        self._headers = (("content-type", "application/x-protobuf"), *headers.items())
        self._service = service
        self._timeout = timeout

    async def deliver(self, items: Sequence[Item], /) -> None:
        """Sends the spans of calls that ended, then all Events as log records."""
        ended = [item.call for item in items if item.call is not None and item.call.ended]
        if ended:
            await self._send("/v1/traces", await asyncio.to_thread(spans, ended, service=self._service))
        await self._send("/v1/logs", await asyncio.to_thread(logs, items, service=self._service))

    async def close(self) -> None:
        """Closes the connections."""
        await self._transport.close()

    async def _send(self, path: str, body: bytes, /) -> None:
        request = Request("POST", self._endpoint + path, self._headers, body)
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._transport.send(request)
                async for _ in answer.chunks():
                    pass
                answer.close()
        except TimeoutError as error:
            raise Unavailable("the receiver did not answer in time", code="otlp_timeout") from error
        if answer.status in _RETRY:
            raise Unavailable(f"the receiver answered with status {answer.status}", code="otlp_busy")
        if answer.status != _OK:
            raise InputError(f"the receiver refused with status {answer.status}", code="otlp_refused")


def spans(calls: Sequence[Call], /, *, service: str) -> bytes:
    """Returns the body that carries the spans of calls that ended."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add(resource=_resource(service))
    group.scope_spans.add(scope=_scope(), spans=[_span(call) for call in calls])
    return request.SerializeToString()


def logs(items: Sequence[Item], /, *, service: str) -> bytes:
    """Returns the body that carries Events as log records."""
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add(resource=_resource(service))
    group.scope_logs.add(scope=_scope(), log_records=[_record(item) for item in items])
    return request.SerializeToString()


def _span(call: Call, /) -> Span:
    end = (call.ended_time or call.time) * 1_000_000
    took = call.closed.total_us * 1_000 if call.closed else 0
    error = error_type(call)
    return Span(
        trace_id=_trace(call),
        span_id=_span_id(call),
        parent_span_id=bytes.fromhex(call.opened.span),
        name=f"{operation(call.opened.surface)} {call.opened.model}".rstrip(),
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=end - took if took else call.time * 1_000_000,
        end_time_unix_nano=end,
        attributes=_pairs(span_attributes(call)),
        status=Status(code=Status.STATUS_CODE_ERROR if error else Status.STATUS_CODE_UNSET, message=error),
    )


def _record(item: Item, /) -> LogRecord:
    event = item.event
    loud = event.verdict >= Verdict.ASK or event.kind in _LOUD
    return LogRecord(
        time_unix_nano=event.time * 1_000_000,
        observed_time_unix_nano=event.time * 1_000_000,
        severity_number=SeverityNumber.SEVERITY_NUMBER_WARN if loud else SeverityNumber.SEVERITY_NUMBER_INFO,
        severity_text="WARN" if loud else "INFO",
        event_name=event.kind,
        attributes=_pairs(event_attributes(event, index=item.entry.index)),
        trace_id=_trace(item.call) if item.call else b"",
        span_id=_span_id(item.call) if item.call else b"",
    )


def _trace(call: Call, /) -> bytes:
    return bytes.fromhex(call.opened.trace or call.id.replace("-", ""))


def _span_id(call: Call, /) -> bytes:
    return bytes.fromhex(call.id.replace("-", "")[16:])


def _pairs(attributes: Attributes, /) -> list[KeyValue]:
    return [KeyValue(key=name, value=_value(value)) for name, value in attributes.items()]


def _value(value: Value, /) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case str():
            return AnyValue(string_value=value)
        case _:
            return AnyValue(array_value=ArrayValue(values=[AnyValue(string_value=one) for one in value]))


def _resource(service: str, /) -> Resource:
    return Resource(attributes=_pairs({"service.name": service, "service.version": __version__}))


def _scope() -> InstrumentationScope:
    return InstrumentationScope(name="asepsis", version=__version__)
