"""From a ledger that a real authority stamped to a bundle that anybody checks: as processes, OpenSSL on both ends."""

import contextlib
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from asepsis.testing.authority import OPENSSL, TimestampAuthority

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl on this machine")
EVENT = '{"kind":"process.stopped","payload":{"process":"x"},"tenant":"acme"}\n'


def run(*words, text=""):
    command = [sys.executable, "-m", "asepsis", *map(str, words)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


@contextlib.contextmanager
def served(authority):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            reply = authority.reply(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_a_stamped_range_goes_out_and_every_verifier_says_by_when(tmp_path):
    authority, ledger = TimestampAuthority(tmp_path / "tsa"), tmp_path / "led"
    roots, bundle, vkey = tmp_path / "tsa" / "roots.pem", tmp_path / "x.zip", ledger / "acme" / "vkey"
    assert run("ledger", "append", ledger, "--jsonl", text=EVENT * 5).returncode == 0
    assert run("evidence", "export", ledger / "acme", "-o", bundle, "--tsa", roots).returncode == 1
    with served(authority) as url:
        done = run("ledger", "stamp", ledger, "--url", url, "--roots", roots)
    assert (done.returncode, "5 entries stamped" in done.stdout) == (0, True), done.stderr
    assert run("ledger", "append", ledger, "--jsonl", text=EVENT * 5).returncode == 0

    done = run("evidence", "export", ledger / "acme", "-o", bundle, "--end", 5, "--tsa", roots)
    assert done.returncode == 0, done.stderr
    done = run("evidence", "verify", bundle, "--vkey", vkey, "--tsa", roots)
    assert (done.returncode, done.stderr) == (0, "")
    when = next(line for line in done.stdout.splitlines() if line.startswith("stamped 20"))
    assert "whose clock it is was not checked" in run("evidence", "verify", bundle, "--vkey", vkey).stderr

    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path / "out")
    out = tmp_path / "out" / "evidence"
    words = [sys.executable, "-I", str(out / "verify.py"), "--vkey", str(vkey)]
    done = subprocess.run([*words, "--tsa", str(roots)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert '"stamped": 1' in done.stdout
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, "whose clock it is was not checked" in done.stderr) == (0, True)
    assert authority.holds((out / "data" / "timestamp.tsr").read_bytes(), (out / "data" / "checkpoint").read_bytes())
    assert when.removeprefix("stamped ")[:19] in (out / "cover.html").read_text()

    assert run("ledger", "verify", ledger).returncode == 0
    other = TimestampAuthority(tmp_path / "other")
    (tmp_path / "other.pem").write_bytes(other.roots)
    assert run("evidence", "verify", bundle, "--vkey", vkey, "--tsa", tmp_path / "other.pem").returncode == 1
