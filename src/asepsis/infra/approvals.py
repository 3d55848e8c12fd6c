"""The rows of approvals in the control database, each change with its Event in one transaction.

INVARIANT: a case is used once: of two calls that ask for it at the same time one gets it.
"""

import sqlalchemy as sa

from asepsis.core.events import ApprovalAsked, ApprovalDecided, ApprovalUsed
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import ApprovalCase
from asepsis.infra.tables import APPROVAL

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
            APPROVAL.c.state != "used",
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

    def ask(self, one: ApprovalCase, told: ApprovalAsked, /) -> None:
        """Adds a case."""
        with self._engine.begin() as connection:
            connection.execute(sa.insert(APPROVAL).values({name: getattr(one, name) for name in one.__struct_fields__}))
            self._outbox.put_with(connection, one.tenant, told)

    def answer(self, before: ApprovalCase, after: ApprovalCase, told: ApprovalDecided, /) -> bool:
        """Puts an answer to a case; False where the case is not what it was before."""
        with self._engine.begin() as connection:
            values = {"state": after.state, "answers": after.answers}
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


def _same(one: ApprovalCase) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        APPROVAL.c.tenant == one.tenant,
        APPROVAL.c.case == one.case,
        APPROVAL.c.state == one.state,
        APPROVAL.c.answers == one.answers,
    )
