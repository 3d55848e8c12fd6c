import pytest
from click.testing import CliRunner

from asepsis.core.errors import ConfigError
from asepsis.ledger.emergency import OPEN
from asepsis.policy import dsse
from asepsis.policy.config import Approver
from asepsis.policy.emergency import admitted
from asepsis.policy.emergency_commands import EmergencyDesk, emergency_command
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds


@pytest.fixture
def world(tmp_path):
    people = []
    for name in ("ann", "bob"):
        pem = dsse.new_key()
        (tmp_path / f"{name}.pem").write_bytes(pem)
        people.append(Approver(name, dsse.public_text(dsse.private_key(pem)), name, ("emergency",)))
    clock = ManualClock()
    (tmp_path / "elsewhere").mkdir()

    def admit(data):
        return admitted(data, approvers=people, most_ms=3_600_000, now=clock.now())

    command = emergency_command(lambda: EmergencyDesk(tmp_path / "elsewhere", admit, clock, SequentialIds()))

    class World:
        folder = tmp_path

        @staticmethod
        def run(*words):
            return CliRunner().invoke(command, list(map(str, words)))

        def sign(self, name, *words):
            key = self.folder / f"{name}.pem"
            return self.run("sign", "--key", key, "--name", name, "-o", self.folder / f"{name}.json", *words)

    made = World()
    made.clock = clock
    return made


def test_two_people_open_it_and_anybody_closes_it(world):
    assert world.run("show").output == "closed\n"
    assert world.sign("ann", "--for", "ledger", "--minutes", 30, "--reason", "disk full").exit_code == 0
    done = world.sign("bob", "--same", world.folder / "ann.json")
    assert (done.exit_code, "ledger until 2023" in done.output, "disk full" in done.output) == (0, True, True)
    done = world.run("open", world.folder / "ann.json", world.folder / "bob.json")
    assert (done.exit_code, done.output.startswith("open for ledger until 2023")) == (0, True)
    assert "by ann and bob: disk full" in world.run("show").output
    assert world.run("close").exit_code == 0
    assert world.run("show").output == "closed\n"
    assert world.run("open", world.folder / "ann.json", world.folder / "bob.json").exit_code == 0
    world.clock.advance(milliseconds=1_800_000)
    assert world.run("show").output == "closed\n"
    assert world.run("open", world.folder / "ann.json", world.folder / "bob.json").exit_code == 1


def test_one_does_not_and_what_is_missing_is_told(world):
    world.sign("ann", "--for", "ledger", "--reason", "x")
    assert world.run("open", world.folder / "ann.json", world.folder / "ann.json").exit_code == 1
    assert not (world.folder / "elsewhere" / OPEN).exists()
    assert "expected --for and --reason" in world.sign("bob", "--for", "ledger").output
    assert world.sign("bob", "--same", world.folder / "bob.pem").exit_code == 1


def test_without_a_folder_there_is_none():
    def closed():
        raise ConfigError("expected a folder on another disk", place="ledger.emergency.folder")

    assert "expected a folder" in CliRunner().invoke(emergency_command(closed), ["show"]).output
