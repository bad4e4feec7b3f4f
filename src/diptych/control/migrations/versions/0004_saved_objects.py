"""Reports, cohorts, dashboards, annotations with their versions; what people say about events and properties."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    _saved()
    op.create_table(
        "lexicon",
        _of_project(primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("updated_by", sa.String(255), nullable=False),
    )


def _saved() -> None:
    op.create_table(
        "saved",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_project(primary_key=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("updated_by", sa.String(255), nullable=False),
        sa.Column("deleted", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("saved_project_id_kind_idx", "saved", ["project_id", "kind"])
    op.create_table(
        "saved_versions",
        sa.Column("saved_id", sa.Integer, sa.ForeignKey("saved.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
    )


def _of_project(*, primary_key: bool) -> sa.Column[int]:
    project = sa.ForeignKey("projects.id", ondelete="CASCADE")
    return sa.Column("project_id", sa.Integer, project, primary_key=primary_key, nullable=False)
