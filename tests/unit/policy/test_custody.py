"""Who may open a sealed body, who has keys destroyed, and what no one may."""

import msgspec
import pytest

from asepsis.core.errors import InputError, NotTrusted
from asepsis.core.types import Purpose
from asepsis.infra import database
from asepsis.infra.approvals import ApprovalRows
from asepsis.infra.custody import CustodyRows
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import OwnerKey
from asepsis.infra.spent import Spent
from asepsis.ledger.sealing.opener import Asked
from asepsis.policy import approvals, dsse
from asepsis.policy.answers import Rules, statement
from asepsis.policy.approvals import Approvals
from asepsis.policy.config import Approver
from asepsis.policy.custody import Custodian, Group, Held, Tools, ask, verified
from asepsis.policy.rota import Rota
from asepsis.testing.clock import ManualClock
from asepsis.testing.ids import SequentialIds

KEYS = {name: dsse.private_key(dsse.new_key()) for name in ("bob", "cat", "eve")}
PEOPLE = [Approver(name, dsse.public_text(key), f"corp:{name}", ("custody",)) for name, key in KEYS.items()]
EVE = [PEOPLE[2]]
ASKED = Asked("eve", "e1", Purpose.OPERATIONS, 1_000_000)


class PlainKeys:
    def key(self, name, /, *, tenant):
        return b"k" * 32


class PlainDigester:
    def digest(self, kind, value, /, *, tenant):
        return f"{kind}-{value}-{tenant}"


@pytest.fixture
def made(tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    database.upgrade(url)
    engine, clock = database.connect(url), ManualClock()
    outbox = Outbox(engine, clock=clock, ids=SequentialIds())
    keys = CustodyRows(engine, outbox)
    keys.add([OwnerKey("t", b"k" * 16, "subject:a", "content", 1, b"w", b"v")], [])
    tools = approvals.Tools(clock, SequentialIds(), PlainDigester(), PlainKeys(), Spent(tmp_path / "spent"))
    cases = Approvals(lambda: ApprovalRows(engine, outbox), Rules(PEOPLE, Rota(())), tools, minutes=5)
    yield Custodian("t", keys, cases, Tools(clock, SequentialIds(), PlainDigester()), group=Group("custody", 2))
    engine.dispose()


@pytest.fixture
def approve(made):
    def give(case, *names, approve=True):
        for name in names:
            one = made._approvals.open_case(case, tenant="t")
            data = statement(one, KEYS[name], approver=name, answer="approve" if approve else "deny")
            made._approvals.answer(case, data, tenant="t")

    return give


def test_a_hold_takes_two_people_and_exactly_what_they_approved(made, approve):
    first = made.hold("subject:a", "suit", by="ann")
    assert made.hold("subject:a", "suit", by="ann") == first == Held(case=first.case)
    assert made.hold("subject:a", "another", by="ann").case != first.case
    approve(first.case, "bob")
    assert made.hold("subject:a", "suit", by="ann").done == ""
    approve(first.case, "cat")
    assert made.hold("subject:b", "suit", by="ann").done == ""
    done = made.hold("subject:a", "suit", by="ann").done
    assert [one.hold for one in made._keys.holds(tenant="t")] == [done]
    assert made.erase("subject:a", "asked", by="ann") == (0, 1)
    assert made.hold("subject:a", "suit", by="ann").done == "", "an approval is used once"


def test_its_release_takes_two_people_again(made, approve):
    case = made.hold("*", "suit", by="ann").case
    approve(case, "bob", "cat")
    hold = made.hold("*", "suit", by="ann").done
    case = made.release(hold, "settled", by="ann").case
    approve(case, "bob", "eve")
    assert made.release(hold, "settled", by="ann").done == hold
    assert made.erase("subject:a", "asked", by="ann") == (1, 0)
    with pytest.raises(InputError):
        made.release(hold, "settled", by="ann")


def test_who_asks_does_not_approve_and_one_no_settles_it(made, approve):
    case = made.hold("*", "suit", by="corp:bob").case
    with pytest.raises(NotTrusted):
        approve(case, "bob")
    approve(case, "cat", approve=False)
    assert made.hold("*", "suit", by="corp:bob") == Held(case=case, denied=True)


def test_a_reader_asks_by_a_signature_of_now():
    data = ask(ASKED, KEYS["eve"], tenant="t")
    assert verified(data, readers=EVE, tenant="t", now=1_200_000) == ASKED
    for readers, tenant, now in (
        (EVE, "t", 2_000_000),
        (EVE, "t", 1),
        (EVE, "u", 1_000_000),
        (PEOPLE[:2], "t", 1_000_000),
    ):
        with pytest.raises(NotTrusted):
            verified(data, readers=readers, tenant=tenant, now=now)


def test_what_nobody_signed_is_refused():
    forged = ask(ASKED, KEYS["bob"], tenant="t")
    envelope = msgspec.json.decode(ask(ASKED, KEYS["eve"], tenant="t"))
    other = msgspec.json.decode(ask(Asked("eve", "e2", Purpose.OPERATIONS, 1), KEYS["eve"], tenant="t"))
    swapped = msgspec.json.encode({**envelope, "payload": other["payload"]})
    for wrong in (forged, swapped, b"", b"{}", msgspec.json.encode({**envelope, "payloadType": "x"})):
        with pytest.raises(NotTrusted):
            verified(wrong, readers=EVE, tenant="t", now=1)


@pytest.mark.parametrize("reason", ["", "x" * 501, "two\nlines"])
def test_a_reason_is_a_line(made, reason):
    for act in (made.hold, made.release, made.erase):
        with pytest.raises(InputError):
            act("subject:a", reason, by="ann")


def test_what_can_be_no_event_is_not_asked_for():
    data = ask(Asked("eve", "x" * 65, Purpose.OPERATIONS, 1), KEYS["eve"], tenant="t")
    with pytest.raises(NotTrusted):
        verified(data, readers=EVE, tenant="t", now=1)
