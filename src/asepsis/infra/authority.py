"""What a system that comes back from a backup still allows: nothing that was given for a time.

What was used up, taken back or ended since the backup was made would be good again. So approvals, standing ones,
grants, people's sessions, delegations and access for a time end with it, and are asked for anew; glass that was broken
is to be reviewed. Kill switches don't end by themselves: they are thrown and cleared again as the log tells it.
"""

import sqlalchemy as sa

from asepsis.core.events import KillCleared, KillSet
from asepsis.core.ports import Digester
from asepsis.infra.tables import APPROVAL, CONSOLE_SESSION, DELEGATION, ELEVATION, GRANT, KILL, STANDING

__all__ = ["Authority"]


class Authority:
    """What is allowed, as the control database has it; nothing of this is told but by who restores."""

    def __init__(self, engine: sa.Engine, digester: Digester) -> None:
        self._engine = engine
        self._digester = digester

    def end_all(self) -> None:
        """Ends all that was given for a time, in every tenant."""
        broken = sa.and_(ELEVATION.c.state == "active", ELEVATION.c.kind == "glass")
        over = sa.case((broken, "review"), else_="ended")
        with self._engine.begin() as connection:
            connection.execute(sa.delete(APPROVAL).where(APPROVAL.c.state.in_(("open", "approved"))))
            connection.execute(sa.update(STANDING).values(state="ended"))
            connection.execute(
                sa.update(ELEVATION).where(ELEVATION.c.state.in_(("asked", "active"))).values(state=over)
            )
            for table in (GRANT, CONSOLE_SESSION, DELEGATION):
                connection.execute(sa.delete(table))

    def switch(self, told: KillSet | KillCleared, at: int, /, *, tenant: str) -> bool:
        """Throws or clears a switch again, as an Event of a time in milliseconds tells it.

        Returns False for one that can't be thrown: the log has principals by keyed digest alone, so a name is known
        only where the backup has it.
        """
        here = (KILL.c.tenant == tenant, KILL.c.target == told.target)
        with self._engine.begin() as connection:
            name = told.name
            if told.target == "principal" and name != "*":
                digest = self._digester.digest
                names = connection.scalars(sa.select(KILL.c.name).where(*here))
                found = [one for one in names if digest("principal", one, tenant=tenant) == name]
                if not found:
                    return isinstance(told, KillCleared)
                name = found[0]
            connection.execute(sa.delete(KILL).where(*here, KILL.c.name == name))
            if isinstance(told, KillSet):
                row = {"tenant": tenant, "target": told.target, "name": name, "reason": told.reason}
                connection.execute(sa.insert(KILL).values(row | {"set_by": "a restore", "set_at": at}))
        return True
