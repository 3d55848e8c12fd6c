"""The commands over sealed bodies."""

import json
import stat

import pytest
from click.testing import CliRunner

from asepsis.infra.records import ALL, Hold
from asepsis.infra.wrapping import FileUnwrapper, PublicWrapper
from asepsis.ledger.sealing.checking import Checked
from asepsis.ledger.sealing.opener import Answer
from asepsis.ledger.sealing.opening import OpenedBody, OpenedPart
from asepsis.policy import custody_commands as module
from asepsis.policy import dsse
from asepsis.policy.custody import Held
from asepsis.policy.custody_commands import CustodyDesk, custody_commands
from asepsis.testing.clock import ManualClock


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{value}"


class Custody:
    """Both a custodian and the keys; remembers what it was asked."""

    def __init__(self):
        self.asked = []
        self.answer = Held("h1")
        self.kept = 3

    def hold(self, owner, reason, /, *, by):
        self.asked.append((owner, reason, by))
        return self.answer

    release = hold

    def erase(self, owner, basis, /, *, by):
        self.asked.append((owner, basis, by))
        return 3, 1

    def page(self, after, most, /, *, tenant):
        return [one for one in sorted(self.rows.items()) if one[0] > after][:most]

    def rewrap(self, changes, /, *, tenant):
        self.rows.update({key: after for key, _, after in changes})
        return len(changes)

    def tell(self, told, /, *, tenant):
        self.asked.append(told)

    def count(self, owner, /, *, tenant):
        return self.kept, 0

    def records(self, *, tenant):
        return ["content", "content.1d", "unheard of"]

    def due(self, record, day, /, *, tenant):
        return (2, 1) if record == "content" else (5, 0)

    def holds(self, *, tenant):
        return (Hold("t", "h1", ALL, "suit", 0),)


@pytest.fixture
def custody():
    return Custody()


@pytest.fixture
def ran():
    return []


@pytest.fixture
def run(custody, ran, tmp_path):
    desk = CustodyDesk(
        "t", lambda: custody, custody, PlainDigester(), ManualClock(), tmp_path / "o.sock", 30, lambda: Checked(7, 2)
    )
    commands = {one.name: one for one in custody_commands(lambda: desk, lambda *given: ran.append(given))}

    def make(name, *words, code=0):
        result = CliRunner().invoke(commands[name], [str(word) for word in words])
        assert result.exit_code == code, result.output
        return result.output

    return make


def test_erasing_says_first_what_it_would_do(run, custody):
    erase = ("erase", "--member", "4711", "--basis", "asked", "--by", "ann")
    assert "subject:member-4711: 3 keys would be destroyed; say --yes" in run(*erase)
    assert custody.asked == []
    said = run(*erase, "--yes")
    assert "3 keys were destroyed; 1 are under a legal hold and stay" in said
    assert "by ann, because: asked" in said
    assert custody.asked == [("subject:member-4711", "asked", "ann")]


def test_one_owner_has_to_be_named(run, custody):
    for named in ((), ("--member", "a", "--session", "b")):
        assert "expected one of" in run("erase", *named, "--basis", "x", "--by", "ann", code=2)
    run("hold", "--session", "s", "--reason", "x", "--by", "ann")
    run("hold", "--subject", "d", "--reason", "x", "--by", "ann")
    run("hold", "--all", "--reason", "x", "--by", "ann")
    assert [owner for owner, _, _ in custody.asked] == ["session:s", "subject:d", "*"]


def test_holds_wait_are_set_are_denied_and_are_released(run, custody):
    hold = ("hold", "--member", "a", "--reason", "suit", "--by", "ann")
    assert "the hold h1 is set" in run(*hold)
    custody.answer = Held(case="c1")
    assert "case c1 waits for two people" in run(*hold)
    custody.answer = Held(case="c1", denied=True)
    assert "case c1 was denied" in run(*hold, code=1)
    custody.answer = Held("h1")
    assert "the hold h1 is released" in run("release", "h1", "--reason", "settled", "--by", "ann")
    assert "h1  since 1970-01-01T00:00:00+00:00  *  suit" in run("holds")


