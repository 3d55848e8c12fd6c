import pytest
from click.testing import CliRunner

from asepsis.infra.clock import SystemClock
from asepsis.ledger.commands import ledger
from asepsis.ledger.disk import OsDisk
from asepsis.ledger.log import Log
from asepsis.ledger.publish import Publisher
from asepsis.ledger.reader import LogReader
from asepsis.ledger.signing import VKEYS
from asepsis.ledger.tlog.keys import KeyType, VerifierKey
from asepsis.ledger.witness import Witness, witness_keys
from asepsis.testing.keys import NamedKeys


@pytest.fixture
def folder(tmp_path):
    log = Log(tmp_path / "led" / "acme", NamedKeys(), disk=OsDisk())
    log.append([b"entry"])
    publisher = Publisher(tmp_path / "led" / "acme", log.signers, LogReader(tmp_path / "led", "acme"))
    publisher.catch_up(10)
    publisher.publish(log.seal, time=1)
    log.close()
    return tmp_path / "led"


@pytest.fixture
def served(monkeypatch):
    """Takes the place of serving."""
    seen = []

    async def serve(opened, listener, *, stop):
        seen.append((opened, listener))

    monkeypatch.setattr("asepsis.ledger.witness_server.listen", lambda host, port: (host, port))
    monkeypatch.setattr("asepsis.ledger.witness_server.serve", serve)
    return seen


def run(*words):
    return CliRunner().invoke(ledger, list(map(str, words)))


def test_a_witness_prints_its_keys_and_has_the_same_ones_next_time(folder, served, tmp_path):
    words = ["witness", tmp_path / "w", "--name", "w.example/1", "--log", folder / "acme" / VKEYS]
    first, second = run(*words), run(*words, "--port", 0)
    assert first.exit_code == second.exit_code == 0
    assert first.output == second.output
    assert [VerifierKey.parse(line).kind for line in first.output.split()] == [KeyType.COSIGNATURE, KeyType.ML_DSA_44]
    assert [listener for _, listener in served] == [("127.0.0.1", 8082), ("127.0.0.1", 0)]
    assert isinstance(served[0][0], Witness)
    assert (tmp_path / "w" / "witness.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("harm", ["name", "log", "key", "locked"])
def test_a_witness_that_cannot_be_says_why(folder, served, tmp_path, harm):
    name = "a b" if harm == "name" else "w.example/1"
    log = folder / "acme" / (VKEYS if harm != "log" else "head")
    words = ["witness", tmp_path / "w", "--name", name, "--log", log]
    if harm == "key":
        words += ["--key", tmp_path / "none"]
    other = None
    if harm == "locked":
        other = Witness(tmp_path / "w", keys=(), logs={}, clock=SystemClock())
    done = run(*words)
    assert (done.exit_code, "Error: " in done.output) == (1, True)
    if other:
        other.close()


@pytest.mark.loopback
def test_anchor_fails_where_nobody_answers(folder, tmp_path):
    key = witness_keys(NamedKeys(), "w.example")[0].verifier.render()
    (tmp_path / "policy").write_text(f"witness w {key} http://127.0.0.1:9\nquorum w\n")
    done = run("anchor", folder, "--policy", tmp_path / "policy")
    assert (done.exit_code, "acme: not anchored" in done.output) == (1, True)
    done = run("anchor", folder, "--policy", tmp_path / "none")
    assert (done.exit_code, "trust policy" in done.output) == (1, True)
