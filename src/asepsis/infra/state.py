"""Where things lie in the state folder, and what has to be there before anything runs."""

from pathlib import Path

import msgspec

from asepsis.core.ports import Randomness
from asepsis.infra import config, keys, peek, replays
from asepsis.infra.peek import Switch

__all__ = ["Paths", "set_up"]


class Paths(msgspec.Struct, frozen=True):
    """Where things lie in the state folder; `elsewhere` is the URI of a secret with the URL of another database."""

    state: Path
    elsewhere: str = ""

    @property
    def ledger(self) -> Path:
        """The ledger's root; below it each tenant has a folder."""
        return self.state / "ledger"

    @property
    def bodies(self) -> Path:
        """The sealed bodies; below it each tenant has a folder."""
        return self.state / "bodies"

    @property
    def socket(self) -> Path:
        """The writer's Unix socket."""
        return self.state / "ledger.sock"

    @property
    def opener(self) -> Path:
        """The Unix socket of the process that opens sealed bodies."""
        return self.state / "opener.sock"

    @property
    def workers(self) -> Path:
        """The Unix sockets of the tools' workers."""
        return self.state / "workers"

    @property
    def servers(self) -> Path:
        """What the tools' workers say of how their servers stand."""
        return self.state / "servers"

    @property
    def snapshot(self) -> Path:
        """The workers' snapshot."""
        return self.state / "snapshot.json"

    @property
    def database(self) -> Path:
        """The control database."""
        return self.state / "control.db"

    @property
    def database_url(self) -> str:
        """The control database's URL; raises ConfigError where the secret that holds it is not to be had."""
        return config.secret(self.elsewhere) if self.elsewhere else f"sqlite:///{self.database}"

    @property
    def has_database(self) -> bool:
        """Whether there is a control database to open; whether it can be is another matter."""
        return bool(self.elsewhere) or self.database.exists()

    @property
    def master_key(self) -> Path:
        """The file key provider's key."""
        return self.state / "keys" / "master.key"

    @property
    def replays(self) -> Path:
        """What was shown once and may not be again."""
        return self.state / "replays.db"

    @property
    def policies(self) -> Path:
        """Copies of the policy bundles that were in force."""
        return self.state / "policies"

    @property
    def manifests(self) -> Path:
        """Copies of the tools' manifests that were in force."""
        return self.state / "manifests"

    @property
    def spent(self) -> Path:
        """What was used up once and for all."""
        return self.state / "spent"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.state / "cache"


def set_up(paths: Paths, randomness: Randomness) -> tuple[Switch, ...]:
    """Makes the folder and the key and returns what is switched off; raises ConfigError for another database schema.

    The database itself is made by the control process, the only one that writes to it.
    """
    paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths.cache.mkdir(exist_ok=True)
    keys.create_master_key(paths.master_key, randomness)
    paths.socket.unlink(missing_ok=True)
    replays.mend(paths.replays)
    if not paths.elsewhere:
        return peek.thrown(paths.database)
    from asepsis.infra import database  # noqa: PLC0415 SQLAlchemy is for those whose database is elsewhere

    return database.thrown(paths.database_url)
