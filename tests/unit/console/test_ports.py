"""The exporters' metrics fit the console's port."""

import inspect

from asepsis.console.ports import Exposition
from asepsis.infra.telemetry import Telemetry


def shape(method):
    return [(name, one.kind) for name, one in inspect.signature(method).parameters.items()]


def test_telemetry_exposes_metrics():
    assert shape(Telemetry.prometheus) == shape(Exposition.__call__)
