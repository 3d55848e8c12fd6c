"""Metrics over OTLP; that they arrive at a real receiver is tested with the rest of telemetry."""

from typing import ClassVar

import pytest
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult

from asepsis.infra.telemetry import push


class Exporter(MetricExporter):
    """Keeps what it is given, by name."""

    made: ClassVar[list] = []

    def __init__(self, endpoint, **more):
        super().__init__()
        self.endpoint, self.more, self.sent, self.ended = endpoint, more, {}, False
        self.made.append(self)

    def export(self, metrics_data, timeout_millis=0, **_):
        for resource in metrics_data.resource_metrics:
            self.sent |= {one.name: one for scope in resource.scope_metrics for one in scope.metrics}
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis=0):
        return True

    def shutdown(self, timeout_millis=0, **_):
        self.ended = True


@pytest.fixture
def made(monkeypatch):
    monkeypatch.setattr(push, "OTLPMetricExporter", Exporter)
    monkeypatch.setattr(Exporter, "made", [])
    return Exporter.made


def test_what_was_counted_is_sent_at_the_end(made):
    pushed = push.Push("http://127.0.0.1:9", {"x-key": "k"}, service="s", seconds=600, timeout=5)
    (exporter,) = made
    pushed.calls.add(2, {"surface": "openai.chat"})
    pushed.duration.record(0.03, {})
    assert exporter.sent == {}
    pushed.close()
    assert exporter.endpoint == "http://127.0.0.1:9/v1/metrics"
    assert (exporter.more["headers"], exporter.ended) == ({"x-key": "k"}, True)
    (calls,) = exporter.sent["asepsis.calls"].data.data_points
    assert (calls.value, dict(calls.attributes)) == (2, {"surface": "openai.chat"})
    (duration,) = exporter.sent["gen_ai.client.operation.duration"].data.data_points
    assert duration.explicit_bounds[0] == 0.01
