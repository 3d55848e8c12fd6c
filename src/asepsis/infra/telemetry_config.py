"""The settings of the exporters. Apart from them, so that a process that exports nothing imports no exporter."""

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["TelemetryConfig", "Webhook"]


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where people are told of what waits for them: an https address, or http on loopback; `name` keeps its place."""

    name: str
    url: str


class TelemetryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where telemetry goes; an empty setting switches that way off.

    `otlp_endpoint` is the root of an OTLP/HTTP receiver (`http://127.0.0.1:4318`), `otlp_headers` are lines
    `name: URI` whose URIs name secrets. `siem_path` is a file of JSON lines, renamed away once it is over `siem_bytes`;
    the newest `siem_files` of those are kept. `models` are the model names that may label a metric. `webhooks` are told
    of approvals.
    """

    otlp_endpoint: str = ""
    otlp_headers: tuple[str, ...] = ()
    otlp_timeout_seconds: Annotated[float, Meta(gt=0, le=60)] = 5.0
    otlp_metrics_seconds: Annotated[float, Meta(gt=0, le=3600)] = 15.0
    siem_path: str = ""
    siem_bytes: Annotated[int, Meta(ge=1 << 12)] = 64 << 20
    siem_files: Annotated[int, Meta(ge=1, le=1_000)] = 8
    models: tuple[str, ...] = ()
    service: str = "asepsis"
    webhooks: tuple[Webhook, ...] = ()
