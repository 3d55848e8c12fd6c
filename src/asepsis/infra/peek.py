"""A look into the control database that costs no SQLAlchemy: is its schema the one needed, and what is switched off.

The process that starts the others needs no more than this, and SQLAlchemy with Alembic takes longer to import than the
rest of it. A test holds `HEAD` to Alembic's own.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from asepsis.core.errors import ConfigError

__all__ = ["HEAD", "Switch", "thrown"]

HEAD: Final = "0014"

Switch = tuple[str, str, str]


def thrown(path: Path, /) -> tuple[Switch, ...]:
    """Returns the (tenant, target, name) of all that is switched off, nothing where there is no database yet.

    Raises ConfigError for a database of another schema or one that can't be read.
    """
    if not path.exists():
        return ()
    try:
        with closing(sqlite3.connect(path, timeout=5)) as connection:
            found = _revision(connection)
            if found != HEAD:
                raise ConfigError(
                    f"expected the database schema `{HEAD}`, got `{found or 'none'}`; run `asepsis db upgrade`",
                    code="config_schema",
                )
            query = "SELECT tenant, target, name FROM kill_switch ORDER BY tenant, target, name"
            return tuple((str(tenant), str(target), str(name)) for tenant, target, name in connection.execute(query))
    except sqlite3.Error as error:
        raise ConfigError("expected a database that can be opened and read", code="config_database") from error


def _revision(connection: sqlite3.Connection) -> str:
    tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
    return str(row[0]) if row else ""
