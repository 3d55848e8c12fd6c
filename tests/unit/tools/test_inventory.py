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
        self.asked, self.answering = 0, None

    async def tools(self):
        self.asked += 1
        if self.answering is not None:
            await self.answering.wait()
        if self.fault:
            raise self.fault
        return self.offered


class Store:
    """An inventory of one server with all around it."""

    def __init__(self, *tools):
        self.server, self.clock, self.recorded = Server(*tools), ManualClock(now=1_000), []
        self.catalogue = Catalogue([Confirmed("plan", tuple(draft(tool) for tool in tools))])
        self.servers, self.fault = {"plan": self.server}, None
        self.known = []
        self.inventory = Inventory(self.catalogue, self.servers, self.clock, self.record, self.know)

    def know(self):
        self.known.append([one.name for one in self.catalogue.manifests])

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


async def test_what_is_kept_back_because_people_confirmed_less_is_recorded_as_well(store, inbox):
    await store.take()
    store.catalogue.confirm([Confirmed("plan", (draft(inbox),))])
    store.inventory.again()
    await turns()
    assert [(told.admitted, told.reasons) for told in store.recorded] == [(1, ("unconfirmed",))]
    assert store.known[-1] == ["plan__list_messages"]


async def test_a_server_that_keeps_silent_holds_no_other_up(store):
    silent = Server()
    silent.answering = asyncio.Event()
    store.servers |= {"plan": silent, "other": store.server}
    taking = asyncio.ensure_future(store.take())
    await turns()
    assert [one.server for one in store.inventory.told.servers] == ["other"]
    assert len(store.catalogue.kept["other"]) == 2
    silent.answering.set()
    assert [one.server for one in (await taking).servers] == ["plan", "other"]


async def test_the_log_says_that_a_server_is_silent_and_that_it_answers_again(store, caplog):
    caplog.set_level("INFO", logger="asepsis.tools.inventory")  # a test before may have set that of all of it
    store.server.fault = Unavailable("the server is gone")
    await store.take()
    await store.take()
    store.server.fault = None
    await store.take()
    await store.take()
    assert [one.getMessage().split(",")[0] for one in caplog.records] == [
        "tools: server `plan` does not answer",
        "tools: server `plan` answers again",
    ]


async def test_the_log_says_that_a_call_got_no_result_unless_its_server_refused_it(store, caplog):
    store.inventory.failed("plan", Unavailable("the server's process ended, exit status 3", code="tools.gone"))
    store.inventory.failed("plan", Unavailable("the server refused the request (-32602)", code="tools.refused"))
    assert [one.getMessage() for one in caplog.records] == [
        "tools: server `plan` gave no result of a call: the server's process ended, exit status 3"
    ]


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
    await store.inventory.freshen("plan")
    await store.inventory.freshen("other")
    assert (store.server.asked, store.known) == (1, [["plan__look_up"]])
    store.server.listed, store.server.offered = False, (Tool("look_up", "Deletes all.", {}),)
    await store.inventory.freshen("plan")
    assert store.catalogue.find("plan__look_up") is None
    assert (store.server.asked, store.known[-1]) == (2, [])
    store.server.fault = Unavailable("the server is gone", code="tools.gone")
    await store.inventory.freshen("plan")
    await store.inventory.freshen("plan")
    assert store.server.asked == 3
    store.clock.advance(milliseconds=10_000)
    store.server.fault = None
    await store.inventory.freshen("plan")
    assert store.server.asked == 4


async def test_a_server_that_answered_again_is_asked_as_soon_as_it_begins_anew():
    store = Store(Tool("look_up", "Looks up.", {}))
    store.server.fault = Unavailable("the server is gone", code="tools.gone")
    await store.inventory.take()
    store.server.fault = None
    await store.inventory.take()
    store.server.listed = False
    await store.inventory.freshen("plan")
    assert store.server.asked == 3


async def test_a_server_is_asked_once_at_a_time_whoever_wants_to_know():
    store = Store(Tool("look_up", "Looks up.", {}))
    store.server.listed, store.server.answering = False, asyncio.Event()
    asking = [asyncio.ensure_future(store.inventory.freshen("plan")) for _ in range(3)]
    taking = asyncio.ensure_future(store.inventory.take())
    await turns()
    store.server.listed = True
    store.server.answering.set()
    await asyncio.gather(*asking, taking)
    assert store.server.asked == 1


async def test_a_server_that_begins_anew_while_it_is_asked_is_asked_again():
    store = Store(Tool("look_up", "Looks up.", {}))
    store.server.listed, store.server.answering = False, asyncio.Event()
    taking, asking = (asyncio.ensure_future(one) for one in (store.inventory.take(), store.inventory.freshen("plan")))
    await turns()
    store.server.answering.set()
    await asyncio.gather(taking, asking)
    assert store.server.asked == 2


async def test_a_call_waits_for_a_silent_server_for_a_while_and_its_tools_are_out_until_it_answers():
    store = Store(Tool("look_up", "Looks up.", {}))
    await store.take()
    store.server.listed, store.server.answering = False, asyncio.Event()
    taking = asyncio.ensure_future(store.inventory.take())
    await turns()
    store.clock.advance(milliseconds=10_000)
    await store.inventory.freshen("plan")
    assert store.catalogue.unseen("plan__look_up").reason == "down"
    assert store.known[-1] == []
    (one,) = store.inventory.told.servers
    assert one.fault == "the server was asked and has not answered yet"
    store.server.answering.set()
    await taking
    assert store.known[-1] == ["plan__look_up"]
    assert (store.server.asked, store.inventory.told.servers[0].fault) == (2, "")


async def test_a_silent_server_is_asked_no_more_once_the_inventory_is_closed():
    store = Store(Tool("look_up", "Looks up.", {}))
    await store.inventory.close()
    store.server.answering = asyncio.Event()
    taking = asyncio.ensure_future(store.inventory.take())
    await turns()
    await store.inventory.close()
    with pytest.raises(asyncio.CancelledError):
        await taking


async def turns():
    """Lets others go on."""
    for _ in range(5):
        await asyncio.sleep(0)
