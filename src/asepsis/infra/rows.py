"""Rows of somebody else's database, read once and in order."""

from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy import exc

from asepsis.core.errors import ConfigError
from asepsis.infra import config

__all__ = ["rows"]

_BATCH = 1000


def rows(uri: str, query: str, /) -> Iterator[Mapping[str, object]]:
    """Yields the rows that a query gives, by column; `uri` names the secret that holds the database's URL.

    Raises ConfigError when the database can't be asked; its words, which may hold a password, are not repeated.
    """
    try:
        engine = sa.create_engine(config.secret(uri))
        with engine.connect().execution_options(stream_results=True, yield_per=_BATCH) as connection:
            for row in connection.execute(sa.text(query)).mappings():
                yield dict(row)
        engine.dispose()
    except (exc.SQLAlchemyError, ImportError) as error:
        raise ConfigError("expected a database that answers the query", place="scan.subjects") from error
