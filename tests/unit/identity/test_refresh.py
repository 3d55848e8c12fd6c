"""The watch over issuers' keys."""

import logging

import pytest

from asepsis.core.errors import Unavailable
from asepsis.identity.config import IdentityConfig, Issuer
from asepsis.identity.refresh import KeyRefresh
from asepsis.testing.clock import ManualClock
from asepsis.testing.issuer import TestIssuer

ONE = Issuer("corp", "https://i", "asepsis", "https://i/jwks", "chat")


class Provider:
    """What is fetched, and how often."""

    def __init__(self):
        self.answer = TestIssuer().key_set().encode()
        self.asked = 0

    async def fetch(self, address, most):
        self.asked += 1
        assert (address, most) == (ONE.jwks, 256 * 1024)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def told():
    return []


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def watch(provider, told, clock):
    def make(config=None, *, known=""):
        settings = config or (lambda: IdentityConfig(issuers=(ONE,)))
        return KeyRefresh(
            settings, provider.fetch, told.append, clock=clock, known={ONE.source: known} if known else {}
        )

    return make


async def test_keys_are_fetched_once_and_again_when_it_is_time(watch, provider, told, clock):
    refresh = watch()
    await refresh.look()
    await refresh.look()
    assert (provider.asked, [set(one) for one in told]) == (1, [{ONE.source}])
    clock.advance(milliseconds=60_000)
    await refresh.look()
    assert (provider.asked, len(told)) == (2, 1)
    provider.answer = TestIssuer().key_set().encode()
    clock.advance(milliseconds=60_000)
    await refresh.look()
    assert told[-1][ONE.source].encode() == provider.answer


async def test_before_the_first_fetch_nothing_holds_whose_keys_are_not_there(watch, clock):
    assert not await watch().holds()
    assert await watch(known="old").holds()
    refresh = watch()
    await refresh.look()
    assert not await refresh.holds()  # workers may not have them yet
    clock.advance(milliseconds=1_000)
    assert await refresh.holds()


async def test_while_keys_are_replaced_it_holds(watch, provider, told, clock):
    refresh = watch()
    await refresh.look()
    clock.advance(milliseconds=60_000)
    provider.answer = TestIssuer().key_set().encode()
    await refresh.look()
    assert len(told) == 2
    assert await refresh.holds()


@pytest.mark.parametrize("bad", [Unavailable("away"), b"{}", b"\xff"])
async def test_keys_that_cannot_be_had_leave_the_old_ones(watch, provider, told, clock, bad, caplog):
    refresh = watch(known="old")
    provider.answer = bad
    with caplog.at_level(logging.WARNING):
        await refresh.look()
    assert told == []
    assert not await refresh.holds()
    assert "the keys of corp" in caplog.text
    provider.answer = TestIssuer().key_set().encode()
    clock.advance(milliseconds=2_000)
    await refresh.look()
    assert await refresh.holds()
    assert len(told) == 1


async def test_an_issuer_that_is_gone_loses_its_keys(watch, told):
    config = [IdentityConfig(issuers=(ONE,))]
    refresh = watch(lambda: config[0], known="old")
    config[0] = IdentityConfig()
    await refresh.look()
    assert told == [{}]


async def test_an_issuer_that_is_gone_fails_no_more(watch, provider):
    config = [IdentityConfig(issuers=(ONE,))]
    provider.answer = Unavailable("away")
    refresh = watch(lambda: config[0])
    await refresh.look()
    assert not await refresh.holds()
    config[0] = IdentityConfig()
    await refresh.look()
    assert await refresh.holds()
