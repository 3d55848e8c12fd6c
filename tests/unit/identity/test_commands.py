"""The commands over grants."""

import pytest
from click.testing import CliRunner

from asepsis.core.events import GrantIssued, GrantRevoked
from asepsis.core.types import Grant, Principal, Purpose
from asepsis.identity.commands import Desk, grant_commands
from asepsis.identity.grants import seal
from asepsis.infra import database
from asepsis.infra.grants import GrantRows
from asepsis.infra.outbox import Outbox
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.keys import NamedKeys
from asepsis.testing.randomness import SeededRandomness


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{value}-{tenant}"


@pytest.fixture
def desk(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    engine, clock = database.connect(url), ManualClock()
    rows = GrantRows(engine, Outbox(engine, clock=clock, ids=SequentialIds()))
    made = Desk(rows, NamedKeys(), PlainDigester(), clock, "t")
    for name, parent, who in (("g1", "", "agent"), ("g2", "g1", "sub"), ("g3", "", "sub")):
        principal = Principal("t", who, "chat", (("purpose", "TREAT"),), Principal("t", "corp:ann", "chat"))
        members = ("4711",) if parent else ()
        grant = Grant(name, principal, ("model.invoke",), clock.now() + 60_000, members, "k" if parent else "", parent)
        told = GrantIssued(name, parent, (), Purpose.UNSTATED, (), 0, bound=False, expires=0)
        assert rows.add(seal(grant, f"asg_{name}", made.keys, SeededRandomness(), issued=clock.now()), told)
    yield made
    engine.dispose()


@pytest.fixture
def run(desk):
    return lambda *arguments: CliRunner().invoke(grant_commands(lambda: desk), arguments)


def events(desk):
    found = []
    while waiting := desk.rows._outbox.first():
        found += [one.payload for one in waiting]
        desk.rows._outbox.done(waiting[0])
    return [one for one in found if isinstance(one, GrantRevoked)]


def test_the_list_says_who_acts_for_whom_and_how_far_and_names_no_member(run):
    lines = run("list").output.splitlines()
    assert lines[0].startswith("g1  until 2023-11-14 22:14:20 UTC  agent for corp:ann  TREAT  model.invoke")
    assert lines[1].endswith("model.invoke  1 members  bound to a key")
    assert "4711" not in "".join(lines)
    assert [line[:2] for line in run("list", "--principal", "sub").output.splitlines()] == ["g2", "g3"]


def test_a_row_that_was_tampered_with_is_said_to_be(run, desk):
    for row in desk.rows.living(0, tenant="t"):
        assert row.sealed
    spoiled = desk._replace(keys=NamedKeys("other"))
    output = CliRunner().invoke(grant_commands(lambda: spoiled), ["list"]).output
    assert output.count("not as it was sealed") == 3


def test_one_is_taken_back_with_all_below_it(run, desk):
    assert run("revoke", "g1").output == "2 taken back\n"
    assert events(desk) == [GrantRevoked("g1", "", 2, "operator")]
    assert "there is no grant `g1` that holds" in run("revoke", "g1").output


def test_those_of_a_principal_or_all_are_taken_back(run, desk):
    assert run("revoke", "--principal", "sub").output == "2 taken back\n"
    assert events(desk) == [GrantRevoked("", "principal-sub-t", 2, "operator")]
    assert run("revoke", "--all").output == "1 taken back\n"
    assert (run("list").stdout, run("list").stderr) == ("", "no grant is good now\n")


@pytest.mark.parametrize("words", [[], ["g1", "--all"], ["--principal", "a", "--all"]])
def test_which_are_taken_back_has_to_be_said_in_one_way(run, words):
    result = run("revoke", *words)
    assert result.exit_code == 2
    assert "expected the id of a grant" in result.output
