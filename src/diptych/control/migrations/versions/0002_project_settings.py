"""What a project does with what it receives."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the settings, all at their defaults."""
    op.add_column("projects", sa.Column("settings", sa.Text, nullable=False, server_default="{}"))
