"""What goes in and out of a call."""

import inspect

import pytest

from asepsis.core.ports import UNSEEN
from asepsis.gateway.http1 import Exchange
from asepsis.gateway.types import Head, Reply, Shell

METHODS = [name for name, _ in inspect.getmembers(Shell, inspect.isfunction) if not name.startswith("_")]


def test_a_head_reads_in_the_order_of_a_request_line():
    method, path, query, headers, peer = Head("POST", "/v1/messages", "beta=true", (("a", "b"),))
    assert (method, path, query, headers, peer) == ("POST", "/v1/messages", "beta=true", (("a", "b"),), UNSEEN)


def test_a_reply_reads_in_the_order_of_an_answer():
    status, headers, body = Reply(403, (("a", "b"),), b"no")
    assert (status, headers, body) == (403, (("a", "b"),), b"no")


@pytest.mark.parametrize("name", METHODS)
def test_the_server_has_each_method_of_the_port(name):
    assert inspect.iscoroutinefunction(getattr(Exchange, name)) == inspect.iscoroutinefunction(getattr(Shell, name))
    assert list(inspect.signature(getattr(Exchange, name)).parameters) == list(
        inspect.signature(getattr(Shell, name)).parameters
    )
