"""The rows of approvals in the control database, each change with its Event in one transaction.

INVARIANT: a case is used once: of two calls that ask for it at the same time one gets it. A use that is given back was
none.
"""

import sqlalchemy as sa

from asepsis.core.events import ApprovalAsked, ApprovalReturned, ApprovalStanding, ApprovalUsed, Payload
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import ApprovalCase, StandingApproval
from asepsis.infra.tables import APPROVAL, STANDING

__all__ = ["ApprovalRows"]


class ApprovalRows:
    """The cases; safe with threads and processes."""

    def __init__(self, engine: sa.Engine, outbox: Outbox) -> None:
        self._engine = engine
        self._outbox = outbox

    def live(self, action: str, now: int, /, *, tenant: str) -> tuple[ApprovalCase, ...]:
        """Returns the cases of an action that are not past their time: approved, denied, then open ones."""
        query = sa.select(APPROVAL).where(
            APPROVAL.c.tenant == tenant,
            APPROVAL.c.action == action,
            APPROVAL.c.state.in_(("approved", "denied", "open")),
            APPROVAL.c.expires > now,
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(APPROVAL.c.state, APPROVAL.c.asked)).mappings()
            return tuple(ApprovalCase(**row) for row in rows)

    def get(self, case: str, /, *, tenant: str) -> ApprovalCase | None:
        """Returns a case, None where there is none of that id."""
        query = sa.select(APPROVAL).where(APPROVAL.c.tenant == tenant, APPROVAL.c.case == case)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else ApprovalCase(**row)

    def waiting(self, now: int, /, *, tenant: str, principal: str = "") -> tuple[ApprovalCase, ...]:
        """Returns the open cases, those whose time is up first before the others; of one principal, where named."""
        query = sa.select(APPROVAL).where(
            APPROVAL.c.tenant == tenant, APPROVAL.c.state == "open", APPROVAL.c.expires > now
        )
        if principal:
            query = query.where(APPROVAL.c.principal == principal)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(APPROVAL.c.expires)).mappings()
            return tuple(ApprovalCase(**row) for row in rows)

    def settled(self, since: int, /, *, tenant: str, most: int) -> tuple[ApprovalCase, ...]:
        """Returns the cases that were settled since a time, the latest first."""
        query = sa.select(APPROVAL).where(APPROVAL.c.tenant == tenant, APPROVAL.c.settled > since)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(APPROVAL.c.settled.desc()).limit(most)).mappings()
            return tuple(ApprovalCase(**row) for row in rows)

    def overdue(self, now: int, /, *, tenant: str) -> tuple[ApprovalCase, ...]:
        """Returns the open cases whose time is up."""
        query = sa.select(APPROVAL).where(
            APPROVAL.c.tenant == tenant, APPROVAL.c.state == "open", APPROVAL.c.expires <= now
        )
        with self._engine.connect() as connection:
            return tuple(ApprovalCase(**row) for row in connection.execute(query).mappings())

    def tell(self, one: ApprovalCase, told: Payload, /) -> None:
        """Tells of a case that stays as it is."""
        self._outbox.put(one.tenant, told)

    def ask(self, one: ApprovalCase, told: ApprovalAsked, /) -> str:
        """Adds a case, unless its action waits in another already, and returns the case that it waits in."""
        waits = sa.select(APPROVAL.c.case).where(
            APPROVAL.c.tenant == one.tenant,
            APPROVAL.c.action == one.action,
            APPROVAL.c.state == "open",
            APPROVAL.c.expires > one.asked,
        )
        with self._engine.begin() as connection:
            self._outbox.take_turn(connection, one.tenant)
            if known := connection.scalar(waits.limit(1)):
                return str(known)
            connection.execute(sa.insert(APPROVAL).values(_fields(one)))
            self._outbox.put_with(connection, one.tenant, told)
            return one.case

    def answer(self, before: ApprovalCase, after: ApprovalCase, told: Payload, /) -> bool:
        """Puts an answer to a case, or the end of its time; False where the case is not what it was before."""
        with self._engine.begin() as connection:
            changes = ("state", "answers", "settled", "outline")
            values = {name: getattr(after, name) for name in changes}
            changed = connection.execute(sa.update(APPROVAL).where(*_same(before)).values(values)).rowcount
            if changed:
                self._outbox.put_with(connection, before.tenant, told)
            return bool(changed)

    def use(self, one: ApprovalCase, now: int, /) -> bool:
        """Uses a case up; False where another call was first, or its time is up."""
        with self._engine.begin() as connection:
            statement = sa.update(APPROVAL).where(*_same(one), APPROVAL.c.expires > now).values(state="used")
            changed = connection.execute(statement).rowcount
            if changed:
                self._outbox.put_with(connection, one.tenant, ApprovalUsed(one.case, one.action))
            return bool(changed)

    def give_back(self, case: str, now: int, /, *, tenant: str) -> bool:
        """Takes a use back; False where there was none, or the case's time is up."""
        here = (APPROVAL.c.tenant == tenant, APPROVAL.c.case == case, APPROVAL.c.state == "used")
        with self._engine.begin() as connection:
            statement = sa.update(APPROVAL).where(*here, APPROVAL.c.expires > now).values(state="approved")
            action = connection.scalar(statement.returning(APPROVAL.c.action))
            if action is not None:
                self._outbox.put_with(connection, tenant, ApprovalReturned(case, action))
            return action is not None

    # Rules that were made of cases.

    def propose(self, row: StandingApproval, told: ApprovalStanding, /) -> None:
        """Adds a rule."""
        with self._engine.begin() as connection:
            connection.execute(sa.insert(STANDING).values(_fields(row)))
            self._outbox.put_with(connection, row.tenant, told)

    def rule(self, rule: str, /, *, tenant: str) -> StandingApproval | None:
        """Returns a rule, None where there is none of that id."""
        query = sa.select(STANDING).where(STANDING.c.tenant == tenant, STANDING.c.rule == rule)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else StandingApproval(**row)

    def rules(self, now: int, /, *, tenant: str, principal: str = "") -> tuple[StandingApproval, ...]:
        """Returns the rules that have not ended, the newest first; of one principal, where one is named."""
        query = sa.select(STANDING).where(
            STANDING.c.tenant == tenant, STANDING.c.state != "ended", STANDING.c.expires > now
        )
        if principal:
            query = query.where(STANDING.c.principal == principal)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(STANDING.c.made.desc())).mappings()
            return tuple(StandingApproval(**row) for row in rows)

    def change(self, before: StandingApproval, after: StandingApproval, told: ApprovalStanding, /) -> bool:
        """Changes a rule's state and signatures; False where it is not what it was before."""
        here = (*_of(before), STANDING.c.state == before.state, STANDING.c.answers == before.answers)
        with self._engine.begin() as connection:
            statement = sa.update(STANDING).where(*here).values(state=after.state, answers=after.answers)
            changed = connection.execute(statement).rowcount
            if changed:
                self._outbox.put_with(connection, before.tenant, told)
            return bool(changed)

    def count(self, row: StandingApproval, now: int, told: ApprovalUsed, /) -> bool:
        """Counts a use; False where none is left, or it ended."""
        here = (*_of(row), STANDING.c.state == "active", STANDING.c.expires > now, STANDING.c.used < STANDING.c.most)
        with self._engine.begin() as connection:
            changed = connection.execute(sa.update(STANDING).where(*here).values(used=STANDING.c.used + 1)).rowcount
            if changed:
                self._outbox.put_with(connection, row.tenant, told)
            return bool(changed)


def _fields(row: ApprovalCase | StandingApproval) -> dict[str, str | bytes | int]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def _of(row: StandingApproval) -> tuple[sa.ColumnElement[bool], ...]:
    return (STANDING.c.tenant == row.tenant, STANDING.c.rule == row.rule)


def _same(one: ApprovalCase) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        APPROVAL.c.tenant == one.tenant,
        APPROVAL.c.case == one.case,
        APPROVAL.c.state == one.state,
        APPROVAL.c.answers == one.answers,
    )
