"""A log and its witnesses, all in this process; the transport between them is the test's to bend."""

import shutil

import pytest

from asepsis.core.errors import ConfigError, NotTrusted, Unavailable
from asepsis.core.events import Conflict, LedgerDisputed
from asepsis.ledger.anchor import Anchoring, read_policy
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.prove import prove
from asepsis.ledger.publish import ANCHORED, CHECKPOINT, Publisher
from asepsis.ledger.reader import LogReader
from asepsis.ledger.signing import VKEYS, read_vkeys
from asepsis.ledger.tlog import notes
from asepsis.ledger.verify import verify
from asepsis.ledger.witness import Witness, witness_keys
from asepsis.testing.keys import NamedKeys


class Answer:
    def __init__(self, reply):
        self.status, self._body = reply.status, reply.body

    async def chunks(self):
        yield self._body

    def close(self):
        pass


class Wire:
    """Hands requests to the witnesses by their hosts; `away` names those that do not answer."""

    def __init__(self):
        self.witnesses, self.away, self.asked = {}, set(), []

    async def send(self, request):
        host = request.url.split("/")[2]
        self.asked.append(host)
        if host in self.away:
            raise Unavailable("the server can't be reached")
        found = self.witnesses[host]
        return Answer(found if not hasattr(found, "add_checkpoint") else found.add_checkpoint(request.body))


class World:
    """One tenant's log, three witnesses, a policy of two of three."""

    def __init__(self, folder, clock, events):
        self.root, self.folder, self.clock, self.events = folder / "led", folder / "led" / "acme", clock, events
        self.grow(3)
        logs = {read_vkeys(self.folder / VKEYS)[0].name: read_vkeys(self.folder / VKEYS)}
        self.wire, self.disputes, lines = Wire(), [], []
        for name in ("w1", "w2", "w3"):
            keys = witness_keys(NamedKeys(name), f"{name}.example")
            self.wire.witnesses[name] = Witness(folder / name, keys=keys, logs=logs, clock=clock)
            lines.append(f"witness {name} {keys[0].verifier.render()} https://{name}/\n")
        (folder / "policy").write_text("".join(lines) + "group g 2 w1 w2 w3\nquorum g\n")
        self.policy = read_policy(folder / "policy")
        self.anchoring = self.process()

    def process(self):
        return Anchoring(
            self.root,
            self.policy,
            transport=self.wire,
            clock=self.clock,
            dispute=lambda *told: self.disputes.append(told),
        )

    def grow(self, count, name="e"):
        log = Log(self.folder, NamedKeys(), disk=OsDisk())
        start = log.count
        log.append([self.events.plain(f"{name}{start + number}").encode() for number in range(count)])
        publisher = Publisher(self.folder, log.signers, LogReader(self.root, "acme"))
        publisher.catch_up(10_000)
        publisher.publish(log.seal, time=1)
        log.close()

    def rewrite(self, *counts):
        """Replaces the log with another one, signed with the same keys."""
        shutil.rmtree(self.folder)
        for count in counts:
            self.grow(count, "other")

    def close(self):
        for one in self.wire.witnesses.values():
            one.close()


@pytest.fixture
def world(tmp_path, clock, events):
    made = World(tmp_path, clock, events)
    yield made
    made.close()


async def test_a_checkpoint_is_anchored_once_the_quorum_cosigned(world):
    assert await world.anchoring.look() == ()
    note = notes.parse((world.folder / ANCHORED).read_bytes())
    assert len(world.policy.check(note)) == 3
    assert note.text == notes.parse((world.folder / CHECKPOINT).read_bytes()).text
    assert len(note.unverified) == 5  # two of the log, one of each witness: the key that the policy names
    assert world.disputes == []


async def test_a_log_that_grew_is_proven_to_each_witness(world):
    for count in (1, 300, 5):
        assert await world.anchoring.look() == ()
        world.grow(count)
    asked = len(world.wire.asked)
    assert await world.anchoring.look() == ()
    assert len(world.wire.asked) == asked + 3  # the sizes they hold are known by now
    assert world.anchoring.anchored["acme"][0] == 309
    assert verify(world.folder).checkpoint.size == 309


async def test_another_process_learns_the_sizes_by_asking(world):
    await world.anchoring.look()
    world.grow(10)
    asked = len(world.wire.asked)
    assert await world.process().look() == ()
    assert len(world.wire.asked) == asked + 6


async def test_a_quorum_needs_no_witness_that_is_away_and_less_is_not_anchored(world):
    world.wire.away = {"w2"}
    assert await world.anchoring.look() == ()
    world.grow(1)
    world.wire.away = {"w2", "w3"}
    assert await world.anchoring.look() == ("acme",)
    assert world.anchoring.anchored["acme"][0] == 3
    world.wire.away = set()
    assert await world.anchoring.look() == ()
    assert (world.anchoring.anchored["acme"][0], world.disputes) == (4, [])


