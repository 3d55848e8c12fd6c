"""Sealed bodies: the keys of whoever they are about, which keys wrap together, legal holds, and what was opened."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the tables and their indexes; each key begins with the tenant."""
    op.create_table(
        "owner_key",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("day", sa.BigInteger, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("via", sa.LargeBinary, nullable=False),
    )
    op.create_index("owner_key_by_owner", "owner_key", ["tenant", "owner"])
    op.create_index("owner_key_by_day", "owner_key", ["tenant", "record", "day"])
    op.create_table(
        "owner_group",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("group", sa.LargeBinary, primary_key=True),
        sa.Column("key", sa.LargeBinary, primary_key=True),
    )
    op.create_index("owner_group_by_key", "owner_group", ["tenant", "key"])
    op.create_table(
        "legal_hold",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("hold", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("set_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "opening",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("reader", sa.Text, primary_key=True),
        sa.Column("day", sa.BigInteger, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drops them."""
    for table in ("opening", "legal_hold", "owner_group", "owner_key"):
        op.drop_table(table)
