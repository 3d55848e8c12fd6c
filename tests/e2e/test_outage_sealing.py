"""The control database goes away while all is kept sealed: calls are denied until two people open an emergency."""

import stat

import httpx
import pytest

from asepsis.policy import dsse

MORE = """
[ledger.sealing]
to = "{to}"
[ledger.emergency]
folder = "{elsewhere}"
[[policy.approvers]]
name = "ann"
key = "{ann}"
principal = "corp:ann"
groups = ["emergency"]
[[policy.approvers]]
name = "bob"
key = "{bob}"
principal = "corp:bob"
groups = ["emergency"]
"""


@pytest.fixture(scope="module")
def system(make_system, postgresql_server):
    made = make_system()
    folder = made.file.parent
    secret = folder / "database.url"
    secret.write_text(postgresql_server.get_uri())
    secret.chmod(stat.S_IRUSR | stat.S_IWUSR)
    public = {}
    for name in ("ann", "bob"):
        (folder / f"{name}.pem").write_bytes(dsse.new_key())
        public[name] = dsse.public_text(dsse.private_key((folder / f"{name}.pem").read_bytes()))
    (folder / "elsewhere").mkdir()
    to = made.run("ledger", "opener-key", str(folder / "opener.pem"), "--passphrase", "").stdout.strip()
    more = MORE.format(to=to, elsewhere=folder / "elsewhere", **public)
    made.file.write_text(f'database = "file:{secret}"\n{made.file.read_text()}{more}')
    made.start()
    return made


def ask(system):
    """Asks; returns the status and the rule that denied it, if any."""
    document = {"model": "lab-assistant", "messages": [{"role": "user", "content": "My SSN is 123-45-6789."}]}
    answer = httpx.post(f"http://127.0.0.1:{system.gateway}/v1/chat/completions", json=document, timeout=30)
    said = "" if answer.status_code == 200 else answer.json()["error"]["message"]
    return answer.status_code, said.partition("(rule ")[2].partition(",")[0]


def opened_by_two(system):
    """Has two people sign one statement, and opens the emergency with it."""
    folder, config = system.file.parent, ("--config", str(system.file))
    first = ("--for", "sealing", "--minutes", "30", "--reason", "database away")
    for name, words in (("ann", first), ("bob", ("--same", str(folder / "ann.json")))):
        key = ("--key", str(folder / f"{name}.pem"), "--name", name, "-o", str(folder / f"{name}.json"))
        system.run("ledger", "emergency", "sign", *words, *key, *config)
    system.run("ledger", "emergency", "open", str(folder / "ann.json"), str(folder / "bob.json"), *config)


def kept(system):
    """Whether the last two Events of a call say that something was kept."""
    ends = [system.events(kind)[-1][1] for kind in ("gateway.call.opened", "gateway.call.closed")]
    return [event.sealed is not None for event in ends]


def test_what_is_to_be_kept_and_can_not_be_closes_calls_until_two_people_say_otherwise(
    system, postgresql_server, eventually
):
    assert eventually(20, lambda: ask(system) == (200, ""))
    assert kept(system) == [True, True]
    postgresql_server.stop()
    assert eventually(90, lambda: ask(system) == (503, "gateway.ledger"))
    opened_by_two(system)
    assert eventually(10, lambda: ask(system) == (200, ""))
    assert kept(system) == [False, False]
    postgresql_server.start()
    assert eventually(60, lambda: ask(system) == (200, "") and kept(system) == [True, True])
