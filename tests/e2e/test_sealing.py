"""Sealed bodies in a running system: kept, opened elsewhere, held, erased; and content nowhere else on the disk."""

import base64
import gzip
import json
import re
import subprocess
import sys

import pytest

from asepsis.policy import dsse

MODEL = "lab-assistant"
MRN = "MRN 7122250"
PLANTED = ("7122250", "123-45-6789", "Wolfeschlegel", "metformin")
MORE = """
[scan.subjects]
roster = "{roster}"
[ledger.sealing]
to = "{to}"
"""
APPROVER = """
[[policy.approvers]]
name = "{name}"
key = "{key}"
principal = "corp:{name}"
groups = ["{group}"]
"""


@pytest.fixture(scope="module")
def system(make_system):
    system = make_system()
    folder = system.file.parent
    made = system.run("ledger", "opener-key", str(folder / "opener.pem"), "--passphrase", "")
    assert made.returncode == 0, made.stderr
    (folder / "roster.csv").write_text("member_id,mrn,ssn\n4711,7122250,123-45-6789\n")
    more = MORE.format(roster=folder / "roster.csv", to=made.stdout.strip())
    for name, group in (("eve", "records"), ("bob", "custody"), ("cat", "custody")):
        (folder / f"{name}.pem").write_bytes(dsse.new_key())
        key = dsse.public_text(dsse.private_key((folder / f"{name}.pem").read_bytes()))
        more += APPROVER.format(name=name, key=key, group=group)
    system.file.write_text(system.file.read_text() + more)
    system.start()
    return system


@pytest.fixture(scope="module")
def opener(system, eventually):
    """The process that opens, with a key that the system itself does not have."""
    folder = system.file.parent
    command = ["ledger", "opener", "--key", str(folder / "opener.pem"), "--config", str(system.file)]
    process = subprocess.Popen([sys.executable, "-m", "asepsis", *command], stderr=subprocess.PIPE)
    eventually(15, (system.state / "opener.sock").exists)
    yield process
    process.terminate()
    process.communicate(timeout=20)


@pytest.fixture
def say(system):
    def run(*words, code=0):
        done = system.run("ledger", *map(str, words), "--config", str(system.file))
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def read(system, say):
    def run(event, *more, code=0):
        key = ("--key", system.file.parent / "eve.pem", "--name", "eve", "--passphrase", "", "--purpose", "HOPERAT")
        return say("open", event, *key, *more, code=code)

    return run


def ask(system, text, *, stream=False, **headers):
    with system.openai() as client:
        asked = [{"role": "user", "content": text}]
        said = client.chat.completions.create(model=MODEL, messages=asked, stream=stream, extra_headers=headers)
        if stream:
            for _ in said:
                pass
    return system.events("gateway.call.opened")[-1][0]


def test_what_was_asked_can_be_read_by_a_reader_alone_and_it_is_told(system, opener, read, eventually):
    event = ask(system, f"Is {MRN} covered for metformin?")
    assert f"messages[0].content (user): Is {MRN} covered for metformin?" in read(event)
    assert "expected the signed request" in read(event, "--name", "bob", code=1)
    (told,) = [payload for _, payload in system.events("ledger.body.opened") if payload.event == event]
    assert (told.parts, told.erased, told.purpose) == (1, 0, "HOPERAT")
    assert "eve" not in told.reader
    opened, bundle = str(system.file.parent / "opened.json"), str(system.file.parent / "evidence.zip")
    read(event, "-o", opened)
    log = str(system.state / "ledger" / "local")
    eventually(10, lambda: system.run("evidence", "export", log, "-o", bundle, "--opened", opened).returncode == 0)
    vkey = str(system.state / "ledger" / "local" / "vkey")
    assert f"Is {MRN} covered for metformin?" in system.run("evidence", "verify", bundle, "--vkey", vkey).stdout


def test_a_hold_of_two_people_keeps_what_nobody_may_then_erase(system, opener, say, read, eventually):
    event = ask(system, f"About {MRN} alone.")
    hold = ("hold", "--member", "4711", "--reason", "Doe v. Plan", "--by", "ann")
    case = re.search(r"case (\S+) waits", say(*hold))[1]
    for name, state in (("bob", "open"), ("cat", "approved")):
        key = str(system.file.parent / f"{name}.pem")
        given = ("--key", key, "--name", name, "--passphrase", "", "--config", str(system.file))
        assert f"is {state}" in system.run("approvals", "approve", case, *given).stdout
    set_by = re.search(r"the hold (\S+) is set", say(*hold))[1]
    erase = ("erase", "--member", "4711", "--basis", "asked", "--by", "ann")
    assert re.search(r"0 keys were destroyed; \d+ are under a legal hold", say(*erase, "--yes"))
    assert MRN in read(event)
    eventually(10, lambda: [one for _, one in system.events("ledger.bodies.erased") if one.held])
    assert [one.hold for _, one in system.events("ledger.hold.set")] == [set_by]


def test_who_is_erased_is_gone_and_the_ledger_holds(system, opener, say, read, eventually):
    event = ask(system, "A question of nobody known.", **{"x-asepsis-session": "s1"})
    session = system.events("gateway.call.opened")[-1][1].session
    assert "A question" in read(event)
    erase = ("erase", "--session", session, "--basis", "asked", "--by", "ann")
    assert "1 keys were destroyed" in say(*erase, "--yes")
    said = read(event)
    assert "A question" not in said
    assert "0 parts, 1 can't be opened any more" in said
    assert system.run("ledger", "verify", str(system.state / "ledger")).returncode == 0
    assert re.match(r"[1-9]\d* bodies hold; 0 are gone", say("bodies"))


def test_nothing_that_the_system_wrote_has_content_in_it(system, opener, eventually):
    told = "Member Wolfeschlegel, MRN 7122250, SSN 123-45-6789, takes metformin."
    for stream in (False, True):
        ask(system, told, stream=stream)
    ask(system, json.dumps({"note": told}))
    eventually(10, lambda: len(system.events("gateway.call.closed")) == len(system.events("gateway.call.opened")))
    forms = [one.encode() for one in PLANTED]
    forms += [base64.b64encode(b"x" * shift + one)[4:-4] for one in forms for shift in range(3)]
    forms += [one.decode().encode("utf-16-le") for one in forms[: len(PLANTED)]]
    looked = 0
    files = [*system.state.rglob("*"), *system.file.parent.glob("*.log")]
    for path in (path for path in files if path.is_file()):
        looked += 1
        data = path.read_bytes()
        assert not any(form in data for form in forms if len(form) > 4), path.name
        assert not path.name.endswith(".gz") or not any(form in gzip.decompress(data) for form in forms)
    assert looked > 8
    assert list(system.state.glob("bodies/local/*.bodies"))
    assert not any(one in system.log for one in PLANTED)
