"""Alembic's entry: runs the migrations in the transaction that `control.database` has begun."""

from alembic import context

from diptych.control.database import VERSION_TABLE
from diptych.control.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
