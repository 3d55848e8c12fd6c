import json

import pytest

from asepsis.tools.passes.gate import Gate


@pytest.fixture
def ask(verifier):
    """Sends a body through the gate; says the status and what the application got."""

    async def asked(body, token="", pieces=1):
        got = []

        async def application(scope, receive, send):
            got.append((await receive())["body"])
            await send({"type": "http.response.start", "status": 200})

        size = max(1, -(-len(body) // pieces))
        parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]

        async def receive():
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        sent = []

        async def send(message):
            sent.append(message)

        headers = [(b"x-asepsis-call", token.encode())] if token else []
        await Gate(application, verifier)({"type": "http", "method": "POST", "headers": headers}, receive, send)
        return sent[0]["status"], got

    return asked


def call(arguments, name="pay"):
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    return json.dumps(request).encode()


async def test_a_call_passes_with_its_token_and_as_it_was_understood(ask, token):
    body = call({"amount": 1})
    assert await ask(body, token({"amount": 1}), pieces=3) == (200, [body.replace(b": ", b":").replace(b", ", b",")])
    assert await ask(body, token({"amount": 1})) == (401, [])


@pytest.mark.parametrize(
    "body",
    [
        call({"amount": 2}),
        call({"amount": 1}, name="pay_all"),
        b"[" + call({"amount": 1}) + b"]",
        call({"amount": 1})[:-1] + b',"params":{"name":"pay","arguments":{"amount":9}}}',
        b'{"method":"tools/call"}',
        b"nonsense",
        b"[" * 100_000,
    ],
)
async def test_nothing_else_passes_with_it(ask, token, body):
    assert await ask(body, token({"amount": 1})) == (401, [])


async def test_a_name_that_stands_twice_means_what_was_verified(ask, token):
    twice = call({"amount": 9})[:-1] + b',"\\u0070arams":{"name":"pay","arguments":{"amount":1}}}'
    status, (got,) = await ask(twice, token({"amount": 1}))
    assert status == 200
    assert b"9" not in got


async def test_without_a_token_no_call_passes(ask):
    assert await ask(call({"amount": 1})) == (401, [])


async def test_what_is_no_call_passes(ask):
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    assert await ask(body) == (200, [body])
