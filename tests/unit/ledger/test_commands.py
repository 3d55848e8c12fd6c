import os
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from asepsis.ledger.commands import ledger
from asepsis.ledger.format import segment_name

SHORT = '{"kind":"process.stopped","payload":{"process":"x"}}\n'
COMMAND = [sys.executable, "-c", "from asepsis.ledger.commands import ledger; ledger()"]


def run(*words, text=""):
    return subprocess.run([*COMMAND, *map(str, words)], input=text, capture_output=True, text=True, check=False)


@pytest.fixture
def filled(tmp_path):
    other = SHORT.replace("}\n", ',"tenant":"acme"}\n')
    done = run("append", tmp_path / "led", "--jsonl", text=SHORT + other + SHORT)
    assert done.returncode == 0, done.stderr
    return tmp_path / "led", done.stdout.split()


def test_append_prints_an_id_per_line_and_fails_for_a_bad_one(tmp_path):
    done = run("append", tmp_path / "led", "--jsonl", text=SHORT + "bad\n" + SHORT)
    assert (done.returncode, len(done.stdout.split())) == (1, 2)
    assert "line 2" in done.stderr


def test_verify_prints_checkpoints_that_a_later_one_takes(filled, tmp_path):
    folder, _ = filled
    done = run("verify", folder)
    assert (done.returncode, done.stdout.count("\n— ")) == (0, 2)
    assert done.stderr.count("entries hold\n") == done.stdout.count("\n\n")
    (tmp_path / "seen").write_text(done.stdout)
    run("append", folder, "--jsonl", text=SHORT)
    assert run("verify", folder, "--witnessed", tmp_path / "seen").returncode == 0
    assert run("verify", folder / "acme", "--witnessed", tmp_path / "seen").returncode == 0
    assert run("verify", folder / "acme", "--witnessed", folder / "acme" / "checkpoint").returncode == 0


def test_verify_takes_the_public_keys_from_elsewhere(filled, tmp_path):
    folder, _ = filled
    assert run("verify", folder / "acme", "--vkey", folder / "acme" / "vkey").returncode == 0
    done = run("verify", folder / "acme", "--vkey", folder / "default" / "vkey")
    assert (done.returncode, "to be those given" in done.stderr) == (1, True)


def test_append_signs_with_the_key_it_is_given(filled, tmp_path):
    folder, _ = filled
    (tmp_path / "key").write_bytes(bytes(32))
    (tmp_path / "key").chmod(0o600)
    done = run("append", tmp_path / "new", "--jsonl", "--key", tmp_path / "key", text=SHORT)
    assert (done.returncode, (tmp_path / "new" / "writer.key").exists()) == (0, False)
    done = run("append", folder, "--jsonl", "--key", tmp_path / "key", text=SHORT)
    assert (done.returncode, "the keys that this log was made with" in done.stderr) == (1, True)


@pytest.mark.parametrize("harm", ["change", "head", "tenant", "segment"])
def test_verify_fails_and_says_where(filled, tmp_path, harm):
    folder, _ = filled
    (tmp_path / "seen").write_text(run("verify", folder).stdout)
    victim = folder / "acme" / segment_name(0)
    if harm == "change":
        victim.write_bytes(victim.read_bytes()[:-1] + b"!")
    elif harm == "head":
        (folder / "acme" / "head").unlink()
    elif harm == "segment":
        victim.unlink()
    else:
        (folder / "acme").rename(tmp_path / "gone")
    done = CliRunner().invoke(ledger, ["verify", str(folder), "--witnessed", str(tmp_path / "seen")])
    assert done.exit_code == 1
    assert "acme" in done.output


@pytest.mark.parametrize("command", ["verify", "tail"])
def test_a_folder_without_a_log_is_an_error(tmp_path, command):
    done = CliRunner().invoke(ledger, [command, str(tmp_path)])
    assert done.exit_code == 1
    assert "expected a ledger" in done.output
    assert CliRunner().invoke(ledger, [command, str(tmp_path / "nowhere")]).exit_code == 1


def test_tail_prints_the_last_events(filled):
    folder, ids = filled
    lines = run("tail", folder / "default").stdout.splitlines()
    assert [line.split()[-1] for line in lines] == [ids[0], ids[2]]
    assert run("tail", folder / "default", "-n", "1").stdout.split()[-1] == ids[2]
    whole = run("tail", folder, "--jsonl").stdout
    assert sorted(ids) == sorted(line.split('"')[3] for line in whole.splitlines())
    assert run("append", folder.parent / "copy", "--jsonl", text=whole).stdout.split() == [
        line.split('"')[3] for line in whole.splitlines()
    ]


def test_tail_ends_without_ado_where_nobody_reads_on(filled):
    tail = subprocess.Popen(
        [*COMMAND, "tail", str(filled[0]), "-f"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    tail.stdout.readline()
    tail.stdout.close()
    run("append", filled[0], "--jsonl", text=SHORT)
    assert (tail.wait(20), tail.stderr.read()) == (1, "")
    tail.stderr.close()


def test_tail_follows(filled):
    folder, ids = filled
    follower = subprocess.Popen(
        # Where the tests run in the background the shell has the interrupt ignored, and a child inherits that.
        ["env", "--default-signal=INT", *COMMAND, "tail", str(folder / "default"), "-f"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert [follower.stdout.readline().split()[-1] for _ in range(2)] == [ids[0], ids[2]]
        fresh = run("append", folder, "--jsonl", text=SHORT).stdout.split()
        assert follower.stdout.readline().split()[-1] == fresh[0]
    finally:
        os.kill(follower.pid, signal.SIGINT)
        assert follower.wait(10) == 0
        follower.stdout.close()


def test_append_beside_a_writer_is_refused(filled):
    folder, _ = filled
    first = subprocess.Popen(
        [*COMMAND, "append", str(folder), "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        first.stdin.write(SHORT.encode())
        first.stdin.flush()
        assert first.stdout.readline()  # the id came although there may be more lines
        done = run("append", folder, "--jsonl", text=SHORT)
        assert (done.returncode, "no other writer" in done.stderr) == (1, True)
        assert run("verify", folder).returncode == 0
    finally:
        first.stdin.close()
        assert first.wait(10) == 0
        first.stdout.close()


def test_show_prints_the_stored_event(filled):
    folder, ids = filled
    done = run("show", folder / "default", ids[2])
    assert (done.returncode, done.stdout) == (0, run("tail", folder / "default", "-n", "1", "--jsonl").stdout)
    assert run("show", folder / "default", "1").stdout == done.stdout
    assert "expected the id" in run("show", folder / "default", "2").stderr
    assert "expected one tenant" in run("show", folder, "0").stderr


def test_a_proof_is_written_and_checked(filled, tmp_path):
    folder, ids = filled
    proof, keys = tmp_path / "x.tlog-proof", folder / "default" / "vkey"
    assert run("prove", folder / "default", ids[2], "-o", proof).returncode == 0
    done = run("check", proof, "--vkey", keys)
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, "2")
    policy = tmp_path / "policy"
    policy.write_text("".join(f"log {line}\n" for line in keys.read_text().splitlines()) + "quorum none\n")
    assert run("check", proof, "--policy", policy).returncode == 0
    assert run("check", proof).returncode == 2
    assert run("check", proof, "--vkey", folder / "acme" / "vkey").returncode == 1
    other = tmp_path / "other"
    other.write_text(run("show", folder / "default", "0").stdout.strip())
    assert run("check", proof, "--vkey", keys, "--event", other).returncode == 1
