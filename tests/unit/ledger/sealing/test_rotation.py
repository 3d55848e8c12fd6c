"""Another key-encrypting key over a real key store: files, AWS KMS as moto plays it; a token in its own test."""

import boto3
import pytest
from moto import mock_aws

from asepsis.core.errors import NotTrusted, Unavailable
from asepsis.core.events import BodiesErased, KeysRewrapped
from asepsis.core.ports import Said
from asepsis.infra import database
from asepsis.infra.custody import CustodyRows
from asepsis.infra.kms import KmsWrapper
from asepsis.infra.outbox import Outbox
from asepsis.infra.wrapping import FileUnwrapper, PublicWrapper, new_key
from asepsis.ledger.sealing import rotation
from asepsis.ledger.sealing.files import read_body
from asepsis.ledger.sealing.keyring import Keyring
from asepsis.ledger.sealing.opening import open_body, sealed_in
from asepsis.ledger.sealing.rotation import Openers, Rotated, Rotation
from asepsis.ledger.sealing.sealer import BodySealer
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.sealing import SealingKit

OWNERS = ("ann", "bob", "eve")


def file_key(folder, name):
    durable = folder / f"{name}.pem"
    durable.write_bytes(new_key())
    durable.chmod(0o600)
    opens = FileUnwrapper(durable)
    return opens, PublicWrapper(opens.public)


class World:
    """Bodies about three people, sealed in two windows of an old key."""

    def __init__(self, folder):
        url = f"sqlite:///{folder}/control.db"
        database.upgrade(url)
        self.engine = database.connect(url)
        self.outbox = Outbox(self.engine, clock=ManualClock(), ids=SequentialIds())
        self.store = CustodyRows(self.engine, self.outbox)
        self.root = folder / "bodies"
        self.old, self.old_wraps = file_key(folder, "old")
        self.new, self.new_wraps = file_key(folder, "new")
        self.events = [*self.keep(folder, "w1", self.old_wraps), *self.keep(folder, "w2", self.old_wraps)]

    def keep(self, folder, name, wrapper):
        kit = SealingKit(self.root)
        keyring = Keyring(wrapper, kit.clock, kit.sealer._randomness)
        sealer = BodySealer(keyring, kit.files, self.store, randomness=kit.sealer._randomness, most_bytes=1 << 20)
        sealer.start()
        kit.sealer = sealer
        found = [kit.keep(f"{name}-{who}", Said("p", "user", f"about {who}", (who,))) for who in OWNERS]
        sealer.close()
        return found

    def rotation(self, old=None, new=None, wraps=None):
        return Rotation(self.store, old or self.old, new or self.new, wraps or self.new_wraps, names=("a", "b"))

    def texts(self, opens):
        found = []
        for event in self.events:
            data = read_body(self.root, "t", sealed_in(event))
            opened = open_body(event, data, lambda keys: self.store.get(keys, tenant="t"), opens)
            found += [part.part for part in opened.parts]
        return len(found)

    def told(self):
        found = []
        while waiting := self.outbox.first():
            found += [one.payload for one in waiting]
            for one in waiting:
                self.outbox.done(one)
        return found


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.engine.dispose()


def test_what_was_sealed_opens_with_the_new_key_alone(world):
    assert world.texts(world.old) == 6
    assert world.rotation().run("t") == Rotated(6, 0, 0)
    assert world.texts(world.new) == 6
    with pytest.raises(NotTrusted):
        world.old.unwrap(world.store.page(b"", 1, tenant="t")[0][1])
    assert world.told() == [KeysRewrapped("a", "b", 6, 0, 0)]
    assert world.rotation().run("t") == Rotated(0, 6, 0)


def test_bodies_sealed_meanwhile_under_the_new_key_stay(world, tmp_path):
    world.events += world.keep(tmp_path, "w3", world.new_wraps)
    assert world.texts(Openers([world.new, world.old])) == 9
    assert world.rotation().run("t") == Rotated(6, 3, 0)
    assert world.texts(world.new) == 9


@pytest.mark.parametrize("after", range(1, 4))
def test_one_that_was_cut_short_goes_on(world, monkeypatch, after):
    monkeypatch.setattr(rotation, "_PAGE", 2)
    calls, store = [], world.store

    class Fickle:
        def rewrap(self, changes, /, *, tenant):
            calls.append(changes)
            if len(calls) == after:
                raise Unavailable("the database went", code="sealing_keys")
            return store.rewrap(changes, tenant=tenant)

        page, tell = store.page, store.tell

    world.store = Fickle()
    with pytest.raises(Unavailable):
        world.rotation().run("t")
    world.store = store
    (told,) = world.told()
    assert told.keys == 2 * (after - 1)
    assert world.texts(Openers([world.old, world.new])) == 6
    assert world.rotation().run("t") == Rotated(6 - told.keys, told.keys, 0)
    assert world.texts(world.new) == 6


def test_what_was_erased_meanwhile_stays_erased(world, monkeypatch):
    rewrap = world.store.rewrap

    def late(changes, /, *, tenant):
        world.store.erase("subject:ann", BodiesErased("subject:ann", 0, 0, "asked", "by"), tenant=tenant)
        return rewrap(changes, tenant=tenant)

    monkeypatch.setattr(world.store, "rewrap", late)
    assert world.rotation().run("t") == Rotated(4, 0, 0)
    assert {row for row, _ in world.store.page(b"", 100, tenant="t")}
    assert world.store.count("subject:ann", tenant="t").keys == 0


def test_a_row_that_neither_opens_is_counted_and_left(world, tmp_path):
    world.keep(tmp_path, "w4", file_key(tmp_path, "third")[1])
    before = dict(world.store.page(b"", 100, tenant="t"))
    assert world.rotation().run("t") == Rotated(6, 0, 3)
    assert len(set(before.values()) & set(dict(world.store.page(b"", 100, tenant="t")).values())) == 1


def test_nothing_is_changed_for_a_key_that_does_not_open_what_it_wraps(world, tmp_path):
    _, others = file_key(tmp_path, "other")
    before = world.store.page(b"", 100, tenant="t")
    assert world.rotation(wraps=others).run("t") == Rotated(0, 0, 6)
    assert world.store.page(b"", 100, tenant="t") == before


def test_from_a_file_to_a_key_service_and_back(world, monkeypatch):
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        service = KmsWrapper(boto3.client("kms").create_key()["KeyMetadata"]["KeyId"])
        assert world.rotation(new=service, wraps=service).run("t") == Rotated(6, 0, 0)
        assert world.texts(service) == 6
        assert world.rotation(old=service).run("t") == Rotated(6, 0, 0)
    assert world.texts(world.new) == 6


def test_of_several_keys_the_one_that_fits_opens(world, tmp_path):
    class Away:
        def unwrap(self, wrapped):
            raise Unavailable("away", code="sealing_keys")

    (_, via), *_ = world.store.page(b"", 1, tenant="t")
    openers = Openers([world.new, Away(), world.old])
    assert openers.unwrap(via) == world.old.unwrap(via)
    assert openers._openers[0] is world.old
    with pytest.raises(NotTrusted):
        Openers([world.new]).unwrap(via)
    with pytest.raises(Unavailable):
        Openers([world.new, Away()]).unwrap(via)