def test_a_hold_on_a_name_that_nothing_is_kept_of_is_not_taken_for_one_on_somebody(run, custody):
    custody.kept = 0
    hold = ("hold", "--member", " 4711", "--reason", "suit", "--by", "ann")
    assert "nothing is kept of that name" in run(*hold, code=1)
    assert custody.asked == []
    run(*hold, "--ahead")
    run("hold", "--all", "--reason", "suit", "--by", "ann")
    assert [owner for owner, _, _ in custody.asked] == ["subject:member- 4711", "*"]


def test_the_schedule_is_printed_with_what_is_due(run):
    said = run("retention")
    assert "45 CFR 164.316(b)(2)(i)" in said
    assert said.splitlines()[-2:] == [
        "due now: 2 keys of content older than 30 days; 1 more are under a legal hold",
        "due now: 5 keys of content.1d older than 1 days; 0 more are under a legal hold",
    ]


def test_bodies_are_held_against_their_events(run):
    assert run("bodies") == "7 bodies hold; 2 are gone, for their time was up\n"


def test_a_key_is_made_once_and_its_public_half_is_printed(run, tmp_path):
    path = tmp_path / "opener.pem"
    said = run("opener-key", path, "--passphrase", "")
    assert said.startswith("x25519:")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("opener-key", path, "--passphrase", "") == said
    assert "folder" in run("opener-key", tmp_path / "no" / "where.pem", "--passphrase", "", code=1)


def test_a_key_service_has_no_public_half(run, monkeypatch):
    monkeypatch.setattr(module, "unwrapper", lambda *_, **__: object())
    assert "public half" in run("opener-key", "pkcs11:x", "--passphrase", "", code=1)


def test_the_opener_is_run_with_its_key(run, ran):
    run("opener", "--key", "opener.pem")
    run("opener", "--key", "new.pem", "--key", "opener.pem")
    assert ran == [(("opener.pem",), b"", None), (("new.pem", "opener.pem"), b"", None)]


def test_keys_are_wrapped_anew_and_what_opens_with_neither_is_told(run, custody, tmp_path):
    old, new = tmp_path / "old.pem", tmp_path / "new.pem"
    for one in (old, new):
        run("opener-key", one, "--passphrase", "")
    wraps = PublicWrapper(FileUnwrapper(old).public)
    custody.rows = {b"1": wraps.wrap(bytes(32)), b"2": wraps.wrap(bytes(32))}
    assert "2 keys wrapped anew, 0 had been before, 0 open" in run("rotate", "--old", old, "--new", new)
    assert FileUnwrapper(new).unwrap(custody.rows[b"1"]) == bytes(32)
    (told,) = custody.asked
    assert (told.keys, told.already, told.before != told.after) == (2, 0, True)
    custody.rows[b"3"] = b"nonsense"
    assert "2 had been before, 1 open with neither key" in run("rotate", "--old", old, "--new", new, code=1)


@pytest.fixture
def read(run, tmp_path, monkeypatch):
    (tmp_path / "eve.pem").write_bytes(dsse.new_key())

    def make(answer, *more, code=0):
        monkeypatch.setattr(module, "request", lambda socket, data: answer)
        key = ("--key", tmp_path / "eve.pem", "--name", "eve", "--passphrase", "", "--purpose", "HOPERAT")
        return run("open", "e1", *key, *more, code=code)

    return make


def test_what_was_opened_is_printed_or_written(read, tmp_path):
    part = OpenedPart(0, "00" * 32, '["messages[0]","user","hello"]')
    answer = Answer("r1", OpenedBody("e1", ("11" * 32,), (part,), 2))
    said = read(answer)
    assert "messages[0] (user): hello" in said
    assert "1 parts, 2 can't be opened any more; recorded as r1" in said
    read(answer, "-o", tmp_path / "opened.json")
    assert json.loads((tmp_path / "opened.json").read_bytes())["parts"][0]["number"] == 0
    assert "more than 3 bodies a day (event r2)" in read(
        Answer("r2", code="opener.quota", message="more than 3 bodies a day"), code=1
    )


def test_without_an_opener_it_says_so(run, tmp_path):
    (tmp_path / "eve.pem").write_bytes(dsse.new_key())
    key = ("--key", tmp_path / "eve.pem", "--name", "eve", "--passphrase", "", "--purpose", "HOPERAT")
    assert "the opener does not answer" in run("open", "e1", *key, code=1)
