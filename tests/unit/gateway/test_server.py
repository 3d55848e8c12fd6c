"""The server is granian's; what runs in it is tested end to end."""

import multiprocessing

import pytest
from granian.server import Server

from asepsis.gateway.config import CallLimits, GatewayConfig
from asepsis.gateway.server import serve


@pytest.fixture
def method():
    """The start method of processes, put back afterwards."""
    before = multiprocessing.get_start_method(allow_none=True)
    yield
    multiprocessing.set_start_method(before, force=True)


def test_granian_is_told_what_the_settings_say_and_forks(monkeypatch, method):
    told = {}

    def keep(self, target_loader, **more):
        told.update(vars(self), target=target_loader())

    monkeypatch.setattr(Server, "serve", keep)
    worker = object()
    serve(
        GatewayConfig(port=9, workers=3, drain_seconds=7, call=CallLimits(header_bytes=9_000, receive_seconds=2)),
        worker,
    )
    assert told["target"] is worker
    assert (told["bind_port"], told["workers"], told["workers_kill_timeout"]) == (9, 3, 7)
    assert told["http1_settings"].max_buffer_size == 9_000
    assert told["http1_settings"].header_read_timeout == 2_000
    assert multiprocessing.get_start_method() == "fork"
