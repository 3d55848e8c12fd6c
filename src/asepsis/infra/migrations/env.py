"""Alembic's entry: runs the migrations on the connection that `asepsis.infra.database` hands over."""

from alembic import context

__all__: list[str] = []

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
