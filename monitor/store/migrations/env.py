"""Runs the migrations on the connection that `Store.open` hands in, inside its transaction: whole or not at all.

A new revision is written with: python -m monitor.store.migrations "what it does"
"""

from __future__ import annotations

from alembic import context

from monitor.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
    transactional_ddl=True,  # SQLite can, once the driver no longer opens transactions of its own
)
with context.begin_transaction():
    context.run_migrations()
