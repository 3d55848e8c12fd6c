"""A ledger and its witnesses as processes of their own: anchored, rolled back, found out, and proven offline."""

import contextlib
import shutil
import signal
import socket
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "asepsis", "ledger"]
EVENT = '{"kind":"process.stopped","payload":{"process":"x"},"tenant":"acme"}\n'


def run(*words, text=""):
    return subprocess.run([*COMMAND, *map(str, words)], input=text, capture_output=True, text=True, check=False)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextlib.contextmanager
def witness(folder, name, vkey):
    """Runs a witness and gives the policy's line for it."""
    port = free_port()
    words = [*COMMAND, "witness", folder / name, "--name", f"{name}.example", "--log", vkey, "--port", port]
    process = subprocess.Popen(list(map(str, words)), stdout=subprocess.PIPE, text=True)
    try:
        keys = [process.stdout.readline().strip() for _ in range(2)]
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
        yield f"witness {name} {keys[0]} http://127.0.0.1:{port}\n"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        process.stdout.close()


@pytest.mark.slow
def test_a_ledger_is_witnessed_and_its_rollback_is_found(tmp_path):
    ledger = tmp_path / "led"
    assert run("append", ledger, "--jsonl", text=EVENT * 300).returncode == 0
    shutil.copytree(ledger, tmp_path / "before")
    shutil.copy(ledger / "acme" / "vkey", tmp_path / "vkey")
    assert run("append", ledger, "--jsonl", text=EVENT * 3).returncode == 0
    with witness(tmp_path, "w1", tmp_path / "vkey") as one, witness(tmp_path, "w2", tmp_path / "vkey") as two:
        logs = "".join(f"log {line}\n" for line in (tmp_path / "vkey").read_text().splitlines())
        policy = tmp_path / "policy"
        policy.write_text(logs + one + two + "group both all w1 w2\nquorum both\n")
        done = run("anchor", ledger, "--policy", policy)
        assert (done.returncode, done.stdout) == (0, "acme: anchored at 303 entries\n"), done.stderr
        assert run("append", ledger, "--jsonl", text=EVENT).returncode == 0
        assert "anchored at 304" in run("anchor", ledger, "--policy", policy).stdout

        proof = tmp_path / "7.tlog-proof"
        assert run("prove", ledger / "acme", "7", "-o", proof).returncode == 0
        assert run("check", proof, "--policy", policy).returncode == 0
        anchored = ledger / "acme" / "anchored"
        assert run("verify", ledger, "--witnessed", anchored).returncode == 0

        done = run("anchor", tmp_path / "before", "--policy", policy)
        assert done.returncode == 1
        assert done.stderr.count("disputes it: rollback") == 2
    done = run("verify", tmp_path / "before", "--witnessed", anchored)
    assert (done.returncode, "expected the 304 witnessed entries, got 300" in done.stderr) == (1, True)
