import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.core.errors import InputError
from asepsis.tools.mcp import messages
from asepsis.tools.mcp.messages import Answer, Fault, Notice, Request


@pytest.mark.parametrize(
    "message",
    [
        Request(1, "ping"),
        Request("a", "tools/call", {"name": "x"}),
        Notice("notifications/cancelled", {"requestId": 1}),
        Answer(1, {"ok": True}),
        Answer(1, fault=Fault(-1, "no", {"more": 1})),
    ],
)
def test_what_is_written_is_read_back(message):
    if isinstance(message, Request):
        data = messages.request(message.id, message.method, message.params)
    elif isinstance(message, Notice):
        data = messages.notice(message.method, message.params)
    elif message.fault is None:
        data = messages.result(message.id, message.result)
    else:
        data = messages.error(message.id, message.fault.code, message.fault.message, data=message.fault.data)
    assert messages.read(data, most=1000) == message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
        b'{"jsonrpc":"1.0","id":1,"method":"ping"}',
        b'{"jsonrpc":"2.0"}',
        b'{"jsonrpc":"2.0","id":1}',
        b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}',
        b"[" * 100_000,
        b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * 200_000 + b'"}',
    ],
)
def test_what_is_no_message_is_refused(data):
    with pytest.raises(InputError):
        messages.read(data, most=150_000)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    with contextlib.suppress(InputError):
        messages.read(data, most=1000)
