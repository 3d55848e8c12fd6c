"""Metrics over OTLP, where a receiver is configured; nobody else imports the SDK for it."""

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from asepsis.infra.telemetry.attributes import SECONDS, TOKENS

__all__ = ["Push"]


class Push:
    """Sends the GenAI metrics over OTLP from a thread of its own; a receiver that is away costs nothing but them."""

    def __init__(
        self, endpoint: str, headers: dict[str, str], /, *, service: str, seconds: float, timeout: float
    ) -> None:
        exporter = OTLPMetricExporter(f"{endpoint}/v1/metrics", headers=headers, timeout=timeout)
        reader = PeriodicExportingMetricReader(exporter, seconds * 1_000, timeout * 1_000)
        self._provider = MeterProvider([reader], Resource({"service.name": service}), shutdown_on_exit=False)
        meter = self._provider.get_meter("asepsis")
        self.duration = meter.create_histogram(
            "gen_ai.client.operation.duration",
            "s",
            "Duration of guarded calls",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self.tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            "{token}",
            "Tokens of guarded calls",
            explicit_bucket_boundaries_advisory=TOKENS,
        )
        self.calls = meter.create_counter("asepsis.calls", "{call}", "Guarded calls that ended")
        self.findings = meter.create_counter("asepsis.findings", "{finding}", "What was found")
        self.unclosed = meter.create_counter("asepsis.unclosed", "{call}", "Calls that were never closed")

    def close(self) -> None:
        """Sends what is there once more and ends the thread."""
        self._provider.shutdown()
