"""The kill switches as the command line works on them, for one tenant."""

import os
from collections.abc import Mapping
from fnmatch import fnmatchcase

import msgspec

from asepsis.core.ports import Clock, Ids
from asepsis.infra import database
from asepsis.infra.database import KillSwitches
from asepsis.infra.outbox import Outbox
from asepsis.infra.records import KillSwitch

__all__ = ["KillDesk", "open_desk"]


class KillDesk(msgspec.Struct, frozen=True):
    """Throws, clears and lists switches; each change is recorded with its reason.

    `names` are globs of what the settings have, by target; of a target that is not in it nobody knows.
    """

    switches: KillSwitches
    tenant: str
    names: Mapping[str, tuple[str, ...]] = {}

    def throw(self, target: str, name: str, *, reason: str) -> None:
        """Throws a switch."""
        self.switches.set(KillSwitch(self.tenant, target, name, reason, f"command line, uid {os.getuid()}"))

    def clear(self, target: str, name: str, *, reason: str) -> bool:
        """Clears a switch; False when it was not thrown."""
        return self.switches.clear(target, name, tenant=self.tenant, reason=reason)

    def rows(self) -> list[tuple[str, str, str, str, int]]:
        """Returns target, name, reason, who threw it, and when in milliseconds, of each."""
        return [(row.target, row.name, row.reason, row.set_by, row.set_at) for row in self.switches.list(self.tenant)]

    def known(self, target: str, name: str) -> bool:
        """Returns whether the settings have a name, or say nothing of that target."""
        globs = self.names.get(target)
        return globs is None or name == "*" or any(fnmatchcase(name.casefold(), one.casefold()) for one in globs)


def open_desk(
    url: str, tenant: str, *, clock: Clock, ids: Ids, names: Mapping[str, tuple[str, ...]] | None = None
) -> KillDesk:
    """Opens the switches in the database at `url`; raises ConfigError when it is not there or of another schema."""
    database.check(url)
    engine = database.connect(url)
    switches = KillSwitches(engine, clock=clock, outbox=Outbox(engine, clock=clock, ids=ids))
    return KillDesk(switches, tenant, names or {})
