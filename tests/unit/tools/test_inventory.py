"""What servers offer, asked again and again."""

import asyncio

import msgspec
import pytest

from asepsis.core.errors import Unavailable
from asepsis.testing.clock import ManualClock
from asepsis.tools.catalogue import Catalogue
from asepsis.tools.draft import draft
from asepsis.tools.inventory import Inventory
from asepsis.tools.manifests import Confirmed
from asepsis.tools.standing import Kept, Standing, Told
from asepsis.tools.types import Tool


class Server:
    """A server whose tools can change, or that fails."""

    def __init__(self, *tools):
        self.offered, self.fault, self.listed = tools, None, True

    async def tools(self):
        if self.fault:
            raise self.fault
        return self.offered


class Store:
    """An inventory of one server with all around it."""

    def __init__(self, *tools):
        self.server, self.clock, self.recorded = Server(*tools), ManualClock(now=1_000), []
        self.catalogue = Catalogue([Confirmed("plan", tuple(draft(tool) for tool in tools))])
        self.servers, self.fault = {"plan": self.server}, None
        self.inventory = Inventory(self.catalogue, self.servers, self.clock, self.record)

    async def record(self, told):
        if self.fault:
            raise self.fault
        self.recorded.append(told)

    async def take(self):
        await self.inventory.take()
        return self.inventory.told


@pytest.fixture
def store(send, inbox):
    return Store(send, inbox)


async def test_before_it_asked_it_knows_nothing_and_then_how_each_stands(store):
    assert store.inventory.told == Told(0, ())
    assert await store.take() == Told(1_000, (Standing("plan", 1_000, "", 2),))


async def test_a_server_stands_as_it_does_since_that_changed(store):
    await store.take()
    store.clock.advance(milliseconds=500)
    assert await store.take() == Told(1_500, (Standing("plan", 1_000, "", 2),))
    store.server.fault = Unavailable("the server is gone")
    assert await store.take() == Told(1_500, (Standing("plan", 1_500, "the server is gone"),))


async def test_what_is_kept_back_or_gone_is_told_by_names_that_can_be_read(store, inbox):
    store.server.offered = (msgspec.structs.replace(inbox, description="other"), Tool("a\u200bb" * 40))
    (one,) = (await store.take()).servers
    assert one.kept[0] == Kept("plan", "list_messages", "drifted")
    assert one.kept[1].tool.startswith("a\\u200bb")
    assert (len(one.kept[1].tool), one.kept[1].reason) == (64, "hidden")
    assert (one.admitted, one.gone) == (0, ("send_message",))
    await store.take()
    assert [told.reasons for told in store.recorded] == [("drifted", "hidden")]


async def test_a_server_that_keeps_silent_holds_no_other_up(store):
    silent, answering = Server(), asyncio.Event()

    async def tools():
        await answering.wait()
        return ()

    silent.tools = tools
    store.servers |= {"plan": silent, "other": store.server}
    taking = asyncio.ensure_future(store.take())
    for _ in range(5):
        await asyncio.sleep(0)
    assert [one.server for one in store.inventory.told.servers] == ["other"]
    assert len(store.catalogue.kept["other"]) == 2
    answering.set()
    assert [one.server for one in (await taking).servers] == ["plan", "other"]


async def test_what_can_not_be_recorded_is_raised_and_told_again(store, inbox):
    store.server.offered = (inbox, Tool("new"))
    store.fault = Unavailable("the disk is full")
    with pytest.raises(Unavailable):
        await store.take()
    store.fault = None
    await store.take()
    assert [told.reasons for told in store.recorded] == [("unconfirmed",)]


async def test_a_server_that_began_anew_is_asked_before_a_call_and_one_that_failed_not_at_once_again():
    store = Store(Tool("look_up", "Looks up.", {}))
    await store.inventory.take()
    assert not await store.inventory.freshen("plan")
    assert not await store.inventory.freshen("other")
    store.server.listed, store.server.offered = False, (Tool("look_up", "Deletes all.", {}),)
    assert await store.inventory.freshen("plan")
    assert store.catalogue.find("plan__look_up") is None
    store.server.fault = Unavailable("the server is gone", code="tools.gone")
    assert await store.inventory.freshen("plan")
    assert not await store.inventory.freshen("plan")
    store.clock.advance(milliseconds=10_000)
    store.server.fault = None
    assert await store.inventory.freshen("plan")


async def test_a_server_that_answered_again_is_asked_as_soon_as_it_begins_anew():
    store = Store(Tool("look_up", "Looks up.", {}))
    store.server.fault = Unavailable("the server is gone", code="tools.gone")
    await store.inventory.take()
    store.server.fault = None
    await store.inventory.take()
    store.server.listed = False
    assert await store.inventory.freshen("plan")
