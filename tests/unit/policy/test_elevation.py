"""Access for a time: granted by others, taken in an emergency, reviewed by somebody else."""

import hashlib

import msgspec
import pytest

from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.events import AccessAsked, AccessDecided, AccessEnded, GlassBroken, GlassReviewed
from asepsis.core.types import Decision, Verdict
from asepsis.infra import database
from asepsis.infra.elevations import ElevationRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.spent import Spent
from asepsis.policy.answers import Answers, Rules, Teller
from asepsis.policy.approvals import Tools
from asepsis.policy.elevation import Asking, Elevations, Open
from asepsis.policy.rota import Rota
from asepsis.policy.types import Rule
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds
from asepsis.testing.starts import recorded

MINUTE = 60_000
WHY = "covers for a colleague"
RAW = msgspec.Raw(b"{}")
TEMPLATES = {
    "cover": Rule("cover", permits=True, reason="why", place="", cedar=RAW, minutes=60, duties=("ask:privacy 2",)),
    "any": Rule("any", permits=True, reason="why", place="", cedar=RAW, minutes=60),
    "glass": Rule("glass", permits=True, reason="why", place="", cedar=RAW, minutes=30, glass=True),
}
SUE, TOM, ANN = (Teller(f"corp:{name}", ("privacy",)) for name in ("sue", "tom", "ann"))


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{value}"


class PlainKeys:
    def key(self, name, /, *, tenant):
        return hashlib.sha256(f"{name}-{tenant}".encode()).digest()


