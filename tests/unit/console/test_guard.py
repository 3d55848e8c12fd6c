"""Foreign names are turned away, and every answer says what a browser may do with it."""

import pytest

from asepsis.console.guard import HEADERS


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8081", "localhost:9000", "[::1]:8081", "[::1]"])
async def test_a_loopback_host_is_answered(desk, host):
    answer = await desk.client.get("/healthz", headers={"host": host})
    assert answer.status_code == 200
    assert HEADERS.items() <= dict(answer.headers).items()
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/metrics", "/events", "/static/console.js", "/none"])
@pytest.mark.parametrize("host", ["rebound.example:8081", "127.0.0.1.nip.io", "8081"])
async def test_a_rebound_name_reads_nothing(desk, path, host):
    answer = await desk.client.get(path, headers={"host": host})
    assert answer.status_code == 421
    assert answer.text == "the console answers to its own names only\n"
    assert HEADERS.items() <= dict(answer.headers).items()


async def test_two_hosts_are_one_too_many(desk):
    answer = await desk.client.get("/healthz", headers=[("host", "localhost"), ("host", "evil.example")])
    assert answer.status_code == 421


def test_no_page_may_run_what_it_holds_itself():
    policy = HEADERS["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
