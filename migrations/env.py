"""Alembic environment: one linear history; the connection is handed in by
`yunquan.app.migrations`.
"""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=None, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
