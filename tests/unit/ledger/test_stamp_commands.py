import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from asepsis.ledger.commands import ledger
from asepsis.testing.authority import OPENSSL, TimestampAuthority

pytestmark = [pytest.mark.loopback, pytest.mark.skipif(OPENSSL is None, reason="no openssl on this machine")]
EVENT = '{"kind":"process.stopped","payload":{"process":"x"},"tenant":"acme"}\n'


@pytest.fixture
def served(tmp_path):
    """A timestamp authority over HTTP: its URL, and the file of its root."""
    authority = TimestampAuthority(tmp_path / "tsa")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.headers["content-type"] == "application/timestamp-query"
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
    yield f"http://127.0.0.1:{server.server_port}/", tmp_path / "tsa" / "roots.pem"
    server.shutdown()
    thread.join()
    server.server_close()


def run(*words, text=None):
    return CliRunner().invoke(ledger, list(map(str, words)), input=text)


def test_a_ledger_is_stamped_once(tmp_path, served):
    url, roots = served
    log = tmp_path / "led"
    import subprocess
    import sys

    words = [sys.executable, "-m", "asepsis", "ledger", "append", str(log), "--jsonl"]
    subprocess.run(words, input=EVENT * 3, text=True, check=True, capture_output=True)
    done = run("stamp", log, "--url", url, "--roots", roots)
    assert (done.exit_code, done.output.startswith("acme: 3 entries stamped 20")) == (0, True), done.output
    assert run("stamp", log, "--url", url, "--roots", roots).exit_code == 0
    assert run("verify", log).exit_code == 0


def test_what_fails_is_told(tmp_path, served):
    url, roots = served
    log = tmp_path / "led" / "acme"
    log.mkdir(parents=True)
    (log / "head").write_bytes(b"")
    done = run("stamp", tmp_path / "led", "--url", url, "--roots", roots)
    assert (done.exit_code, done.output) == (1, "acme: not stamped\n")
    done = run("stamp", tmp_path / "led", "--url", url, "--roots", tmp_path / "none")
    assert (done.exit_code, "expected certificates" in done.output) == (1, True)
