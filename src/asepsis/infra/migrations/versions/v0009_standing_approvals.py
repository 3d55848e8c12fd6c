"""What approvers are shown of a case, when it was settled, and rules that were made of decided cases."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds two columns and makes a table with its index; cases of before have an outline without parts."""
    op.add_column("approval", sa.Column("outline", sa.LargeBinary, nullable=False, server_default="{}"))
    op.add_column("approval", sa.Column("settled", sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "standing_approval",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("case", sa.Text, nullable=False),
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("scope", sa.LargeBinary, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("most", sa.BigInteger, nullable=False),
        sa.Column("used", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("answers", sa.LargeBinary, nullable=False),
    )
    op.create_index("standing_by_principal", "standing_approval", ["tenant", "principal"])


def downgrade() -> None:
    """Drops both."""
    op.drop_table("standing_approval")
    with op.batch_alter_table("approval") as table:
        table.drop_column("outline")
        table.drop_column("settled")
