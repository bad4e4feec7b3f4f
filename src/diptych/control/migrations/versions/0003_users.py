"""Users, their roles, invitations; sessions and links that belong to a user."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables. Whoever was signed in stays so, as the first owner."""
    _users()
    _invitations()
    op.create_table(
        "sign_in_attempts",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
    with op.batch_alter_table("sign_in_links") as links:
        user = sa.ForeignKey("users.id", name="sign_in_links_user_id_fkey", ondelete="CASCADE")
        links.add_column(sa.Column("user_id", sa.Integer, user))
    _sessions()


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(255)),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("admin", sa.Boolean, nullable=False),
        sa.Column("password", sa.String(255)),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("email", name="users_email_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "members",
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
    )


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id", ondelete="CASCADE")),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("invited_by", sa.Integer, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("used", sa.BigInteger),
        sa.UniqueConstraint("hash", name="invitations_hash_key"),
        sqlite_autoincrement=True,
    )


def _sessions() -> None:
    connection = op.get_bind()
    before = connection.execute(sa.text("SELECT hash, created, last_seen, expires FROM web_sessions")).mappings().all()
    op.drop_table("web_sessions")
    table = op.create_table(
        "web_sessions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("by_link", sa.Boolean, nullable=False),
        sa.Column("agent", sa.String(255), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("hash", name="web_sessions_hash_key"),
        sqlite_autoincrement=True,
    )
    if before:
        owner = connection.execute(_OWNER, {"created": time.time_ns() // 1_000_000}).scalar_one()
        op.bulk_insert(table, [{**row, "user_id": owner, "by_link": True, "agent": ""} for row in before])


_OWNER = sa.text("INSERT INTO users (name, admin, created) VALUES ('Owner', true, :created) RETURNING id")
