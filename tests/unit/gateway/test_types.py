"""What goes in and out of a call."""

import inspect

import pytest

from asepsis.gateway.asgi import AsgiShell
from asepsis.gateway.rsgi import RsgiShell
from asepsis.gateway.types import Head, Reply, Shell

METHODS = [name for name, _ in inspect.getmembers(Shell, inspect.isfunction) if not name.startswith("_")]


def test_a_head_reads_in_the_order_of_a_request_line():
    method, path, query, headers = Head("POST", "/v1/messages", "beta=true", (("a", "b"),))
    assert (method, path, query, headers) == ("POST", "/v1/messages", "beta=true", (("a", "b"),))


def test_a_reply_reads_in_the_order_of_an_answer():
    status, headers, body = Reply(403, (("a", "b"),), b"no")
    assert (status, headers, body) == (403, (("a", "b"),), b"no")


@pytest.mark.parametrize("shell", [AsgiShell, RsgiShell])
@pytest.mark.parametrize("name", METHODS)
def test_each_shell_has_each_method_of_the_port(shell, name):
    assert inspect.iscoroutinefunction(getattr(shell, name))
    assert list(inspect.signature(getattr(shell, name)).parameters) == list(
        inspect.signature(getattr(Shell, name)).parameters
    )
