"""Session grants: rights that are held by opaque handles."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the table and its indexes; a handle is looked up without knowing whose it is."""
    op.create_table(
        "session_grant",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("grant", sa.Text, primary_key=True),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("parent", sa.Text, nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("issued", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("revoked", sa.BigInteger, nullable=False),
    )
    op.create_index("session_grant_by_handle", "session_grant", ["handle"], unique=True)
    op.create_index("session_grant_by_parent", "session_grant", ["tenant", "parent"])
    op.create_index("session_grant_by_principal", "session_grant", ["tenant", "principal"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("session_grant")
