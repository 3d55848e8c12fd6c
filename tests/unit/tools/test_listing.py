import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asepsis.core.errors import InputError
from asepsis.tools import listing
from asepsis.tools.types import Tool


@pytest.mark.parametrize(
    "data",
    [
        b'{"tools":[{"name":"a","inputSchema":{},"annotations":{"readOnlyHint":true}}]}',
        b'{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a"}]}}',
        b'[{"name":"a"}]',
    ],
)
def test_tools_are_read_and_what_they_say_of_themselves_is_left_out(data):
    assert listing.read_tools(data) == (Tool("a"),)


def test_what_is_written_is_read_back(send, inbox):
    assert listing.read_tools(listing.written((send, inbox))) == (send, inbox)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"tools":[{}]}', b"[" * 100_000, b'{"tools":' + b'[{"name":"a"}' * 3])
def test_what_is_no_listing_is_refused(data):
    with pytest.raises(InputError):
        listing.read_tools(data)


def test_too_many_are_refused(monkeypatch):
    monkeypatch.setattr(listing, "MAX_TOOLS", 1)
    with pytest.raises(InputError, match="at most"):
        listing.read_tools(b'[{"name":"a"},{"name":"b"}]')


@given(st.binary(max_size=200))
@example(b'"\x80"')
def test_any_bytes_are_read_or_refused(data):
    with contextlib.suppress(InputError):
        listing.read_tools(data)
