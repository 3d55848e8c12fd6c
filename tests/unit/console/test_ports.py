"""The ledger's reader and the exporters' metrics fit the console's ports."""

import inspect

from asepsis.console.ports import Exposition, Log
from asepsis.infra.telemetry import Telemetry
from asepsis.ledger.reader import LogReader


def shape(method):
    return [(name, one.kind) for name, one in inspect.signature(method).parameters.items()]


def test_the_ledgers_reader_is_a_log():
    for name in ("tail_start", "entries"):
        assert shape(getattr(LogReader, name)) == shape(getattr(Log, name))


def test_telemetry_exposes_metrics():
    assert shape(Telemetry.prometheus) == shape(Exposition.__call__)
