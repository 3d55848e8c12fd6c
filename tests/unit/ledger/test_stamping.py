"""A log and OpenSSL's timestamp authority; the transport between them is the test's to bend."""

import shutil

import pytest

from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.events import LedgerUnstamped
from asepsis.infra.timestamps import roots_of
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.publish import ANCHORED, CHECKPOINT, Publisher
from asepsis.ledger.reader import LogReader
from asepsis.ledger.stamping import Authority, Stamping
from asepsis.ledger.stamps import FOLDER, newest, sizes
from asepsis.ledger.verify import verify
from asepsis.testing.authority import OPENSSL, TimestampAuthority
from asepsis.testing.keys import NamedKeys

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl on this machine")
URL = "https://user:secret@tsa.example/stamp"
HOUR = 3_600 * 10**9


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return TimestampAuthority(tmp_path_factory.mktemp("tsa") / "one")


class Wire:
    """Hands queries to the authority; `bend` changes its answers, `away` has it not answer."""

    def __init__(self, authority):
        self.authority, self.away, self.bend, self.asked = authority, False, lambda answer: answer, []

    async def send(self, request):
        self.asked.append(request)
        if self.away:
            raise Unavailable("the server can't be reached")
        return Answer(*self.bend((200, self.authority.reply(request.body))))


class Answer:
    def __init__(self, status, body):
        self.status, self._body = status, body

    async def chunks(self):
        yield self._body

    def close(self):
        pass


class World:
    """One tenant's log that grows, and who has it stamped each hour, which is overdue after two."""

    def __init__(self, folder, clock, events, authority):
        self.root, self.folder, self.clock, self.events = folder / "led", folder / "led" / "acme", clock, events
        self.clock.nanoseconds = 1_800_000_000 * 10**9
        self.wire, self.told = Wire(authority), []
        self.authority = Authority(URL, roots_of(authority.roots), 3_600, 7_200)
        self.grow(3)
        self.stamping = self.process()

    def process(self, *, anchored=False):
        return Stamping(
            self.root,
            self.authority,
            transport=self.wire,
            clock=self.clock,
            overdue=lambda *told: self.told.append(told),
            anchored=anchored,
        )

    def grow(self, count, name="e"):
        log = Log(self.folder, NamedKeys(), disk=OsDisk())
        start = log.count
        log.append([self.events.plain(f"{name}{start + number}").encode() for number in range(count)])
        publisher = Publisher(self.folder, log.signers, LogReader(self.root, "acme"))
        publisher.catch_up(10_000)
        publisher.publish(log.seal, time=1)
        log.close()


@pytest.fixture
def world(tmp_path, clock, events, authority):
    return World(tmp_path, clock, events, authority)


async def test_a_published_checkpoint_is_stamped_and_openssl_takes_what_is_kept(world, authority):
    assert await world.stamping.look() == ()
    found = newest(world.folder)
    assert (found.size, found.note) == (3, (world.folder / CHECKPOINT).read_bytes())
    assert authority.holds(found.token, found.note)
    assert world.stamping.ages() == {"acme": 0.0}
    assert world.stamping.stamped["acme"][0] == 3
    assert world.wire.asked[0].url == URL
    assert found.note not in world.wire.asked[0].body


async def test_it_is_asked_once_for_what_is_new_and_not_more_often_than_it_should(world):
    await world.stamping.look()
    await world.stamping.look()
    assert len(world.wire.asked) == 1
    world.clock.nanoseconds += HOUR // 2
    world.grow(2)
    assert await world.stamping.look() == ("acme",)
    world.clock.nanoseconds += HOUR // 2 - 10**9
    assert await world.stamping.look() == ("acme",)
    assert world.stamping.ages() == {"acme": 1799.0}
    world.clock.nanoseconds += 10**9
    assert await world.stamping.look() == ()
    assert (sizes(world.folder), len(world.wire.asked)) == ([3, 5], 2)
    world.clock.nanoseconds += 100 * HOUR
    assert await world.stamping.look() == ()  # nothing is new
    assert (len(world.wire.asked), world.told, world.stamping.ages()) == (2, [], {"acme": 0.0})


@pytest.mark.parametrize("how", ["away", "status", "nonsense", "endless", "replay"])
async def test_an_authority_that_fails_is_asked_again_and_told_of_once(world, how):
    first = []

    def bend(answer):
        first.append(answer[1])
        changed = {"status": (500, answer[1]), "nonsense": (200, b"<html>"), "endless": (200, bytes(1 << 17))}
        return changed.get(how, (200, first[0]))

    if how == "replay":
        await world.stamping.look()
        world.grow(1)
        world.clock.nanoseconds += HOUR
    world.wire.away, world.wire.bend = how == "away", bend
    if how == "replay":
        first.append(newest(world.folder).token)
    assert await world.stamping.look() == ("acme",)
    assert world.told == []
    world.clock.nanoseconds += 2 * HOUR
    for _ in range(3):
        assert await world.stamping.look() == ("acme",)
    since = (1_800_000_000 + (3_600 if how == "replay" else 0)) * 1000
    done, size = (3, 4) if how == "replay" else (0, 3)
    assert world.told == [("acme", LedgerUnstamped("tsa.example", done, size, since))]
    world.wire.away, world.wire.bend = False, lambda answer: answer
    assert await world.stamping.look() == ()
    assert (len(world.told), newest(world.folder).size) == (1, size)


async def test_an_authority_under_other_roots_stamps_nothing(world, tmp_path):
    world.wire.authority = TimestampAuthority(tmp_path / "other")
    assert await world.stamping.look() == ("acme",)
    assert newest(world.folder) is None


async def test_another_process_goes_on_from_the_last_stamp(world, clock):
    await world.stamping.look()
    at = world.stamping.stamped["acme"][1]
    clock.nanoseconds = at * 10**6 + HOUR // 3
    world.grow(1)
    again = world.process()
    assert await again.look() == ("acme",)
    assert (len(world.wire.asked), again.ages()) == (1, {"acme": 1200.0})
    clock.nanoseconds += HOUR
    assert await again.look() == ()
    (place,) = (world.folder / FOLDER).glob("*4.tsr")
    place.write_bytes(b"nonsense")
    third = world.process()
    assert await third.look() == ()
    assert len(world.wire.asked) == 3


async def test_what_witnesses_cosigned_is_stamped_where_that_is_wanted(world):
    note = (world.folder / CHECKPOINT).read_bytes()
    (world.folder / ANCHORED).write_bytes(note)
    world.grow(4)
    assert await world.process(anchored=True).look() == ()
    assert sizes(world.folder) == [3]
    assert await world.process().look() == ()
    assert sizes(world.folder) == [3, 7]


async def test_a_log_that_is_not_published_is_left_alone(world):
    (world.folder / CHECKPOINT).unlink()
    assert await world.stamping.look() == ("acme",)
    assert world.wire.asked == []


async def test_the_log_has_to_extend_what_was_stamped(world, tmp_path):
    await world.stamping.look()
    world.grow(300)
    assert verify(world.folder).checkpoint.size == 303
    shutil.copytree(world.folder / FOLDER, tmp_path / "kept")
    shutil.rmtree(world.folder)
    world.grow(303, "other")
    verify(world.folder)
    shutil.copytree(tmp_path / "kept", world.folder / FOLDER)
    with pytest.raises(NotTrusted, match="differs from the checkpoint seen at 3"):
        verify(world.folder)