async def test_a_log_rolled_back_is_disputed_once(world):
    world.grow(20)
    await world.anchoring.look()
    world.rewrite(5)
    for process in (world.anchoring, world.anchoring, world.process()):
        assert await process.look() == ("acme",)
    told = [("acme", LedgerDisputed(name, Conflict.ROLLBACK, 23, 5)) for name in ("w1", "w2", "w3")]
    assert world.disputes == told * 2
    assert not (world.folder / ANCHORED).exists()


@pytest.mark.parametrize("counts", [(3,), (3, 4), (300,)])
async def test_another_history_is_disputed(world, counts):
    await world.anchoring.look()
    world.rewrite(*counts)
    assert await world.anchoring.look() == ("acme",) if sum(counts) > 3 else True
    assert await world.process().look() == ("acme",)
    assert {(tenant, told.reason, told.held) for tenant, told in world.disputes} == {("acme", Conflict.SPLIT, 3)}


async def test_two_views_meet_at_a_witness(world, tmp_path):
    """The log shows one history to two witnesses and another to the third."""
    world.wire.away = {"w3"}
    assert await world.anchoring.look() == ()
    shutil.copytree(world.root, tmp_path / "kept")
    world.rewrite(3)
    world.wire.away = {"w1", "w2"}
    assert await world.process().look() == ("acme",)
    shutil.rmtree(world.root)
    shutil.copytree(tmp_path / "kept", world.root)
    world.wire.away = set()
    world.grow(1)
    assert await world.process().look() == ()  # two of three still make the quorum
    assert [(told.witness, told.reason) for _, told in world.disputes] == [("w3", Conflict.SPLIT)]


async def test_what_was_anchored_stays_when_the_log_is_written_anew_and_verification_says_so(world, tmp_path):
    world.grow(5)
    await world.anchoring.look()
    shutil.copy(world.folder / ANCHORED, tmp_path / "kept")
    world.rewrite(4)
    shutil.copy(tmp_path / "kept", world.folder / ANCHORED)
    with pytest.raises(NotTrusted, match="expected the 8 witnessed entries"):
        verify(world.folder)


async def test_a_proof_is_given_in_what_is_anchored_if_it_goes_so_far(world):
    await world.anchoring.look()
    world.grow(1)
    assert len(world.policy.check(notes.parse(prove(world.folder, "2").proof.checkpoint))) == 3
    assert len(notes.parse(prove(world.folder, "3").proof.checkpoint).unverified) == 2


async def test_a_quiet_log_is_shown_again_after_a_while(world, clock):
    await world.anchoring.look()
    asked = len(world.wire.asked)
    clock.nanoseconds += 30 * 10**9
    await world.anchoring.look()
    assert (len(world.wire.asked), world.anchoring.ages()) == (asked, {"acme": 30.0})
    clock.nanoseconds += 31 * 10**9
    await world.anchoring.look()
    assert (len(world.wire.asked), world.anchoring.ages()) == (asked + 3, {"acme": 0.0})


async def test_the_age_outlives_the_process_and_grows_from_the_start_for_a_log_that_never_was(world, clock):
    await world.anchoring.look()
    clock.nanoseconds += 50 * 10**9
    again = world.process()
    await again.look()
    assert again.ages() == {"acme": 50.0}
    (world.folder / ANCHORED).write_bytes(b"nonsense")
    world.wire.away = {"w1", "w2"}
    third = world.process()
    await third.look()
    clock.nanoseconds += 7 * 10**9
    assert third.ages() == {"acme": 7.0}


@pytest.mark.parametrize(
    "reply",
    [
        (200, b""),
        (200, b"nonsense\n"),
        (200, "— w1.example AAAAAAAA\n".encode()),
        (409, b"x\n"),
        (409, b"0\n"),
        (500, b""),
    ],
    ids=range(6),
)
async def test_a_witness_that_talks_nonsense_counts_for_nothing(world, reply):
    class Reply:
        status, body = reply

    world.wire.witnesses["w2"].close()
    world.wire.witnesses["w3"].close()
    world.wire.witnesses |= {"w2": Reply(), "w3": Reply()}
    assert await world.anchoring.look() == ("acme",)
    assert world.disputes == []
    del world.wire.witnesses["w2"], world.wire.witnesses["w3"]


async def test_an_answer_without_end_is_not_read(world, monkeypatch):
    monkeypatch.setattr("asepsis.ledger.anchor._MOST_ANSWER", 10)
    assert await world.anchoring.look() == ("acme",)


async def test_a_log_that_is_not_published_is_not_shown(world):
    (world.folder / CHECKPOINT).unlink()
    assert await world.anchoring.look() == ("acme",)
    assert world.wire.asked == []


@pytest.mark.parametrize("text", ["nonsense\n", "quorum none\n"])
def test_a_policy_needs_witnesses_that_can_be_asked(tmp_path, text):
    (tmp_path / "policy").write_text(text)
    with pytest.raises(ConfigError):
        read_policy(tmp_path / "policy")
    with pytest.raises(ConfigError):
        read_policy(tmp_path / "none")
    key = witness_keys(NamedKeys(), "w.example")[0].verifier.render()
    for url in ("", " ftp://w"):
        (tmp_path / "policy").write_text(f"witness w {key}{url}\nquorum w\n")
        with pytest.raises(ConfigError):
            read_policy(tmp_path / "policy")
