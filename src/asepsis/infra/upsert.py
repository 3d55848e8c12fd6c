"""Inserts that say what happens where a row is there already; SQLite and PostgreSQL say it alike."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["insert"]


def insert(connection: sa.Connection | sa.Engine, table: sa.Table, /) -> sqlite.Insert:
    """Returns an insert into a table for the database of a connection, with `on_conflict_do_update` and its like."""
    if connection.dialect.name == "postgresql":
        # The two have the same methods; only the one of the dialect compiles for it.
        return postgresql.insert(table)  # type: ignore[return-value]  # as said
    return sqlite.insert(table)
