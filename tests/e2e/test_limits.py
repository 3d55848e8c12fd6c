"""Senders that are too large, too slow or too strange, before the running server."""

import json
import socket
import time

import pytest

CHAT = {"model": "lab-assistant", "messages": [{"role": "user", "content": "hi"}]}
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"


@pytest.fixture(scope="module")
def system(make_system):
    system = make_system()
    text = system.file.read_text()
    limits = "[gateway.call]\nreceive_seconds = 1.0\nheader_bytes = 16384\nrequest_bytes = 1000000\n\n[console]"
    system.file.write_text(text.replace("[console]", limits))
    system.start()
    return system


def spoken(system, *pieces, pause=0.0):
    """Sends pieces with pauses between them; returns the status line and the code of the answer, if any."""
    with socket.create_connection(("127.0.0.1", system.gateway), 10) as client:
        client.settimeout(10)
        try:
            for piece in pieces:
                client.sendall(piece)
                time.sleep(pause)
            received = b""
            while data := client.recv(65_536):
                received += data
                if received.endswith(b"}"):
                    break
        except ConnectionError:
            return "", ""
    status = received.partition(b"\r\n")[0].decode()
    body = received.partition(b"\r\n\r\n")[2]
    said = json.loads(body) if body.startswith(b"{") else {}
    return status, said.get("error", {}).get("message", "")


def body(document):
    data = json.dumps(document).encode()
    return b"content-length: %d\r\n\r\n%b" % (len(data), data)


def test_a_body_larger_than_the_limit_is_denied_before_it_is_read(system):
    status, message = spoken(system, HEAD + b"content-length: 20000000\r\n\r\n" + b"x" * 10_000)
    assert " 403 " in status
    assert "gateway.limits.request" in message


def test_a_body_that_comes_too_slowly_is_denied(system):
    begun = time.monotonic()
    status, message = spoken(system, HEAD + b"content-length: 100\r\n\r\n{")
    assert " 403 " in status
    assert "gateway.limits.slow" in message
    assert time.monotonic() - begun < 5


def test_a_head_that_comes_too_slowly_is_not_waited_for(system):
    begun = time.monotonic()
    status, _ = spoken(system, HEAD)
    assert " 200 " not in status
    assert time.monotonic() - begun < 5


def test_a_head_larger_than_the_limit_is_refused(system):
    status, _ = spoken(system, HEAD + b"x-long: " + b"a" * 100_000 + b"\r\n" + body(CHAT))
    assert " 200 " not in status


def test_nesting_without_end_is_denied(system):
    deep = b"[" * 10_000 + b"]" * 10_000
    status, message = spoken(system, HEAD + b"content-length: %d\r\n\r\n" % len(deep) + deep)
    assert " 403 " in status
    assert "gateway." in message


@pytest.mark.parametrize(
    ("request_line", "rule"),
    [
        (b"POST /v1/unknown HTTP/1.1", "gateway.route"),
        (b"DELETE /v1/models HTTP/1.1", "gateway.route"),
        (b"POST /v1/chat/completions?x=1 HTTP/1.1", "gateway.query"),
    ],
)
def test_what_nobody_knows_is_denied_by_name(system, request_line, rule):
    head = HEAD.replace(b"POST /v1/chat/completions HTTP/1.1", request_line)
    status, message = spoken(system, head + body(CHAT))
    assert " 403 " in status
    assert rule in message


def test_fields_that_nobody_knows_are_passed_on_and_the_system_is_still_well(system):
    status, _ = spoken(system, HEAD + body({**CHAT, "x_unknown": {"deep": [1, 2.5, None, True, "plain"]}}))
    assert " 200 " in status


def test_connections_that_say_nothing_are_closed_and_lock_nobody_out(system):
    idle = [socket.create_connection(("127.0.0.1", system.gateway), 10) for _ in range(1500)]
    try:
        assert spoken(system, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")[0].endswith("200 OK")
        idle[0].settimeout(10)
        assert idle[0].recv(1) == b""
    finally:
        for one in idle:
            one.close()


def test_http_2_is_not_spoken(system):
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
    assert "200" not in spoken(system, preface)[0]
