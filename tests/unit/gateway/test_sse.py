"""Server-sent events: framing by the specification, wherever the bytes are cut."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asepsis.gateway.errors import Denied
from asepsis.gateway.sse import ServerEvent, SseParser, frame


def parsed(*chunks, limit=1000):
    parser = SseParser(limit)
    return [event for chunk in chunks for event in parser.feed(chunk)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_kind_of_line_end(end):
    body = end.join([b"event: ping", b"data: 1", b"", b"data: 2", b"", b""])
    if end == b"\r":
        body += b":"  # what follows shows that the last line has ended
    assert parsed(body) == [ServerEvent("ping", b"1"), ServerEvent("", b"2")]


def test_mixed_line_ends():
    assert parsed(b"event: a\r\ndata: 1\r\n\ndata: 2\n\r\n") == [ServerEvent("a", b"1"), ServerEvent("", b"2")]


def test_several_data_lines_are_joined_by_line_feeds():
    assert parsed(b"data: 1\ndata:2\ndata\n\n") == [ServerEvent("", b"1\n2\n")]


def test_only_the_first_blank_after_the_colon_is_left_out():
    assert parsed(b"data:  1\n\ndata:2\n\n") == [ServerEvent("", b" 1"), ServerEvent("", b"2")]


def test_a_byte_order_mark_is_left_out_once():
    mark = b"\xef\xbb\xbf"
    assert parsed(mark + b"data: 1\n\n" + mark + b"data: 2\n\n") == [ServerEvent("", b"1")]
    assert parsed(*(bytes([one]) for one in mark + b"data: 1\n\n")) == [ServerEvent("", b"1")]


def test_comments_ids_and_retry_times_are_dropped():
    assert parsed(b": 123-45-6789\nid: 123-45-6789\nretry: 3\ndata: 1\n\n: only this\n\n") == [ServerEvent("", b"1")]


def test_an_event_without_data_is_none():
    assert parsed(b"event: ping\n\ndata: 1\n\n") == [ServerEvent("", b"1")]


def test_a_name_does_not_go_on_to_the_next_event():
    assert parsed(b"event: a\ndata: 1\n\ndata: 2\n\n")[1].name == ""


def test_the_last_name_counts():
    assert parsed(b"event: a\nevent: b\ndata: 1\n\n") == [ServerEvent("b", b"1")]


def test_an_event_that_is_not_ended_waits():
    parser = SseParser(100)
    assert parser.feed(b"data: 1\n") == []
    assert parser.feed(b"\n") == [ServerEvent("", b"1")]


def test_an_event_larger_than_the_limit_is_denied_before_it_ends():
    with pytest.raises(Denied) as caught:
        parsed(b"data: ", b"x" * 60, b"x" * 60, limit=100)
    assert caught.value.code == "gateway.limits.event"


def test_many_small_events_in_one_chunk_are_no_large_one():
    assert len(parsed(b"data: 1\n\n" * 50, limit=20)) == 50


def test_a_large_event_that_comes_in_one_chunk_is_denied_too():
    with pytest.raises(Denied):
        parsed(b"data: " + b"x" * 200 + b"\n\n", limit=100)


@pytest.mark.parametrize("event", [ServerEvent("", b"{}"), ServerEvent("message_stop", b'{"a":1}')])
def test_what_is_framed_is_read_back(event):
    assert parsed(frame(event)) == [event]


LINES = st.sampled_from(
    [b"data: a", b"data:b", b"data", b"event: x", b": c", b"id: 1", b"", b"", b"data: \xc3\xa9", b"x"]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
BODIES = st.lists(st.tuples(LINES, ENDS).map(b"".join), max_size=12).map(b"".join)


@settings(max_examples=100)
@given(BODIES, st.lists(st.integers(0, 80), max_size=6), st.booleans())
def test_a_split_anywhere_gives_the_same_events(body, cuts, mark):
    body = b"\xef\xbb\xbf" * mark + body
    edges = [0, *sorted(cuts), len(body)]
    pieces = [body[low:high] for low, high in pairwise(edges)]
    assert parsed(*pieces) == parsed(body)
    assert parsed(*(bytes([one]) for one in body)) == parsed(body)


def test_an_event_in_small_pieces_takes_work_in_proportion_to_its_size():
    def took(size):
        parser, began = SseParser(10**7), time.process_time()
        parser.feed(b"data: ")
        for _ in range(size):
            parser.feed(b"01234567890123456789")
        assert len(parser.feed(b"\n\n")) == 1
        return time.process_time() - began

    took(10)
    assert took(40_000) < 40 * max(took(4_000), 0.001)


@pytest.mark.parametrize(
    "piece", [b": ping\n\n", b"\n\n", b": %b\ndata: {}\n\n" % (b"x" * 70), b"retry: 7\n\n", b"event: a\n\n"]
)
def test_what_is_dropped_has_a_limit_in_all(piece):
    with pytest.raises(Denied) as caught:
        parsed(*[piece] * 1000)
    assert caught.value.code == "gateway.limits.comments"


def test_comments_between_events_are_let_go():
    parser = SseParser(1000)
    for _ in range(100):
        assert parser.feed(b": ping\n\nid: 7\ndata: {}\n\n") == [ServerEvent("", b"{}")]
