"""For how long the name of an agent's session is remembered once it ended."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Adds the column: sessions that are there leave no mark."""
    op.add_column("tool_session", sa.Column("mark", sa.BigInteger, nullable=False, server_default="0"))
    living = sa.text("mark >= 0")
    op.create_index(
        "tool_session_living", "tool_session", ["tenant", "expires"], sqlite_where=living, postgresql_where=living
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_index("tool_session_living", "tool_session")
    op.drop_column("tool_session", "mark")
