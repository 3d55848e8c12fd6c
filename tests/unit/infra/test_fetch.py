"""Small documents from elsewhere."""

import pytest

from asepsis.core.errors import ConfigError, Unavailable
from asepsis.infra.fetch import check_address, fetched, posted


class Transport:
    """Answers with what it is given."""

    def __init__(self, *chunks, status=200):
        self.status, self.given, self.closed, self.asked = status, chunks, False, []

    async def send(self, request):
        self.asked.append(request)
        return self

    async def chunks(self):
        for one in self.given:
            yield one

    def close(self):
        self.closed = True


@pytest.mark.parametrize(
    "address",
    ["https://a/b", "http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]/x", "keys.json", "file:/k.json"],
)
def test_addresses_that_are_fetched_from(address):
    check_address(address, place="p")


@pytest.mark.parametrize("address", ["http://example.com/x", "ftp://a/b", "https:///x", "http://127.0.0.1.evil/x"])
def test_addresses_that_are_not(address):
    with pytest.raises(ConfigError):
        check_address(address, place="p")


async def test_a_document_comes_whole():
    transport = Transport(b"a", b"b")
    assert await fetched("https://a/b", transport, most=2) == b"ab"
    assert transport.closed
    assert transport.asked[0].url == "https://a/b"


@pytest.mark.parametrize("transport", [Transport(b"abc"), Transport(b"a", status=302), Transport(b"a", status=500)])
async def test_what_is_too_long_or_no_answer_is_none(transport):
    with pytest.raises(Unavailable):
        await fetched("https://a/b", transport, most=2)
    assert transport.closed


async def test_a_file_is_read(tmp_path):
    (tmp_path / "k").write_bytes(b"ab")
    assert await fetched(str(tmp_path / "k"), Transport(), most=2) == b"ab"
    assert await fetched(f"file:{tmp_path}/k", Transport(), most=2) == b"ab"
    for wrong, most in (("k", 1), ("none", 9)):
        with pytest.raises(Unavailable):
            await fetched(str(tmp_path / wrong), Transport(), most=most)


async def test_a_form_is_posted_and_answered():
    transport = Transport(b"{", b"}")
    data = await posted("https://a/b", {"x": "1 2", "y": "ä"}, transport, most=10, headers=(("authorization", "z"),))
    (asked,) = transport.asked
    assert (data, asked.method, asked.body) == (b"{}", "POST", b"x=1+2&y=%C3%A4")
    assert {("authorization", "z"), ("content-type", "application/x-www-form-urlencoded")} <= set(asked.headers)
    with pytest.raises(Unavailable, match="status"):
        await posted("https://a/b", {}, Transport(status=400), most=10)
    with pytest.raises(Unavailable, match="at most"):
        await posted("https://a/b", {}, Transport(b"x" * 11), most=10)
