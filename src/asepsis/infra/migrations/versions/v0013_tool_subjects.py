"""Whom the sessions of agents are about, so that an erasure finds them."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Makes the table; each key begins with the tenant."""
    op.create_table(
        "tool_subject",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("log", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, primary_key=True),
        sa.ForeignKeyConstraint(("tenant", "log"), ("tool_session.tenant", "tool_session.log"), ondelete="CASCADE"),
    )
    op.create_index("tool_subject_by_owner", "tool_subject", ["tenant", "owner"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("tool_subject")
