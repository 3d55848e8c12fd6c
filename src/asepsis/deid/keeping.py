"""A vault in a folder, for files on the command line: what their tokens stand for, and the ledger of who saw it again.

| in the folder | what it is |
| --- | --- |
| `master.key` | the key that all others come from, mode 600; another place for it is given by its path |
| `vault.db` | sealed values, each scope under a data key of its own |
| `ledger/` | an Event for each time that values were shown or asked for in vain |

Who has the folder has the values; without the key it is noise.
"""

import asyncio
from pathlib import Path
from typing import Final

from asepsis.core.errors import ConfigError, InputError
from asepsis.core.events import Payload, build
from asepsis.core.types import Verdict
from asepsis.deid.types import Scope, ScopeKind
from asepsis.deid.vault import Tools, Vault
from asepsis.infra.clock import SystemClock
from asepsis.infra.ids import SystemIds
from asepsis.infra.keys import FileKeys, HmacDigester, create_master_key
from asepsis.infra.randomness import SystemRandomness
from asepsis.ledger.client import LocalLedger

__all__ = ["TENANT", "Keeping"]

TENANT: Final = "local"
"""The tenant of all that is done without a server."""

_DAY_MS: Final = 24 * 3_600_000


class Keeping:
    """The vault and the ledger of a folder."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._ledger = folder / "ledger"
        self._clock = SystemClock()
        self.vault = vault

    @classmethod
    def made(cls, folder: Path, key: Path | None, *, days: int) -> "Keeping":
        """Returns the keeping of a folder, made ready where it is new; raises ConfigError where it can't be."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError("expected a folder for a vault", place=str(folder)) from error
        create_master_key(key or folder / "master.key", SystemRandomness())
        return cls(folder, _vault(folder, key, days))

    @classmethod
    def found(cls, folder: Path, key: Path | None) -> "Keeping":
        """Returns the keeping of a folder that is there; raises InputError where there is none."""
        if not (folder / "vault.db").is_file():
            raise InputError("expected the folder of a vault", place=str(folder), code="vault_missing")
        return cls(folder, _vault(folder, key, 1))

    @staticmethod
    def scope(project: str, /) -> Scope:
        """Returns the scope of a project; only what was kept under the same name comes back."""
        return Scope(TENANT, ScopeKind.PROJECT, project)

    def record(self, payload: Payload, /, *, principal: str, verdict: Verdict) -> None:
        """Returns once what happened is durable in the ledger; raises Unavailable where it can't be."""
        asyncio.run(self._record(payload, principal, verdict))

    async def _record(self, payload: Payload, principal: str, verdict: Verdict) -> None:
        ids = SystemIds(self._clock)
        log = LocalLedger(self._ledger, clock=self._clock, ids=ids)
        try:
            await log.submit(
                [
                    build(
                        payload,
                        id=ids.new(),
                        time=self._clock.now(),
                        tenant=TENANT,
                        principal=principal,
                        verdict=verdict,
                    )
                ]
            )
        finally:
            await log.close()


def _vault(folder: Path, key: Path | None, days: int) -> Vault:
    from asepsis.infra import database  # noqa: PLC0415 only a run with a vault needs SQLAlchemy
    from asepsis.infra.vault import VaultRows  # noqa: PLC0415 as above

    provider = FileKeys(key or folder / "master.key")
    path = folder / "vault.db"
    engine = database.make_ready(path, f"sqlite:///{path}")
    tools = Tools(provider, HmacDigester(provider), SystemClock(), SystemRandomness())
    return Vault(VaultRows(engine), tools, life_ms=days * _DAY_MS)
