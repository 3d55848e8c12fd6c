"""Metrics: counted once, told twice. Prometheus reads them here; over OTLP they go where one is configured.

Labels are bounded: applications and kinds come from configuration and core, and a model's name is told only if it is
configured by name, else it is `other`.
"""

from collections import deque
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from asepsis.core.types import Count, Verdict
from asepsis.infra.telemetry.attributes import SECONDS, TOKENS, error_type, operation, provider
from asepsis.infra.telemetry.calls import Call

__all__ = ["Meters"]

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram as OtelHistogram

    from asepsis.infra.telemetry.push import Push

_MOST_LABELS: Final = 64
_OTHER: Final = "other"
_ASKS: Final = 200
_CALL_LABELS: Final = ("surface", "verdict", "outcome", "application")


class Meters:
    """The instruments. `models` are the names that may label a metric."""

    def __init__(self, models: Iterable[str] = (), /, *, push: "Push | None" = None, asks_budget: int = 0) -> None:
        self._push = push
        self._models = frozenset(models)
        self._applications: set[str] = set()
        self._registry = registry = CollectorRegistry()
        genai = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model")
        # The labels are bounded, so the children are too; looking them up anew costs more than counting.
        self._duration = cache(
            Histogram(
                "gen_ai_client_operation_duration_seconds",
                "Duration of guarded calls",
                (*genai, "error_type"),
                registry=registry,
                buckets=SECONDS,
            ).labels
        )
        self._tokens = cache(
            Histogram(
                "gen_ai_client_token_usage",
                "Tokens of guarded calls",
                (*genai, "gen_ai_token_type"),
                registry=registry,
                buckets=TOKENS,
            ).labels
        )
        self._calls = cache(
            Counter(
                "asepsis_calls",
                "Guarded calls that ended",
                _CALL_LABELS,
                registry=registry,
            ).labels
        )
        self._findings = cache(
            Counter("asepsis_findings", "What was found", ("kind", "direction"), registry=registry).labels
        )
        self._approvals = cache(
            Counter("asepsis_approvals", "What happened to approvals", ("what",), registry=registry).labels
        )
        self._tools = cache(
            Counter("asepsis_tool_calls", "Calls of tools that were decided on", ("verdict",), registry=registry).labels
        )
        self._asks: deque[int] = deque([0], maxlen=_ASKS)
        asked = Gauge(
            "asepsis_asks_per_200_calls",
            "Asks of people in the last 200 calls, of models and of tools",
            registry=registry,
        )
        # Added up when somebody reads it: calls are counted far more often than that.
        asked.set_function(lambda: sum(self._asks))
        Gauge("asepsis_asks_budget", "How many asks in 200 calls are enough", registry=registry).set(asks_budget)
        self._unclosed = Counter("asepsis_unclosed", "Calls that were never closed", registry=registry)
        self._lag = cache(
            Gauge(
                "asepsis_ledger_lag_entries",
                "Durable entries a consumer has yet to take",
                ("consumer",),
                registry=registry,
            ).labels
        )
        self._anchors = cache(
            Gauge(
                "asepsis_ledger_anchor_age_seconds",
                "Time since enough witnesses cosigned the log",
                ("tenant",),
                registry=registry,
            ).labels
        )
        self._waits = cache(
            Gauge(
                "asepsis_ledger_unstamped_seconds",
                "How long entries have waited for a timestamp of an authority",
                ("tenant",),
                registry=registry,
            ).labels
        )
        self._failures = cache(
            Counter(
                "asepsis_export_failures",
                "Deliveries that failed and are tried again",
                ("consumer",),
                registry=registry,
            ).labels
        )
        self._dropped = cache(
            Counter(
                "asepsis_export_dropped", "Entries a receiver refused for good", ("consumer",), registry=registry
            ).labels
        )

    def opened(self, call: Call, /) -> None:
        """Counts what was found in a request."""
        self._asks.append(0)
        self._count("request", call.opened.found)

    def tool(self, verdict: Verdict, /) -> None:
        """Counts a call of a tool."""
        self._asks.append(0)
        self._tools(verdict.name.lower()).inc()

    def approval(self, what: str, /) -> None:
        """Counts what happened to an approval; what was asked is set against the last calls."""
        self._approvals(what).inc()
        self._asks[-1] += what == "asked"

    def ended(self, call: Call, /) -> None:
        """Counts a call that ended, or that never will."""
        application = self._application(call.opened.application)
        outcome = call.closed.outcome.value if call.closed else "unclosed"
        labels = (call.opened.surface, call.verdict.name.lower(), outcome, application)
        self._calls(*labels).inc()
        if self._push:
            self._push.calls.add(1, dict(zip(_CALL_LABELS, labels, strict=True)))
        if call.closed is not None:
            self._count("answer", call.closed.found)
            self._time(call, call.closed.total_us / 1_000_000)
            self._spend(call, "input", call.closed.tokens_in)
            self._spend(call, "output", call.closed.tokens_out)

    def unclosed(self) -> None:
        """Counts an incident: a call that was never closed."""
        self._unclosed.inc()
        if self._push:
            self._push.unclosed.add(1)

    def lag(self, consumer: str, entries: int, /) -> None:
        """Says how far behind the ledger a consumer is."""
        self._lag(consumer).set(entries)

    def failed(self, consumer: str, /) -> None:
        """Counts a delivery that has to be tried again."""
        self._failures(consumer).inc()

    def dropped(self, consumer: str, entries: int, /) -> None:
        """Counts entries that a receiver will never take."""
        self._dropped(consumer).inc(entries)

    def anchored(self, tenant: str, seconds: float, /) -> None:
        """Says how long ago witnesses cosigned a tenant's log."""
        self._anchors(tenant).set(seconds)

    def unstamped(self, tenant: str, seconds: float, /) -> None:
        """Says how long entries of a tenant's log have waited for a timestamp."""
        self._waits(tenant).set(seconds)

    def prometheus(self) -> tuple[bytes, str]:
        """Returns the text that Prometheus reads, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4

    def close(self) -> None:
        """Ends what is pushed."""
        if self._push:
            self._push.close()

    def _count(self, direction: str, found: tuple[Count, ...], /) -> None:
        for one in found:
            self._findings(one.kind.value, direction).inc(one.count)
            if self._push:
                self._push.findings.add(one.count, {"kind": one.kind.value, "direction": direction})

    def _time(self, call: Call, seconds: float, /) -> None:
        error = error_type(call)
        labels = self._genai(call)
        self._duration(*labels, error).observe(seconds)
        _record(self._push.duration if self._push else None, seconds, labels, ("error.type", error))

    def _spend(self, call: Call, sort: str, tokens: int, /) -> None:
        if not tokens:
            return
        labels = self._genai(call)
        self._tokens(*labels, sort).observe(tokens)
        _record(self._push.tokens if self._push else None, tokens, labels, ("gen_ai.token.type", sort))

    def _genai(self, call: Call, /) -> tuple[str, str, str]:
        model = call.opened.model if call.opened.model in self._models else _OTHER
        return operation(call.opened.surface), provider(call.opened.surface), model

    def _application(self, name: str, /) -> str:
        """Returns the name while there are few; many must not fill the memory of whoever scrapes."""
        if name not in self._applications and len(self._applications) < _MOST_LABELS:
            self._applications.add(name)
        return name if name in self._applications else _OTHER


def _record(
    instrument: "OtelHistogram | None", value: float, labels: tuple[str, str, str], last: tuple[str, str], /
) -> None:
    if instrument is None:
        return
    names = ("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model")
    attributes: dict[str, str] = dict(zip(names, labels, strict=True))
    if last[1]:
        attributes[last[0]] = last[1]
    instrument.record(value, attributes)
