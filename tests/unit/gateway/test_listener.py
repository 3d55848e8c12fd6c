"""What connections share."""

import asyncio

import pytest

from asepsis.gateway.listener import Listener
from asepsis.testing.clock import ManualClock


class Guest:
    def __init__(self):
        self.seen = []

    def drain(self):
        self.seen.append("drain")

    def look(self, now):
        self.seen.append(now)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def listener(clock):
    return Listener(None, connections=2, head_bytes=1, seconds=1, clock=clock)


def test_there_are_only_so_many_connections_and_none_while_draining(listener):
    one = Guest()
    assert [listener.enter(guest) for guest in (one, Guest(), Guest())] == [True, True, False]
    listener.leave(one)
    assert listener.enter(one)
    listener.leave(one)
    listener.draining = True
    assert not listener.enter(one)


async def test_each_connection_is_looked_after(listener):
    one = Guest()
    listener.enter(one)
    looking = asyncio.ensure_future(listener.look())
    await asyncio.sleep(0.6)
    looking.cancel()
    assert len(one.seen) == 2
    assert one.seen[0] < one.seen[1]


async def test_draining_waits_for_the_last_to_leave(listener):
    one = Guest()
    listener.enter(one)
    draining = asyncio.ensure_future(listener.drain(60))
    await asyncio.sleep(0)
    assert one.seen == ["drain"]
    listener.leave(one)
    await asyncio.wait_for(draining, 1)


async def test_without_connections_there_is_nothing_to_wait_for(listener):
    await asyncio.wait_for(listener.drain(60), 1)


async def test_the_date_goes_on(listener, clock):
    assert listener.date == b"date: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
    clock.advance(milliseconds=61_000)
    looking = asyncio.ensure_future(listener.look())
    await asyncio.sleep(0.4)
    looking.cancel()
    assert listener.date == b"date: Tue, 14 Nov 2023 22:14:21 GMT\r\n"
