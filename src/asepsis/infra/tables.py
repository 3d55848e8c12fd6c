"""The tables of the control database; each primary key begins with the tenant. Alembic's revisions make them."""

from typing import Final

import sqlalchemy as sa

__all__ = [
    "APPROVAL", "BUDGET", "BUDGET_MEMBER", "CONSOLE_SESSION", "CURSOR", "DELEGATION", "ELEVATION", "EPOCH", "GRANT",
    "HOLD", "KILL", "METADATA", "OPENING", "OUTBOX", "OWNER_GROUP", "OWNER_KEY", "STANDING", "TOOL_ENTRY",
    "TOOL_LIVING", "TOOL_SESSION", "TOOL_SUBJECT", "VAULT_SCOPE", "VAULT_VALUE",
]  # fmt: skip

METADATA: Final = sa.MetaData()
APPROVAL: Final = sa.Table(
    "approval",
    METADATA,
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
    sa.Column("outline", sa.LargeBinary, nullable=False),
    sa.Column("settled", sa.BigInteger, nullable=False),
    sa.Index("approval_by_action", "tenant", "action"),
    sa.Index("approval_by_principal", "tenant", "principal"),
)
BUDGET: Final = sa.Table(
    "budget",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, primary_key=True),
    sa.Column("begins", sa.BigInteger, primary_key=True),
    sa.Column("ends", sa.BigInteger, nullable=False),
    sa.Column("leased", sa.BigInteger, nullable=False),
)
BUDGET_MEMBER: Final = sa.Table(
    "budget_member",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, primary_key=True),
    sa.Column("begins", sa.BigInteger, primary_key=True),
    sa.Column("member", sa.Text, primary_key=True),
    sa.Column("ends", sa.BigInteger, nullable=False),
)
STANDING: Final = sa.Table(
    "standing_approval",
    METADATA,
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
    sa.Index("standing_by_principal", "tenant", "principal"),
)
CONSOLE_SESSION: Final = sa.Table(
    "console_session",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("sid", sa.Text, nullable=False),
    sa.Column("facts", sa.LargeBinary, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Index("console_session_by_subject", "tenant", "issuer", "subject"),
)
GRANT: Final = sa.Table(
    "session_grant",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("grant", sa.Text, primary_key=True),
    sa.Column("handle", sa.Text, nullable=False),
    sa.Column("parent", sa.Text, nullable=False),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("issued", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("revoked", sa.BigInteger, nullable=False),
    sa.Index("session_grant_by_handle", "handle", unique=True),
    sa.Index("session_grant_by_parent", "tenant", "parent"),
    sa.Index("session_grant_by_principal", "tenant", "principal"),
)
KILL: Final = sa.Table(
    "kill_switch",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", sa.BigInteger, nullable=False),
)
CURSOR: Final = sa.Table(
    "cursor",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("next_index", sa.BigInteger, nullable=False),
)
EPOCH: Final = sa.Table(
    "epoch",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)
OUTBOX: Final = sa.Table(
    "outbox",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
)
VAULT_SCOPE: Final = sa.Table(
    "vault_scope",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
)
VAULT_VALUE: Final = sa.Table(
    "vault_value",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("revealed", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(("tenant", "scope"), ("vault_scope.tenant", "vault_scope.scope"), ondelete="CASCADE"),
)
OWNER_KEY: Final = sa.Table(
    "owner_key",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("record", sa.Text, nullable=False),
    sa.Column("day", sa.BigInteger, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("via", sa.LargeBinary, nullable=False),
    sa.Index("owner_key_by_owner", "tenant", "owner"),
    sa.Index("owner_key_by_day", "tenant", "record", "day"),
)
OWNER_GROUP: Final = sa.Table(
    "owner_group",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("group", sa.LargeBinary, primary_key=True),
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Index("owner_group_by_key", "tenant", "key"),
)
HOLD: Final = sa.Table(
    "legal_hold",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("hold", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("set_at", sa.BigInteger, nullable=False),
)
OPENING: Final = sa.Table(
    "opening",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("reader", sa.Text, primary_key=True),
    sa.Column("day", sa.BigInteger, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
)
DELEGATION: Final = sa.Table(
    "delegation",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("delegation", sa.Text, primary_key=True),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("statement", sa.LargeBinary, nullable=False),
)
ELEVATION: Final = sa.Table(
    "elevation",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("link", sa.Text, primary_key=True),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("asked", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("answers", sa.LargeBinary, nullable=False),
    sa.Index("elevation_by_state", "tenant", "state"),
)
TOOL_LIVING: Final = sa.text("mark >= 0")
TOOL_SESSION: Final = sa.Table(
    "tool_session",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("log", sa.Text, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("mark", sa.BigInteger, nullable=False, server_default="0"),
    sa.UniqueConstraint("tenant", "log", name="tool_session_by_log"),
    sa.Index("tool_session_by_end", "tenant", "expires"),
    # Marks are many, and who counts the sessions that live must not read them all.
    sa.Index("tool_session_living", "tenant", "expires", sqlite_where=TOOL_LIVING, postgresql_where=TOOL_LIVING),
)
TOOL_ENTRY: Final = sa.Table(
    "tool_entry",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("log", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(("tenant", "log"), ("tool_session.tenant", "tool_session.log"), ondelete="CASCADE"),
)
TOOL_SUBJECT: Final = sa.Table(
    "tool_subject",
    METADATA,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("log", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, primary_key=True),
    sa.ForeignKeyConstraint(("tenant", "log"), ("tool_session.tenant", "tool_session.log"), ondelete="CASCADE"),
    sa.Index("tool_subject_by_owner", "tenant", "owner"),
)