class Policies:
    templates = TEMPLATES

    def decide(self, question):
        return Decision(Verdict.ALLOW if "care" in question.roles else Verdict.DENY, "")


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def engine(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    made = database.connect(url)
    yield made
    made.dispose()


@pytest.fixture
def outbox(engine, clock):
    return Outbox(engine, clock=clock, ids=SequentialIds())


@pytest.fixture
def elevations(engine, outbox, clock, tmp_path):
    tools = Tools(clock, SequentialIds(), PlainDigester(), PlainKeys(), Spent(tmp_path))
    answers = Answers(Rules((), Rota(())), PlainKeys())
    return Elevations(ElevationRows(engine, outbox), answers, tools, Policies, tenant="t")


def asking(template="cover", **more):
    whole = {"principal": "corp:ann", "roles": ("care",), "application": "demo", "minutes": 20, "reason": WHY, **more}
    return Asking(template=template, **whole)


def test_two_others_grant_it_and_its_time_runs_out(elevations, clock, outbox):
    link = elevations.ask(asking()).link
    assert elevations.open_now() == ()
    assert elevations.answer(link, SUE, grant=True, reason="fine").state == "asked"
    assert elevations.open_now() == ()
    assert elevations.answer(link, TOM, grant=True, reason="fine").state == "active"
    assert elevations.open_now() == (Open("t", "corp:ann", "cover", link, clock.now() + 20 * MINUTE),)
    clock.advance(milliseconds=20 * MINUTE)
    assert elevations.open_now() == ()
    assert (elevations.look(), elevations.look()) == (1, 0)
    told = [type(one) for one in recorded(outbox)]
    assert told == [AccessAsked, AccessDecided, AccessDecided, AccessEnded]


def test_nobody_grants_it_to_themselves_or_twice(elevations):
    link = elevations.ask(asking()).link
    with pytest.raises(NotTrusted, match="themselves"):
        elevations.answer(link, ANN, grant=True, reason="")
    elevations.answer(link, SUE, grant=True, reason="")
    with pytest.raises(InputError, match="not answered yet"):
        elevations.answer(link, SUE, grant=True, reason="")
    with pytest.raises(InputError, match="an answer of privacy"):
        elevations.answer(link, Teller("corp:eve", ("medical",)), grant=True, reason="")
    assert elevations.open_now() == ()


def test_what_who_asks_handed_over_grants_them_nothing_and_one_right_counts_once(elevations):
    link = elevations.ask(asking()).link
    with pytest.raises(InputError, match="an answer of privacy"):
        elevations.answer(link, Teller("corp:bob", (), (("privacy", "corp:ann"),)), grant=True, reason="")
    elevations.answer(link, SUE, grant=True, reason="")
    assert (
        elevations.answer(link, Teller("corp:bob", (), (("privacy", "corp:sue"),)), grant=True, reason="").state
        == "asked"
    )
    assert (
        elevations.answer(link, Teller("corp:cat", (), (("privacy", "corp:tom"),)), grant=True, reason="").state
        == "active"
    )


def test_one_no_is_enough(elevations):
    link = elevations.ask(asking()).link
    assert elevations.answer(link, SUE, grant=False, reason="").state == "denied"
    with pytest.raises(InputError, match="not over"):
        elevations.answer(link, TOM, grant=True, reason="")


def test_the_glass_breaks_at_once_is_told_and_reviewed_by_somebody_else(elevations, clock, outbox):
    row = elevations.break_glass(asking("glass"))
    assert elevations.open_now() == (Open("t", "corp:ann", "glass", row.link, clock.now() + 20 * MINUTE),)
    assert recorded(outbox) == [
        GlassBroken(row.link, "principal-corp:ann", "glass", row.expires, f"reason-{WHY}", "corp:ann")
    ]
    elevations.end(row.link, "corp:ann")
    assert elevations.open_now() == ()
    assert [one.link for one in elevations.listed("review")] == [row.link]
    clock.advance(milliseconds=60 * MINUTE)
    with pytest.raises(NotTrusted, match="does not review"):
        elevations.review(row.link, ANN, reason="fine")
    assert elevations.review(row.link, SUE, reason="fine").state == "closed"
    assert isinstance(recorded(outbox)[-1], GlassReviewed)
    with pytest.raises(InputError):
        elevations.review(row.link, TOM, reason="fine")


@pytest.mark.parametrize("right", [True, False])
def test_a_review_says_whether_it_was_right(elevations, clock, outbox, right):
    row = elevations.break_glass(asking("glass"))
    elevations.end(row.link, "corp:ann")
    assert elevations.review(row.link, SUE, reason="looked", right=right).state == "closed"
    assert recorded(outbox)[-1].right is right


def test_when_its_time_is_up_the_review_is_left(elevations, clock):
    row = elevations.break_glass(asking("glass"))
    clock.advance(milliseconds=20 * MINUTE)
    elevations.look()
    assert [one.link for one in elevations.listed("review")] == [row.link]


def test_only_whom_policy_lets_breaks_it(elevations):
    with pytest.raises(NotTrusted, match="no policy"):
        elevations.break_glass(asking("glass", roles=("engineer",)))


@pytest.mark.parametrize(
    ("template", "more", "said"),
    [
        ("none", {}, "expected a template"),
        ("glass", {}, "expected a template"),
        ("cover", {"minutes": 61}, "1 to 60"),
        ("cover", {"minutes": 0}, "1 to 60"),
        ("cover", {"reason": "short"}, "expected a reason"),
        ("cover", {"reason": "two\nlines of it"}, "expected a reason"),
    ],
)
def test_what_cannot_be_asked_for(elevations, template, more, said):
    with pytest.raises(InputError, match=said):
        elevations.ask(asking(template, **more))
    with pytest.raises(InputError, match="expected a template"):
        elevations.break_glass(asking("cover"))


def test_nobody_piles_it_up(elevations):
    for _ in range(5):
        elevations.ask(asking())
    with pytest.raises(InputError, match="less open"):
        elevations.ask(asking())


def test_the_glass_does_not_stay_broken_while_nobody_reviews_it(elevations):
    for _ in range(5):
        elevations.end(elevations.break_glass(asking("glass")).link, "corp:ann")
    with pytest.raises(InputError, match="to be reviewed"):
        elevations.break_glass(asking("glass"))
    elevations.review(elevations.listed("review")[0].link, SUE, reason="fine")
    assert elevations.break_glass(asking("glass")).state == "active"


@pytest.mark.parametrize("kind", ["any", "glass"])
@pytest.mark.parametrize(
    "change",
    [
        "expires = expires * 2",
        "principal = 'corp:eve'",
        "template = 'cover'",
        "answers = '[]'",
        "answers = 'x{'",
        "kind = 'x'",
    ],
)
def test_whoever_writes_to_the_database_opens_nothing(elevations, engine, kind, change):
    if kind == "glass":
        elevations.break_glass(asking("glass"))
    else:
        elevations.answer(elevations.ask(asking("any")).link, SUE, grant=True, reason="")
    assert len(elevations.open_now()) == 1
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE elevation SET {change}")
    assert elevations.open_now() == ()


def test_a_template_that_is_gone_is_linked_no_more(elevations, monkeypatch):
    elevations.answer(elevations.ask(asking("any")).link, SUE, grant=True, reason="")
    monkeypatch.setattr(Policies, "templates", {})
    assert elevations.open_now() == ()
    assert elevations.offered() == ()
