"""Sessions of agents: the key that each log is sealed by, and its entries."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Makes the tables and the index of those that end; each key begins with the tenant."""
    op.create_table(
        "tool_session",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("session", sa.Text, primary_key=True),
        sa.Column("log", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("tenant", "log", name="tool_session_by_log"),
    )
    op.create_index("tool_session_by_end", "tool_session", ["tenant", "expires"])
    op.create_table(
        "tool_entry",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("log", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(("tenant", "log"), ("tool_session.tenant", "tool_session.log"), ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table("tool_entry")
    op.drop_table("tool_session")
