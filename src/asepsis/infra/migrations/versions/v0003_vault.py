"""The vault: scopes of tokens and the sealed values behind them."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "downgrade", "revision", "upgrade"]

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the vault's tables; each key begins with the tenant."""
    op.create_table(
        "vault_scope",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "vault_value",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("revealed", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(("tenant", "scope"), ("vault_scope.tenant", "vault_scope.scope"), ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drops them."""
    for table in ("vault_value", "vault_scope"):
        op.drop_table(table)
