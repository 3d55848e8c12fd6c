"""The commands over approvals."""

import msgspec
import pytest
from click.testing import CliRunner

from asepsis.core.types import Count, Decision, Kind, Outline, PartKind, Piece, Role, Verdict
from asepsis.infra import database
from asepsis.infra.approvals import ApprovalRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.spent import Spent
from asepsis.policy import dsse
from asepsis.policy.answers import Rules
from asepsis.policy.approvals import Approvals, Tools
from asepsis.policy.approving import Desk, approval_commands
from asepsis.policy.config import Approver
from asepsis.policy.rota import Rota
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds

ASK = Decision(Verdict.ASK, "why so", ("limits.topics",), "b", duties=("ask:privacy 2",), approvable=True)


class PlainKeys:
    def key(self, name, /, *, tenant):
        return b"k" * 32


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{value}-{tenant}"


@pytest.fixture
def desk(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    engine, clock = database.connect(url), ManualClock()
    approvers = []
    for name in ("bob", "eve"):
        (tmp_path / f"{name}.pem").write_bytes(dsse.new_key())
        key = dsse.private_key((tmp_path / f"{name}.pem").read_bytes())
        approvers.append(Approver(name, dsse.public_text(key), f"corp:{name}", ("privacy",)))
    rows = ApprovalRows(engine, Outbox(engine, clock=clock, ids=SequentialIds()))
    tools = Tools(clock, SequentialIds(), PlainDigester(), PlainKeys(), Spent(tmp_path / "spent"))
    yield Desk(Approvals(lambda: rows, Rules(approvers, Rota(())), tools, minutes=5), "t")
    engine.dispose()


@pytest.fixture
def run(desk):
    def make(*words, code=0):
        result = CliRunner().invoke(approval_commands(lambda: desk), [str(word) for word in words])
        assert result.exit_code == code, result.output
        return result.output

    return make


def test_a_rule_that_the_reason_names_is_named_once(run, desk, ask):
    doubt = Decision(Verdict.ASK, "it is from a fax (flow.object)", ("flow.object", "limits"), "b", approvable=True)
    case = desk.approvals.approval(ask("SSN"), doubt, "a" * 32, Outline()).case
    assert "why       it is from a fax (flow.object) (limits)\n" in run("show", case)


def test_a_case_is_listed_shown_and_approved_by_two(run, desk, ask, tmp_path):
    case = desk.approvals.approval(ask("SSN"), ASK, "a" * 32, Outline()).case
    assert f"{case}  until 2023-11-14 22:18:20 UTC  p  m  why so" in run("list")
    said = run("show", case)
    for one in ("needs     2 of privacy", "found SSN 1", "why       why so (limits.topics)", "action    aaaa"):
        assert one in said
    answer = ("approve", case, "--passphrase", "")
    assert "is open; others have to approve" in run(*answer, "--key", tmp_path / "bob.pem", "--name", "bob")
    assert "not answered yet" in run(*answer, "--key", tmp_path / "bob.pem", "--name", "bob", code=1)
    assert "answered  approve by corp:bob, 2023-11-14 22:13:20 UTC" in run("show", case)
    assert "is approved" in run(*answer, "--key", tmp_path / "eve.pem", "--name", "eve", "--reason", "fits")
    assert "answered  approve by corp:eve, 2023-11-14 22:13:20 UTC: fits" in run("show", case)
    late = run(*answer, "--key", tmp_path / "eve.pem", "--name", "eve", code=1)
    assert "expected a case that is open, this one is approved" in late
    assert run("list") == "nothing waits\n"
    assert desk.approvals.approval(ask("SSN"), ASK, "a" * 32, Outline()).approved


CALL = Outline(
    pieces=(
        Piece("recipient", Role.ASSISTANT, PartKind.TEXT, 13, origin="result 1 of `fills` note", value="eve@evil.test"),
        Piece("body", Role.USER, PartKind.TEXT, 4, found=(Count(Kind.SSN, 1),)),
        Piece("image", Role.USER, PartKind.OPAQUE, 0, opaque="image/png"),
    ),
    more=2,
)
PARTS = [
    "part      body (the user; 4 characters; SSN 1)",
    "part      image (the user; 0 characters; unreadable: image/png)",
    "more      2 parts, without findings or shorter",
]


@pytest.fixture
def call(desk, ask):
    """A case of a tool's call, of somebody."""

    def make(principal="p"):
        question = msgspec.structs.replace(ask(), principal=principal, tool="send", arguments=("recipient=d1g35t",))
        return desk.approvals.approval(question, ASK, "a" * 32, CALL).case

    return make


def test_who_may_answer_is_shown_what_decides_a_call_and_is_told_of(run, desk, call, tmp_path):
    said = run("show", case := call()).splitlines()
    assert said[-5:] == [
        "part      recipient (result 1 of `fills` note; 13 characters)",
        *PARTS,
        "values    are shown to who may answer: --key … --name …",
    ]
    assert "d1g35t" not in "\n".join(said)
    seen = run("show", case, "--key", tmp_path / "bob.pem", "--name", "bob").splitlines()
    assert seen[-4:] == ["part      recipient = `eve@evil.test` (result 1 of `fills` note; 13 characters)", *PARTS]
    with desk.approvals.cases._engine.connect() as connection:
        (told,) = connection.exec_driver_sql("SELECT payload FROM outbox WHERE kind = 'approval.shown'").all()
    assert "corp:bob" in str(told)


def test_who_may_not_answer_is_shown_no_values(run, call, tmp_path):
    own = run("show", call("corp:bob"), "--key", tmp_path / "bob.pem", "--name", "bob")
    assert "evil" not in own
    assert own.endswith("answer    not yours: it is you who asks, or on whose behalf it is asked\n")


def test_a_key_of_nobody_who_approves_shows_nothing(run, call, tmp_path):
    for key, name in (("bob", "eve"), ("bob", ""), ("bob", "nobody")):
        said = run("show", call(), "--key", tmp_path / f"{key}.pem", "--name", name, code=1)
        assert said == "Error: expected the key of an approver, by the name that the settings give them\n"


def test_a_no(run, desk, ask, tmp_path):
    case = desk.approvals.approval(ask(), ASK, "a" * 32, Outline()).case
    assert "is denied" in run("deny", case, "--passphrase", "", "--key", tmp_path / "bob.pem", "--name", "bob")


def test_a_key_that_is_another_persons(run, desk, ask, tmp_path):
    case = desk.approvals.approval(ask(), ASK, "a" * 32, Outline()).case
    assert "signed answer of an approver" in run(
        "approve", case, "--passphrase", "", "--key", tmp_path / "bob.pem", "--name", "eve", code=1
    )


def test_no_such_case(run):
    assert "expected the id of a case" in run("show", "nothing", code=1)


def test_rows_that_somebody_damaged_are_listed_as_such(run, desk, ask):
    case = desk.approvals.approval(ask(), ASK, "a" * 32, Outline()).case
    with desk.approvals.cases._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE approval SET decision = 'x{'")
    assert f"{case}  until 2023-11-14 22:18:20 UTC  p  the case's row is damaged" in run("list")
    assert "damaged" in run("show", case, code=1)
