"""The exporters' settings."""

import msgspec
import pytest

from asepsis.infra.telemetry_config import TelemetryConfig


def test_nothing_leaves_unless_it_is_asked_for():
    config = TelemetryConfig()
    assert (config.otlp_endpoint, config.siem_path) == ("", "")


@pytest.mark.parametrize("bad", [{"otlp_timeout_seconds": 0}, {"siem_bytes": 1}, {"siem_files": 0}, {"otlp": ""}])
def test_what_cannot_be_used_is_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, TelemetryConfig)
