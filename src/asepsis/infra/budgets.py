"""The rows of budgets in the control database: what was leased of each, and which members were counted.

INVARIANT: no more is leased of a budget in a window than there is, whoever asks at the same time: each lease locks its
row, and what is leased is there before it is spent.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import exc

from asepsis.core.errors import Unavailable
from asepsis.infra.records import BudgetRow, Purse
from asepsis.infra.tables import BUDGET, BUDGET_MEMBER

__all__ = ["BudgetRows"]


class BudgetRows:
    """What is left of budgets; safe with threads and processes."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        """Begins a transaction; raises Unavailable where the database does not answer."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except (exc.SQLAlchemyError, Unavailable) as error:
            raise Unavailable("what is left of a budget can't be looked up", code="budgets") from error

    def lease(self, purse: Purse, ask: int, /, *, most: int, least: int = 0, instead: int = 0) -> int:
        """Takes up to so much of a purse and returns how much; 0 where nothing is left. Raises Unavailable.

        Where less than `least` is left, it takes up to `instead`.
        """
        here = _here(BUDGET, purse)
        with self._begin() as connection:
            held = connection.scalar(sa.select(BUDGET.c.leased).where(*here).with_for_update())
            if held is None:
                held = self._begun(connection, purse)
            given = max(0, min(ask if most - held >= least else instead, most - held))
            if given:
                connection.execute(sa.update(BUDGET).where(*here).values(leased=held + given))
            return given

    @staticmethod
    def _begun(connection: sa.Connection, purse: Purse) -> int:
        """Makes a purse's row; where another was first, waits for it and returns what is leased of it."""
        try:
            with connection.begin_nested():
                connection.execute(sa.insert(BUDGET).values({**_fields(purse), "leased": 0}))
        except exc.IntegrityError:
            query = sa.select(BUDGET.c.leased).where(*_here(BUDGET, purse)).with_for_update()
            return connection.scalar(query) or 0
        return 0

    def give_back(self, purse: Purse, spare: int, /) -> None:
        """Returns what was leased and not spent; with a negative number, notes what was spent beyond it."""
        with self._begin() as connection:
            left = sa.case((BUDGET.c.leased > spare, BUDGET.c.leased - spare), else_=0)
            connection.execute(sa.update(BUDGET).where(*_here(BUDGET, purse)).values(leased=left))

    def members(self, purse: Purse, /) -> frozenset[str]:
        """Returns the members that were counted in a purse."""
        with self._begin() as connection:
            return frozenset(connection.scalars(sa.select(BUDGET_MEMBER.c.member).where(*_here(BUDGET_MEMBER, purse))))

    def count(self, purse: Purse, members: Iterable[str], /) -> int:
        """Counts members in a purse and returns how many another had counted already; their places are given back."""
        again = 0
        with self._begin() as connection:
            connection.execute(sa.select(BUDGET.c.leased).where(*_here(BUDGET, purse)).with_for_update())
            for member in members:
                here = (*_here(BUDGET_MEMBER, purse), BUDGET_MEMBER.c.member == member)
                if connection.execute(sa.select(BUDGET_MEMBER.c.member).where(*here)).first() is not None:
                    again += 1
                else:
                    connection.execute(sa.insert(BUDGET_MEMBER).values({**_fields(purse), "member": member}))
        return again

    def rows(self, now: int, /, *, tenant: str) -> tuple[BudgetRow, ...]:
        """Returns what is leased in windows that are not over, by name and holder."""
        query = sa.select(BUDGET).where(BUDGET.c.tenant == tenant, BUDGET.c.ends > now)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(BUDGET.c.name, BUDGET.c.holder)).mappings()
            return tuple(
                BudgetRow(Purse(row["tenant"], row["name"], row["holder"], row["begins"], row["ends"]), row["leased"])
                for row in found
            )

    def sweep(self, now: int, /, *, tenant: str) -> int:
        """Deletes the rows of windows that are over; returns how many purses that were."""
        with self._engine.begin() as connection:
            for table in (BUDGET_MEMBER, BUDGET):
                done = connection.execute(sa.delete(table).where(table.c.tenant == tenant, table.c.ends <= now))
            return done.rowcount


def _fields(purse: Purse) -> dict[str, str | int]:
    return {name: getattr(purse, name) for name in purse.__struct_fields__}


def _here(table: sa.Table, purse: Purse) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        table.c.tenant == purse.tenant,
        table.c.name == purse.name,
        table.c.holder == purse.holder,
        table.c.begins == purse.begins,
    )
