"""What the house has fits the exporters' ports."""

import inspect

import pytest

from asepsis.infra.database import Cursors as DatabaseCursors
from asepsis.infra.telemetry.otlp import OtlpSink
from asepsis.infra.telemetry.ports import Cursors, Sink
from asepsis.infra.telemetry.siem import SiemSink
from asepsis.infra.telemetry.tail import Log
from asepsis.ledger.reader import LogReader


def shape(method):
    return [(name, one.kind) for name, one in inspect.signature(method).parameters.items()]


@pytest.mark.parametrize(
    ("port", "built", "methods"),
    [
        (Log, LogReader, ("size", "entries")),
        (Cursors, DatabaseCursors, ("get", "advance")),
        (Sink, OtlpSink, ("deliver", "close")),
        (Sink, SiemSink, ("deliver", "close")),
    ],
)
def test_it_fits(port, built, methods):
    for name in methods:
        assert shape(getattr(built, name)) == shape(getattr(port, name))


def test_each_sink_has_a_cursor_of_its_own():
    assert OtlpSink.name != SiemSink.name
