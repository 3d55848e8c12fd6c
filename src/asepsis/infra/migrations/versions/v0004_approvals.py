"""Approvals: what was asked for, who answered, and what became of it."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the table and its indexes; the key begins with the tenant."""
    op.create_table(
        "approval",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("case", sa.Text, primary_key=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("question", sa.LargeBinary, nullable=False),
        sa.Column("decision", sa.LargeBinary, nullable=False),
        sa.Column("asked", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("answers", sa.LargeBinary, nullable=False),
    )
    op.create_index("approval_by_action", "approval", ["tenant", "action"])
    op.create_index("approval_by_principal", "approval", ["tenant", "principal"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("approval")
