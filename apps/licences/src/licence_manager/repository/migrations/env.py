"""What Alembic runs: on the connection it was given, in one transaction."""

from alembic import context

from licence_manager.repository.tables import SCHEMA, meta

connexion = context.config.attributes["connexion"]
context.configure(
    connection=connexion,
    target_metadata=meta,
    version_table_schema=SCHEMA,
    include_schemas=True,
    include_name=lambda nom, genre, _parents: genre != "schema" or nom == SCHEMA,
)
context.run_migrations()
