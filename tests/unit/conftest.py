"""Systems that are made ready and not started, for the composition root's parts."""

import shutil
from importlib import resources

import pytest

from asepsis import app, control
from asepsis.building import live
from asepsis.infra import database
from asepsis.infra.clock import SystemClock
from asepsis.infra.outbox import Outbox
from asepsis.policy import dsse, signing
from asepsis.policy.folder import digest as folder_digest
from asepsis.policy.folder import read_files
from asepsis.testing.ids import SequentialIds
from asepsis.testing.starts import GOOD, prepared


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A state folder with what takes long to make: the database and the compiled rules."""
    folder = tmp_path_factory.mktemp("template")
    file = folder / "asepsis.toml"
    file.write_text(GOOD)
    start = app.Start(folder / "state", file)
    prepared(start)
    live(app.read_snapshot(start.paths), start.paths)
    database.make_ready(start.paths.database, start.paths.database_url).dispose()
    return folder / "state"


@pytest.fixture
def start(tmp_path, template):
    """A start whose state is made ready."""
    (tmp_path / "state").mkdir()
    shutil.copy(template / "control.db", tmp_path / "state")
    shutil.copytree(template / "cache", tmp_path / "state" / "cache")
    file = tmp_path / "asepsis.toml"
    file.write_text(GOOD)
    begun = app.Start(tmp_path / "state", file, (f"state={tmp_path}/state",))
    prepared(begun)
    return begun


@pytest.fixture
def outbox(start):
    engine = database.connect(start.paths.database_url)
    yield Outbox(engine, clock=SystemClock(), ids=SequentialIds())
    engine.dispose()


@pytest.fixture
def kills(outbox):
    return database.KillSwitches(outbox._engine, clock=SystemClock(), outbox=outbox)


@pytest.fixture
def watch(start, kills, outbox):
    return control.Watch(start, kills, outbox)


@pytest.fixture
def bundle(start):
    """The settings name a bundle, signed by two; returns its folder and a function that signs it again."""
    folder = start.state.parent / "policies"
    shutil.copytree(resources.files("asepsis.policy") / "starter", folder)
    keys = {name: dsse.private_key(dsse.new_key()) for name in ("ann", "bob")}

    def sign():
        (folder / "signatures").mkdir(exist_ok=True)
        digest = folder_digest(read_files(folder))
        for name, role in (("ann", "author"), ("bob", "approver")):
            file = folder / "signatures" / f"{role}.json"
            file.write_bytes(signing.envelope(digest, keys[name], signer=name, role=role))
        return digest

    signers = "".join(
        f'[[policy.signers]]\nname = "{name}"\nkey = "{dsse.public_text(key)}"\n' for name, key in keys.items()
    )
    start.file.write_text(f'[policy]\nbundle = "{folder}"\n{signers}{GOOD}')
    return folder, sign
