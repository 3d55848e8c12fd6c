"""Delegations: groups that an approver hands to somebody else for a time."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Makes the table; the key begins with the tenant."""
    op.create_table(
        "delegation",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("delegation", sa.Text, primary_key=True),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("delegation")
