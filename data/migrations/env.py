"""What Alembic runs around the scripts: it works in the transaction that data.migrate opened."""

from alembic import context

from data.migrate import is_described
from data.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=is_described,
    # SQLite alters hardly anything in place: Alembic then copies the table instead.
    render_as_batch=True,
)
context.run_migrations()
